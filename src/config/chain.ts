/** One search after another: every merge of a multi merge, and every pass of a merge, as a search of its own. */
import { isExpected, usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { withFamily } from './family.ts';
import { fromFileOf, faults, parseSearchConfig } from './parse.ts';
import { parseMergeLines, plainName, type MergeLine } from './merge-lines.ts';
import { searchOptions } from './options/search.ts';
import { outputOptions } from './options/output.ts';
import { scoreOptions } from './options/score.ts';
import { spaceOptions } from './options/space.ts';
import { stopOptions } from './options/stop.ts';
import { chainOnlySchema, type SearchConfig } from './schema.ts';

export interface ChainStep {
  /** `1.1` for the first pass of the first merge; the same when the chain is resumed. */
  readonly id: string;
  /** Position of its merge, from 0. */
  readonly line: number;
  /** From 0. */
  readonly pass: number;
  /** Its weights are those of the merge. */
  readonly isLast: boolean;
  /** Added to the seeds of all payloads. */
  readonly seedShift: number;
  /** Positions of the earlier merges whose outputs are its models. */
  readonly needs: readonly number[];
  readonly config: SearchConfig;
}

export interface Chain {
  readonly merges: number;
  readonly passes: number;
  readonly shareMemory: boolean;
  readonly steps: readonly ChainStep[];
}

/** Names of the models of a search that earlier ones make: no server has them yet. */
export function madeBefore({ needs, config }: ChainStep, { steps }: Chain): string[] {
  const outputs = steps
    .filter(({ line }) => needs.includes(line))
    .map((step) => plainName(step.config.output));
  return [config.modelA, config.modelB].filter((model) => outputs.includes(plainName(model)));
}

type Raw = Readonly<Record<string, unknown>>;

/** What a further pass may say. What is merged, and by which WebUI, is the same for all. */
const PASS_KEYS: readonly string[] = [
  'payload',
  'wildcards',
  ...Object.keys({ ...searchOptions, ...spaceOptions, ...scoreOptions, ...stopOptions }),
  ...Object.keys(outputOptions).filter((key) => key !== 'folder' && key !== 'saveBest'),
];

/**
 * @param raw as it was given, files of passes and lines already read: a search, or several in one configuration
 * @throws usage errors `config-invalid`, `merge-line`, `merge-cycle`, `merge-models`, `merge-not-saved`, `pass-option`, `pass-empty`
 */
export function planChain(raw: Raw): Chain {
  // All other options are checked with each search.
  const parsed = chainOnlySchema.safeParse(raw);
  if (!parsed.success) throw faults(parsed.error.issues, raw);
  const { pass, merge, twoStep, shareMemory, ...common } = parsed.data;
  const passes = [{}, ...pass.map((one, index) => checkPass(one, index + 2))];
  const lines = merge.length === 0 ? [undefined] : parseMergeLines(merge);
  if (merge.length > 0) checkNoModels(common);
  const steps = lines.flatMap((line, l) =>
    passes.map((own, p): ChainStep => {
      const isLast = p === passes.length - 1;
      const { models, saveBest, needs } = line === undefined ? ALONE : ofLine(lines, line, l, common);
      const given = p > 0 && shareMemory ? withoutBeginning(common) : common;
      const config = named(nameOf(line, l, p, passes.length), () =>
        parseSearchConfig(
          withFamily({
            ...fromFileOf(raw),
            ...(isLast ? {} : WITHOUT_PROOF),
            ...given,
            ...own,
            ...models,
            ...(isLast ? saveBest : { saveBest: 'none' }),
          }),
        ),
      );
      return {
        id: `${l + 1}.${p + 1}`,
        line: l,
        pass: p,
        isLast,
        seedShift: twoStep ? l % 2 : 0,
        needs,
        config,
      };
    }),
  );
  if (passes.length > 1 && steps.some(({ config }) => config.goals !== undefined)) {
    throw usageError(
      'goals-invalid',
      '--goals works with a single pass only: results of earlier passes have one score each. Leave out --pass or --goals.',
    );
  }
  return { merges: lines.length, passes: passes.length, shareMemory, steps };
}

/** What a pass hands on is not what is used in the end: unless one is asked for, only the last pass has a proof. */
const WITHOUT_PROOF = { prove: 0 } as const;

/** A later pass begins where the one before has ended. */
function withoutBeginning({
  warmStart: _,
  learn: __,
  initGrid: ___,
  initVertices: ____,
  initRandom: _____,
  ...rest
}: Raw): Raw {
  return rest;
}

const ALONE = { models: {}, saveBest: {}, needs: [] } as const;

function ofLine(
  lines: readonly (MergeLine | undefined)[],
  { modelA, modelB, output, needs, text }: MergeLine,
  index: number,
  { saveBest }: Raw,
): { readonly models: Raw; readonly saveBest: Raw; readonly needs: readonly number[] } {
  const user = lines.findIndex((other) => other?.needs.includes(index));
  if (user !== -1 && saveBest === 'none') {
    throw usageError(
      'merge-not-saved',
      `Merge ${user + 1} needs ${output}, the output of merge ${index + 1} (${text}), but --save-best none does not write a checkpoint: leave it out.`,
    );
  }
  return { models: { modelA, modelB, output }, saveBest: { saveBest: saveBest ?? 'checkpoint' }, needs };
}

function checkNoModels(common: Raw): void {
  const given = ['modelA', 'modelB', 'output'].find((key) => common[key] !== undefined);
  if (given === undefined) return;
  throw usageError(
    'merge-models',
    `--merge names the models and outputs itself: leave out --model-a, --model-b and --output (${String(common[given])} was given).`,
  );
}

function checkPass(pass: unknown, number: number): Raw {
  const own: Raw = typeof pass === 'object' && pass !== null ? { ...pass } : {};
  const keys = Object.keys(own).filter((key) => key !== '$schema');
  if (keys.length === 0) {
    throw usageError(
      'pass-empty',
      `Pass ${number} is empty, so it would only repeat the first. Give what differs, such as "payload" or "optimizer".`,
    );
  }
  const wrong = keys.find((key) => !PASS_KEYS.includes(key));
  if (wrong !== undefined) {
    throw usageError(
      'pass-option',
      `Pass ${number} has the key "${wrong}", which cannot differ between passes.${didYouMean(wrong, PASS_KEYS)}`,
    );
  }
  return own;
}

function nameOf(line: MergeLine | undefined, l: number, p: number, passes: number): string {
  const merge = line === undefined ? [] : [`merge ${l + 1} (${line.text})`];
  const pass = passes === 1 || p === 0 ? [] : [`pass ${p + 1}`];
  return [...pass, ...merge].join(' of ');
}

/** Says which of the searches a mistake is in. */
function named<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (name === '' || !isExpected(cause)) throw cause;
    const lines = cause.message.split('\n').map((line) => `${capital(name)}: ${line}`);
    throw usageError(cause.code, lines.join('\n'), { cause });
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
