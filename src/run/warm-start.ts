/** What a search knows before its first image: where to begin, what earlier searches have found, and base weights. */
import { existsSync } from 'node:fs';
import type { SearchConfig } from '../config/schema.ts';
import { architectureRow } from '../architectures/registry.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import type { RecordOf } from '../journal/record.ts';
import type { BlockWeights } from '../types.ts';
import { findJournal } from '../journal/find.ts';
import { fitWeights, notFollowed } from '../weights/fit.ts';
import { loadPresets } from '../weights/presets.ts';
import { readWeights } from '../weights/read.ts';
import { readHistoryFile, type PastTrial } from '../weights/history-file.ts';

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
      const sentences = [...notFollowed(found), ...notAskedFor(found.weights, config)];
      for (const sentence of sentences) onWarning?.(`${flag} ${source.slice(0, 60)}: ${sentence}`);
      return found.weights;
    } catch (cause) {
      if (!isExpected(cause)) throw cause;
      throw usageError(cause.code, `${flag}: ${cause.message}`, { cause });
    }
  };
  // A file that no weights are taken from is still one that was given.
  if (config.presets.length > 0) await loadPresets(config.presets);
  const base = config.base === undefined ? {} : await read('--base', config.base);
  const queue: BlockWeights[] = [];
  const learn = async (flag: string, file: string): Promise<RecordOf<'prior'>[]> => {
    const past = await readPriors(file);
    for (const sentence of measuredOtherwise(past, config)) onWarning?.(`${flag} ${file}: ${sentence}`);
    return past;
  };
  const priors = (await Promise.all(config.learn.map(async (file) => learn('--learn', file)))).flat();
  for (const source of config.warmStart) {
    const history = historyOf(source, config.folder);
    if (history === undefined) {
      queue.push({ ...base, ...(await read('--warm-start', source)) });
      continue;
    }
    const past = await learn('--warm-start', history);
    const plain = new Set((await readHistoryFile(history)).filter(isPlainModel).map(weightsKey));
    const [best] = past.filter((row) => !plain.has(weightsKey(row))).toSorted((a, b) => b.score - a.score);
    if (best === undefined) {
      throw usageError(
        'warm-start',
        `--warm-start ${source}: the history has no row with a score to begin from.`,
      );
    }
    priors.push(...past);
    queue.push({ ...base, ...best.weights });
  }
  return { base, queue, priors };
}

/** Blocks that are off unless asked for, and not asked for. */
function blocksLeftOff({ architecture, block, group }: SearchConfig): string[] {
  return architectureRow(architecture).optionalBlocks.filter(
    (name) => block[name] === undefined && !group.some((text) => text.toUpperCase().includes(name)),
  );
}

/** Scores of other merges than this search can make. */
function measuredOtherwise(past: readonly RecordOf<'prior'>[], config: SearchConfig): string[] {
  return blocksLeftOff(config).flatMap((name) => {
    const rows = past.filter(({ weights }) => (weights[name] ?? 0) !== 0).length;
    return rows === 0
      ? []
      : [
          `${rows} of ${past.length} scores were measured with ${name} moved, which stays model A's here: give --block ${name}=… to search it too.`,
        ];
  });
}

/** A block that is off unless asked for has no place in a search that does not name it. */
function notAskedFor(weights: BlockWeights, config: SearchConfig): string[] {
  const left = blocksLeftOff(config).filter((name) => (weights[name] ?? 0) !== 0);
  return left.map(
    (name) =>
      `The weight ${weights[name]} of ${name} is left out, because it stays model A's unless --block ${name}=… asks for it.`,
  );
}

/** A model by itself, measured to compare with: not worth measuring first. */
function isPlainModel({ baseline }: PastTrial): boolean {
  return baseline === 'A' || baseline === 'B';
}

function weightsKey({ weights }: { readonly weights: BlockWeights }): string {
  return JSON.stringify(weights);
}

/** Every scored row of a history. */
async function readPriors(file: string): Promise<RecordOf<'prior'>[]> {
  return (await readHistoryFile(file)).flatMap(({ weights, score, comparable }) =>
    score === null ? [] : [{ kind: 'prior' as const, weights, score: comparable ?? score }],
  );
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
