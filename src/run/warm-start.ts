/** What a search knows before its first image: where to begin, what earlier searches have found, and base weights. */
import { existsSync } from 'node:fs';
import type { SearchConfig } from '../config/schema.ts';
import { architectureRow, partBlocksOf, weightOfBlock } from '../architectures/registry.ts';
import { afterColon } from '../shared/after-colon.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import { rulesByName } from '../space/rules.ts';
import type { RecordOf } from '../journal/record.ts';
import { isModelItself, type BlockWeights } from '../types.ts';
import { findJournal } from '../journal/find.ts';
import { parseGroup } from '../space/groups.ts';
import { baseLeftOut, fitWeights, requireSameBlocks } from '../weights/fit.ts';
import { loadPresets } from '../weights/presets.ts';
import { readWeights } from '../weights/read.ts';
import type { FoundWeights } from '../weights/weights-source.ts';
import { readHistoryFile, unequalImages, type PastTrial } from '../weights/history-file.ts';
import { withMostImages } from '../formats/history-csv.ts';
import { counted } from '../shared/counted.ts';

export interface WarmStart {
  /** Of blocks that are off or that a warm start leaves out. */
  readonly base: BlockWeights;
  /** Measured first, in this order. */
  readonly queue: readonly BlockWeights[];
  /** Data for the optimizer alone. */
  readonly priors: readonly RecordOf<'prior'>[];
}

export const NOTHING_KNOWN: WarmStart = { base: {}, queue: [], priors: [] };

/**
 * `--warm-start`, `--learn` and `--base`. Of a history or run that is begun from, every row is learned and the best is
 * measured first.
 * @param onWarning told what of the weights is not followed
 * @throws usage errors of the files that are read; `warm-start` for a history without a score
 */
export async function readWarmStart(
  config: SearchConfig,
  onWarning?: (sentence: string) => void,
): Promise<WarmStart> {
  const options = { folder: config.folder, presetFiles: config.presets };
  const read = async (flag: string, source: string): Promise<BlockWeights> => {
    try {
      const found = fitWeights(await readWeights(source, options), config.architecture);
      // One number is for the blocks that are searched.
      const unasked = found.uniform === undefined ? notAskedFor(found, config) : [];
      for (const sentence of unasked) onWarning?.(`${flag} ${source.slice(0, 60)}: ${afterColon(sentence)}`);
      return found.weights;
    } catch (cause) {
      if (!isExpected(cause)) throw cause;
      throw usageError(cause.code, `${flag}: ${afterColon(cause.message)}`, { cause });
    }
  };
  // A file that no weights are taken from is still one that was given.
  if (config.presets.length > 0) await loadPresets(config.presets);
  const base = config.base === undefined ? {} : await read('--base', config.base);
  const queue: BlockWeights[] = [];
  const learn = async (flag: string, file: string): Promise<Learned> => {
    const trials = await readHistoryFile(file);
    requireSameBlocks(trials, `${flag}: ${file}`, config.architecture);
    const past = toPriors(trials);
    const sentences = [...measuredOtherwise(past, config), ...hardToCompare(trials)];
    for (const sentence of sentences) onWarning?.(`${flag} ${file}: ${afterColon(sentence)}`);
    return {
      past,
      // A model by itself was measured to compare with: not worth measuring first.
      best: toPriors(comparableOf(trials.filter((trial) => !isModelItself(trial)))).toSorted(
        (a, b) => b.score - a.score,
      )[0],
    };
  };
  const learned = await Promise.all(config.learn.map(async (file) => learn('--learn', file)));
  const priors = learned.flatMap(({ past }) => past);
  for (const source of config.warmStart) {
    const history = historyOf(source, config.folder);
    if (history === undefined) {
      queue.push({ ...base, ...(await read('--warm-start', source)) });
      continue;
    }
    const { past, best } = await learn('--warm-start', history);
    if (best === undefined) {
      throw usageError('warm-start', `--warm-start ${source}: the history has no scored row to start from.`);
    }
    for (const prior of past) priors.push(prior);
    queue.push({ ...base, ...best.weights });
  }
  return { base, queue, priors };
}

/** Blocks that are off unless asked for, and not asked for; of a text encoder the whole, or a layer of it. */
function blocksLeftOff({ architecture, block, group }: SearchConfig): string[] {
  const parts = partBlocksOf(architecture);
  const rules = rulesByName(block, architecture);
  const grouped = group.flatMap((text) => parseGroup(text, architecture));
  const isAsked = (name: string): boolean => rules[name] !== undefined || grouped.includes(name);
  return [
    ...architectureRow(architecture).optionalBlocks,
    ...parts.flatMap(({ name, layers }) => ([name, ...layers].some(isAsked) ? [] : [name])),
  ].filter((name) => !isAsked(name));
}

/** Scores of other merges than this search can make. */
function measuredOtherwise(past: readonly RecordOf<'prior'>[], config: SearchConfig): string[] {
  const { architecture } = config;
  return blocksLeftOff(config).flatMap((name) => {
    const rows = past.filter(({ weights }) => (weightOfBlock(name, architecture, weights) ?? 0) !== 0).length;
    return rows === 0
      ? []
      : [
          `${rows} of ${counted(past.length, 'score')} ${rows === 1 ? 'was' : 'were'} measured with a different ${name}, which stays model A's here: give --block ${name}=… to search it too.`,
        ];
  });
}

/** A block that is off unless asked for has no place in a search that does not name it. */
function notAskedFor(found: FoundWeights, config: SearchConfig): string[] {
  const { architecture } = config;
  const weightOf = (name: string): number => weightOfBlock(name, architecture, found.weights) ?? 0;
  const left = blocksLeftOff(config).filter((name) => weightOf(name) !== 0);
  const isOfBase = (name: string): boolean =>
    weightOf(name) === found.baseAlpha || weightOf(name) === found.vaeWeight;
  return [
    ...baseLeftOut(found, left.filter(isOfBase)),
    ...left
      .filter((name) => !isOfBase(name))
      .map(
        (name) =>
          `The weight ${weightOf(name)} of ${name} is ignored, because ${name} stays model A's; give --block ${name}=… to use it.`,
      ),
  ];
}

interface Learned {
  readonly past: readonly RecordOf<'prior'>[];
  /** What a search begins with. */
  readonly best: RecordOf<'prior'> | undefined;
}

/** All that have a score. */
function toPriors(trials: readonly PastTrial[]): RecordOf<'prior'>[] {
  return trials.flatMap(({ weights, score, comparable }) =>
    score === null ? [] : [{ kind: 'prior' as const, weights, score: comparable ?? score }],
  );
}

/** Those that the best is looked for among. */
function comparableOf(trials: readonly PastTrial[]): readonly PastTrial[] {
  if (unequalImages(trials) === undefined) return trials;
  const counted = trials.flatMap((trial) =>
    trial.score === null ? [] : [{ trial, images: trial.imageCount }],
  );
  return withMostImages(counted).map(({ trial }) => trial);
}

/** The score of few images may be high because these are easy. */
function hardToCompare(trials: readonly PastTrial[]): string[] {
  const range = unequalImages(trials);
  return range === undefined
    ? []
    : [
        `Its scores come from ${range.least} to ${range.most} images each and are learned unchanged; the best is chosen among those with ${range.most}. To make them comparable, give the run's journal instead, or put it next to the CSV.`,
      ];
}

/** The file of a source that is a whole history: a CSV, a journal, or a run by its name; not one row of it (`…#12`). */
function historyOf(source: string, folder: string): string | undefined {
  if (/\.(csv|jsonl)$/i.test(source)) return source;
  const isOther = /^\w+:(?![\\/])|#\d+$|\.(txt|safetensors|tsv)$|^[-+\d.,eE\s]+$/.test(source);
  if (isOther || existsSync(source)) return undefined;
  try {
    return findJournal(source, folder);
  } catch (error) {
    if (isExpected(error)) return undefined;
    throw error;
  }
}
