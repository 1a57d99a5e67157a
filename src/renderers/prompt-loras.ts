/**
 * Strengths of LoRAs as parameters of the search, on any server: a tag `<lora:name:strength>` in the prompt, which AUTOMATIC1111 and
 * Forge read themselves, and for which ComfyUI gets a node. Nothing of it stays in the server's memory.
 */
import { lorasIn, splitLora, whyNoLoraBlock } from '../checkpoints/lora/searched-loras.ts';
import { usageError } from '../shared/errors.ts';
import type { Architecture } from '../space/blocks.ts';
import { LORA_LIMITS, LORA_PREFIX, type Parameter } from '../space/parameters.ts';
import type { BlockWeights, Image, ImageRequest } from '../types.ts';
import { asFoundBeforeRun, webuiError } from './http/errors.ts';
import { loraTag, tagFormOf, type TagForm } from './lora-tags.ts';
import { overlay } from './overlay.ts';
import type { RenderJob, Renderer } from './renderer.ts';

/** The way without a model B, as in `--backend`. */
export const LORAS_ALONE = 'loras';

/**
 * Each LoRA as a whole, and what of it has a strength of its own.
 * @param asked as people name them, `detail`, `detail@IN*` …
 * @throws usage error `parameter-invalid` for a pattern that means no block
 */
export function parametersOfLoras(asked: readonly string[], architecture: Architecture): Parameter[] {
  const wholes = [...new Set(asked.map((name) => splitLora(name).base))];
  return wholes.flatMap((base) => {
    const parts = asked.filter((name) => name.startsWith(`${base}@`));
    for (const part of parts) {
      const wrong = whyNoLoraBlock(splitLora(part).pattern ?? '', architecture);
      if (wrong !== undefined) throw usageError('parameter-invalid', `${LORA_PREFIX}${part}: ${wrong}`);
    }
    return [base, ...parts].map((name) => ({
      name: LORA_PREFIX + name,
      ...LORA_LIMITS,
      neutral: 0,
      full: 1,
      isPerBlock: true,
    }));
  });
}

interface TaggedLora {
  /** As people name it. */
  readonly name: string;
  readonly form: TagForm;
  /** What tags call it; known once the server is. */
  readonly called: string;
}

/**
 * @param asked as people name them, `detail`, `detail@IN*` …; the same renderer where there is none
 * @throws usage error `parameter-invalid` for a pattern that means no block
 */
export function withPromptLoras(
  renderer: Renderer,
  asked: readonly string[],
  architecture: Architecture,
): Renderer {
  if (asked.length === 0) return renderer;
  const parameters = parametersOfLoras(asked, architecture);
  const wholes = [...new Set(asked.map((name) => splitLora(name).base))];
  let loras: readonly TaggedLora[] = wholes.map((name) => {
    const own = asked.filter((one) => splitLora(one).base === name);
    return { name, form: tagFormOf(own, architecture), called: name };
  });
  const tagsOf = (weights: BlockWeights): string => {
    const given = new Map(lorasIn(weights).map((lora) => [lora.name, lora]));
    return loras
      .map(({ name, form, called }) => {
        const lora = given.get(name);
        return lora === undefined ? '' : loraTag(called, lora, form, architecture);
      })
      .join('');
  };
  const inFull = Object.fromEntries(parameters.map(({ name, full = 1 }) => [name, full]));
  return overlay(renderer, {
    get capabilities() {
      const { capabilities } = renderer;
      return { ...capabilities, parameters: [...(capabilities.parameters ?? []), ...parameters] };
    },
    async open(signal) {
      const report = await renderer.open(signal);
      try {
        const names = await namesOf(renderer, wholes, signal);
        loras = loras.map((lora, n) => ({ ...lora, called: names[n] ?? lora.name }));
        await requireBlocks(renderer, asked, loras, signal);
      } catch (error) {
        await renderer.close();
        throw asFoundBeforeRun(error);
      }
      return report;
    },
    warnings(requests) {
      const names = loras.map(({ called }) => called);
      for (const request of requests) refuseOwnTags(request, names);
      return renderer.warnings?.(requests.map((request) => withTags(request, tagsOf(inFull)))) ?? [];
    },
    render: (job, signal) => renderTagged(renderer, job, tagsOf, signal),
    saveCheckpoint: undefined,
  });
}

/** @throws WebuiError `webui-merge-way-missing` where blocks of a LoRA are to differ and the server takes none by blocks */
async function requireBlocks(
  renderer: Renderer,
  asked: readonly string[],
  loras: readonly TaggedLora[],
  signal: AbortSignal,
): Promise<void> {
  const byBlock = loras.find(({ form }) => form === 'blocks');
  if (byBlock === undefined) return;
  const missing = await renderer.whyNoLoraBlocks?.(signal);
  if (missing === undefined) return;
  const parts = asked.filter((name) => name.startsWith(`${byBlock.name}@`)).map((name) => LORA_PREFIX + name);
  throw webuiError(
    'webui-merge-way-missing',
    `${parts.join(' and ')}: ${missing} Without it a LoRA has one strength for the text encoder (${LORA_PREFIX}${byBlock.name}@BASE) and one for all other blocks (${LORA_PREFIX}${byBlock.name}).`,
  );
}

async function* renderTagged(
  renderer: Renderer,
  job: RenderJob,
  tagsOf: (weights: BlockWeights) => string,
  signal: AbortSignal,
): AsyncGenerator<Image> {
  const { weights } = job;
  if (weights === 'model-a') {
    yield* renderer.render(job, signal);
    return;
  }
  const tags = tagsOf(weights);
  const given = new Map(job.requests.map((request) => [request.id, request]));
  const requests = job.requests.map((request) => withTags(request, tags));
  for await (const image of renderer.render({ ...job, weights: withoutLoras(weights), requests }, signal)) {
    // Who looks at it, and scores it, knows the prompt of the payload.
    yield { ...image, request: given.get(image.request.id) ?? image.request };
  }
}

async function namesOf(
  renderer: Renderer,
  asked: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = (await renderer.findLoras?.(asked, signal)) ?? asked;
  for (const name of names) {
    const bad = /[:<>,]/.exec(name)?.[0];
    if (bad === undefined) continue;
    throw usageError(
      'lora-in-prompt',
      `The name of the LoRA "${name}" contains "${bad}", which cannot be used in a prompt: rename its file and refresh the list of LoRAs.`,
    );
  }
  return names;
}

function withoutLoras(weights: BlockWeights): BlockWeights {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith(LORA_PREFIX)));
}

function withTags(request: ImageRequest, tags: string): ImageRequest {
  if (tags === '') return request;
  const add = (text: string): string => `${text}\n${tags}`;
  const { body } = request;
  const [prompt, second] = [body['prompt'], body['hr_prompt']];
  return {
    ...request,
    prompt: add(request.prompt),
    body: {
      ...body,
      prompt: add(typeof prompt === 'string' ? prompt : request.prompt),
      // Empty, the second pass takes the prompt of the first, tags and all.
      ...(typeof second === 'string' && second !== '' && { hr_prompt: add(second) }),
    },
  };
}

/** Two tags of one LoRA would add up, or one would win. */
function refuseOwnTags({ id, prompt, body }: ImageRequest, names: readonly string[]): void {
  const texts = [prompt, body['prompt'], body['hr_prompt']].filter((text) => typeof text === 'string');
  const found = texts.flatMap((text) => [...text.matchAll(/<lora:([^:>]*)/gi)].map(([, name = '']) => name));
  const twice = found.find((name) => names.includes(name));
  if (twice === undefined) return;
  throw usageError(
    'lora-in-prompt',
    `The prompt of ${id} has a tag of the LoRA ${twice} being searched: remove it, because the search adds its own.`,
  );
}
