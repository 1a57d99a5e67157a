import type { AutombwError } from '../errors.ts';
import { runError, usageError } from '../errors.ts';
import type { Scorer, ScoreItem } from './scorer.ts';

/** A scorer and its share in the combined score. */
export interface WeightedScorer {
  readonly scorer: Scorer;
  /** Above 0; only the proportions count. */
  readonly weight: number;
}

export interface JudgedItem extends ScoreItem {
  /** The payload wants low scores: every scorer is turned round for it. */
  readonly reverse: boolean;
}

export interface Judgement {
  /** Higher is better, always finite. */
  readonly score: number;
  /** What each scorer said by its id, before any turning and weighting. */
  readonly raw: Readonly<Record<string, number>>;
}

/** All scorers of a run as one: what the trial loop calls. */
export interface Judge {
  /** Bounds of `score`; null where a scorer is unbounded. To be checked against the tally before a run. */
  readonly range: Scorer['range'];
  /** For the plan and the journal: what the scores depend on. */
  readonly scorers: readonly { readonly id: string; readonly version: string; readonly weight: number }[];
  /** Opens every scorer; when one fails the others are closed again. */
  open(signal: AbortSignal): Promise<void>;
  /**
   * @throws run error `image-degenerate` (a scorer calls the picture invalid), `score-not-finite`, `score-out-of-range` or
   *   `scorer-broken`: the trial fails, none of these becomes a number
   */
  judge(item: JudgedItem, signal: AbortSignal): Promise<Judgement>;
  /** Closes whatever is open; may be called at any time, and again. */
  close(): Promise<void>;
}

/**
 * Combines scorers by the weighted arithmetic mean of their values, each turned so that higher is better.
 * @throws usage error `scorer-none`, `scorer-twice` or `scorer-weight`
 */
export function createJudge(scorers: readonly WeightedScorer[]): Judge {
  checkScorers(scorers);
  const total = scorers.reduce((sum, { weight }) => sum + weight, 0);
  const opened = new Set<Scorer>();

  async function close(): Promise<void> {
    const closing = [...opened].map(async (scorer) => scorer.close?.());
    opened.clear();
    const failed = (await Promise.allSettled(closing)).find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  return {
    range: combinedRange(scorers, total),
    scorers: scorers.map(({ scorer: { id, version }, weight }) => ({ id, version, weight })),
    close,

    async open(signal) {
      try {
        for (const { scorer } of scorers) {
          signal.throwIfAborted();
          opened.add(scorer);
          await scorer.open?.(signal);
        }
      } catch (error) {
        // The reason for not opening is what the user has to hear, whatever closing says.
        await close().catch(() => undefined);
        throw error;
      }
    },

    async judge(item, signal) {
      const raw: Record<string, number> = {};
      let sum = 0;
      for (const { scorer, weight } of scorers) {
        signal.throwIfAborted();
        const value = await rawScore(scorer, item, signal);
        raw[scorer.id] = value;
        sum += weight * oriented(scorer, value, item.reverse);
      }
      const score = sum / total;
      if (!Number.isFinite(score)) throw notFinite('the combined scorers', score, item);
      return { score, raw };
    },
  };
}

/** @throws usage error `scorer-none`, `scorer-twice` or `scorer-weight` */
export function checkScorers(scorers: readonly WeightedScorer[]): void {
  if (scorers.length === 0)
    throw usageError('scorer-none', 'No scorer is given; name at least one, for example quality.');
  const seen = new Set<string>();
  for (const { scorer, weight } of scorers) {
    if (seen.has(scorer.id)) {
      throw usageError(
        'scorer-twice',
        `Scorer "${scorer.id}" is given twice; give it once, with a larger weight.`,
      );
    }
    seen.add(scorer.id);
    if (!Number.isFinite(weight) || weight <= 0) {
      throw usageError(
        'scorer-weight',
        `The weight of scorer "${scorer.id}" is ${weight}; it must be above 0.`,
      );
    }
  }
}

function combinedRange(scorers: readonly WeightedScorer[], total: number): Scorer['range'] {
  let min = 0;
  let max = 0;
  for (const { scorer, weight } of scorers) {
    if (scorer.range.min === null || scorer.range.max === null) return { min: null, max: null };
    min += (weight / total) * scorer.range.min;
    max += (weight / total) * scorer.range.max;
  }
  return { min, max };
}

async function rawScore(scorer: Scorer, item: JudgedItem, signal: AbortSignal): Promise<number> {
  const results = await scorer.score([item], signal);
  const [result] = results;
  if (result === undefined || results.length !== 1) {
    throw runError(
      'scorer-broken',
      `Scorer "${scorer.id}" gave ${results.length} results for one picture; report this as a defect of the scorer.`,
    );
  }
  if (result.state === 'invalid') {
    throw runError(
      'image-degenerate',
      `Scorer "${scorer.id}" cannot judge ${nameOf(item)}: ${result.reason}; ` +
        'if it happens again at other weights, look at the picture and at the VAE settings of the server.',
    );
  }
  const { value } = result;
  if (!Number.isFinite(value)) throw notFinite(`scorer "${scorer.id}"`, value, item);
  const { min, max } = scorer.range;
  if ((min !== null && value < min) || (max !== null && value > max)) {
    throw runError(
      'score-out-of-range',
      `Scorer "${scorer.id}" gave ${value} for ${nameOf(item)}, outside its own range ${min ?? '-∞'} to ${max ?? '∞'}; ` +
        'report this as a defect of the scorer.',
    );
  }
  return value;
}

/** Higher is better. A bounded value is mirrored within its range, so that it stays comparable; any other is negated. */
function oriented(scorer: Scorer, value: number, reverse: boolean): number {
  if (scorer.higherIsBetter !== reverse) return value;
  const { min, max } = scorer.range;
  return min === null || max === null ? -value : min + max - value;
}

function notFinite(source: string, value: number, item: ScoreItem): AutombwError {
  return runError(
    'score-not-finite',
    `The score of ${nameOf(item)} from ${source} is ${value}; run it on that picture alone to see why.`,
  );
}

function nameOf(item: ScoreItem): string {
  return `the picture of payload "${item.payload}" with seed ${item.seed}`;
}
