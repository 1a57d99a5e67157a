import { usageError } from '../shared/errors.ts';
import { drawTexts, type Means } from './drawing.ts';
import type { Source } from './grammar/ast.ts';
import type { TemplateKind } from './kinds.ts';
import { createBudget, limitError } from './limits.ts';
import { createRandomSource } from './random-source.ts';
import type { Wildcards } from './wildcards/wildcards.ts';

export interface DrawRequest {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly kind: TemplateKind;
  /** How many pairs at most; a combinatorial template may have fewer. */
  readonly count: number;
  /** Any safe integer from 0: the same seed gives the same pairs on every platform. */
  readonly seed: number;
  readonly wildcards: Wildcards;
  /** For messages, e.g. `Payload a.json`. */
  readonly place: string;
  /** Runs of white space become one space, none stays at the ends. Off when left out. */
  readonly ignoreWhitespace?: boolean;
}

export interface PromptPair {
  readonly prompt: string;
  readonly negativePrompt: string;
}

/** Pairs beyond this are no longer prompts for images. */
const MAX_COUNT = 100_000;

/**
 * The prompts that a pair of templates stands for. Pair i is the i-th draw of both; variables do not cross over, and
 * negative prompts begin again from the first where there are fewer. More pairs do not change the first ones.
 * @throws usage errors `prompt-…` and `wildcard-…`, with file and place
 */
export async function drawPrompts(request: DrawRequest): Promise<PromptPair[]> {
  const { count, place } = request;
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_COUNT) {
    throw limitError(`${place}: 1 to ${MAX_COUNT} prompts can be drawn, not ${count}.`);
  }
  if (!Number.isSafeInteger(request.seed) || request.seed < 0) {
    throw limitError(`${place}: the prompt seed must be a whole number of 0 or more, not ${request.seed}.`);
  }
  const prompts = await drawSide(request, request.prompt, 'prompt', 0);
  const negatives = await drawSide(request, request.negativePrompt, 'negative prompt', 1);
  return prompts.map((prompt, i) => ({ prompt, negativePrompt: negatives[i % negatives.length] ?? '' }));
}

/** Each side has its own stream of random numbers, so that a change of one leaves the other as it was. */
async function drawSide(request: DrawRequest, text: string, side: string, stream: number): Promise<string[]> {
  const { kind, count, wildcards, ignoreWhitespace = false } = request;
  const name = `${request.place}: the ${side}`;
  if (text === '') return kind === 'combinatorial' ? [''] : Array.from({ length: count }, () => '');
  const means: Means = {
    wildcards,
    random: createRandomSource(request.seed, stream),
    budget: createBudget(count, name),
    ignoreWhitespace,
  };
  const texts = await drawKind({ name, text }, kind, count, means);
  if (texts.length > 0) return texts;
  throw usageError(
    'prompt-nothing',
    `${name} cannot produce any prompt: a choice takes more different options than it has.`,
  );
}

async function drawKind(source: Source, kind: TemplateKind, count: number, means: Means): Promise<string[]> {
  if (kind !== 'jinja2') return drawTexts(source, kind, count, means);
  const { renderJinja } = await import('./jinja/render.ts');
  return renderJinja(source, count, means);
}
