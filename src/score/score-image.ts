import type { AutombwError } from '../shared/errors.ts';
import { runError, usageError } from '../shared/errors.ts';
import { checkCombination, combine, combinedRange, widestRange } from './combine.ts';
import type { Combination, Weighted } from './combine.ts';
import type { ScoreMap } from './map.ts';
import type { MeasuredImages, Scorer, ScoreItem, ScoreResult } from './scorer.ts';
import type { RaterAnswer } from '../types.ts';

/** A scorer and its share in the combined score. */
export interface WeightedScorer {
  readonly scorer: Scorer;
  /** Above 0; only the proportions count. */
  readonly weight: number;
  /** What is done with its raw value before it is combined; nothing unless given. */
  readonly map?: ScoreMap;
  /** Whether it judges a payload of that name; every one unless given. */
  readonly judges?: (payload: string) => boolean;
}

export interface JudgedItem extends ScoreItem {
  /** The payload wants low scores: every scorer is turned round for it. */
  readonly reverse: boolean;
}

export interface Judgement {
  /** Higher is better, always finite. */
  readonly score: number;
  /** What each scorer that judges the payload said by its id, before any turning and weighting. */
  readonly raw: Readonly<Record<string, number>>;
  /** Of a person who compares images. */
  readonly answer?: RaterAnswer;
  /** Of several people. */
  readonly answers?: readonly RaterAnswer[];
}

/** Around every question to a scorer: who has patience asks once more. */
export type Asking = <T>(scorer: string, ask: () => Promise<T>) => Promise<T>;

const askOnce: Asking = async (_, ask) => ask();

/** All scorers of a run as one: what the trial loop calls. */
export interface Judge {
  /** Bounds of `score`; null where a scorer is unbounded. To be checked against the tally before a run. */
  readonly range: Scorer['range'];
  /** In order. */
  readonly scorers: readonly Pick<Scorer, 'id' | 'version'>[];
  /** Opens every scorer; when one fails the others are closed again. */
  open(signal: AbortSignal): Promise<void>;
  /**
   * @throws run error `image-degenerate` (a scorer calls the image invalid), `score-not-finite`, `score-out-of-range` or
   *   `scorer-broken`: the trial fails, none of these becomes a number; `scorer-unreachable`: the scorer is away
   */
  judge(item: JudgedItem, signal: AbortSignal, asking?: Asking): Promise<Judgement>;
  /** Whether the server that a scorer asks answers now; false where that cannot be said. See `Scorer`. */
  answers?(scorer: string, signal: AbortSignal): Promise<boolean>;
  /** Scorers that ask people beside a journal learn which one it is. */
  attach?(journal: string): void;
  /** Scorers that compare images learn what a search has measured. */
  follow?(measured: MeasuredImages): void;
  /** Closes whatever is open; may be called at any time, and again. */
  close(): Promise<void>;
}

/**
 * Every scorer's value is mapped, turned so that higher is better, and combined.
 * @throws usage error `scorer-none`, `scorer-twice`, `scorer-weight` or `combination-domain`
 */
export function createJudge(
  scorers: readonly WeightedScorer[],
  combination: Combination = 'arithmetic',
): Judge {
  checkScorers(scorers);
  const mapped = scorers.map(({ scorer, weight, map }) => ({
    id: scorer.id,
    weight,
    range: orientedRange(scorer, map),
  }));
  checkCombination(combination, mapped);
  const opened = new Set<Scorer>();

  async function close(): Promise<void> {
    const closing = [...opened].map(async (scorer) => scorer.close?.());
    opened.clear();
    const failed = (await Promise.allSettled(closing)).find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  return {
    range: scorers.some(({ judges }) => judges !== undefined)
      ? widestRange(mapped)
      : combinedRange(combination, mapped),
    scorers: scorers.map(({ scorer: { id, version } }) => ({ id, version })),
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

    answers: async (id, signal) =>
      (await scorers.find(({ scorer }) => scorer.id === id)?.scorer.answers?.(signal)) ?? false,

    attach: (journal) => {
      for (const { scorer } of scorers) scorer.attach?.(journal);
    },

    follow: (measured) => {
      for (const { scorer } of scorers) scorer.follow?.(measured);
    },

    async judge(item, signal, asking = askOnce) {
      const raw: Record<string, number> = {};
      let answer: RaterAnswer | undefined;
      let answers: readonly RaterAnswer[] | undefined;
      const values: Weighted[] = [];
      for (const { scorer, weight, map, judges } of scorers) {
        if (judges?.(item.payload) === false) continue;
        signal.throwIfAborted();
        const result = await asking(scorer.id, async () => rawScore(scorer, item, signal));
        const { value } = result;
        raw[scorer.id] = value;
        answer ??= result.answer;
        answers ??= result.answers;
        values.push({ value: oriented(scorer, map, value, item.reverse), weight });
      }
      const score = combine(combination, values);
      if (!Number.isFinite(score)) throw notFinite('the combined scorers', score, item);
      return {
        score,
        raw,
        ...(answer !== undefined && { answer }),
        ...(answers !== undefined && { answers }),
      };
    },
  };
}

/** @throws usage error `scorer-none`, `scorer-twice` or `scorer-weight` */
export function checkScorers(scorers: readonly WeightedScorer[]): void {
  if (scorers.length === 0)
    throw usageError('scorer-none', 'No scorer was given; name at least one, for example quality.');
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

async function rawScore(
  scorer: Scorer,
  item: JudgedItem,
  signal: AbortSignal,
): Promise<Extract<ScoreResult, { state: 'scored' }>> {
  const results = await scorer.score([item], signal);
  const [result] = results;
  if (result === undefined || results.length !== 1) {
    throw runError(
      'scorer-broken',
      `Scorer "${scorer.id}" gave ${results.length} results for one image; please report this as a bug in the scorer.`,
    );
  }
  if (result.state === 'invalid') {
    const advice =
      '; if it happens again with other weights, check the image and the VAE settings of the server';
    throw runError(
      'image-degenerate',
      `Scorer "${scorer.id}" cannot judge ${nameOf(item)}: ${result.reason}${result.isSkipped === true ? '' : advice}.`,
    );
  }
  const { value } = result;
  if (!Number.isFinite(value)) throw notFinite(`scorer "${scorer.id}"`, value, item);
  const { min, max } = scorer.range;
  if ((min !== null && value < min) || (max !== null && value > max)) {
    throw runError(
      'score-out-of-range',
      `Scorer "${scorer.id}" gave ${value} for ${nameOf(item)}, outside its own range ${min ?? '-∞'} to ${max ?? '∞'}; ` +
        'please report this as a bug in the scorer.',
    );
  }
  return result;
}

/**
 * A raw value as it counts: higher is better. A bounded value is mirrored within its range, so that it stays comparable; any other is negated. The map
 * comes first: a sigmoid that is turned round is that of the negated value.
 */
export function oriented(
  scorer: Pick<Scorer, 'higherIsBetter' | 'range'>,
  map: ScoreMap | undefined,
  raw: number,
  reverse: boolean,
): number {
  const value = map === undefined ? raw : map.apply(raw);
  if (scorer.higherIsBetter !== reverse) return value;
  const { min, max } = map === undefined ? scorer.range : map.range(scorer.range);
  return min === null || max === null ? -value : min + max - value;
}

/** Turning round a bounded range leaves it where it is. */
function orientedRange(scorer: Scorer, map: ScoreMap | undefined): Scorer['range'] {
  const { min, max } = map === undefined ? scorer.range : map.range(scorer.range);
  const isMirrored = min !== null && max !== null;
  if (isMirrored || scorer.higherIsBetter) return { min, max };
  return { min: max === null ? null : -max, max: min === null ? null : -min };
}

function notFinite(source: string, value: number, item: ScoreItem): AutombwError {
  return runError(
    'score-not-finite',
    `The score of ${nameOf(item)} from ${source} is ${value}; score that image alone to find out why.`,
  );
}

function nameOf(item: ScoreItem): string {
  return `the image of payload "${item.payload}" with seed ${item.seed}`;
}
