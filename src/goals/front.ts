/** What a search with several goals has come to: the merges that no other one beats in every goal, and how much they cover. */
import {
  dominates,
  endsOf,
  hypervolume,
  nondominated,
  referencePoint,
  type GoalPoint,
} from '../optimizers/index.ts';
import { isBaseline, isModelItself, type BaselineName, type FinishedTrial } from '../types.ts';
import type { GoalsByTrial, GoalValues } from './goals.ts';

export interface FrontTrial {
  readonly trial: number;
  /** A model by itself, or half of each. */
  readonly baseline?: BaselineName;
  /** Model A or B by itself. */
  readonly isModel?: true;
  readonly values: GoalValues;
}

export interface Front {
  /** Of all measured trials, baselines among them, those that nothing dominates: in falling order of the first goal. */
  readonly trials: readonly FrontTrial[];
  /** The worst measured value of every goal, less a tenth of its range. */
  readonly reference: GoalPoint;
  /** The best value of every goal. */
  readonly ideal: GoalPoint;
  /** What the front covers of the box between reference and ideal, 0 to 1. */
  readonly share: number;
}

function baselineOf(trial: FinishedTrial): Pick<FrontTrial, 'baseline' | 'isModel'> {
  if (!isBaseline(trial)) return {};
  return { baseline: trial.baseline, ...(isModelItself(trial) && { isModel: true as const }) };
}

/** @returns undefined while nothing was measured */
export function frontOf(trials: readonly FinishedTrial[], values: GoalsByTrial): Front | undefined {
  const measured = trials.flatMap((trial): FrontTrial[] => {
    const own = values.get(trial.id);
    // A score that was taken over adds nothing to that of the original.
    if (own === undefined || trial.images.length === 0) return [];
    return [{ trial: trial.id, ...baselineOf(trial), values: own }];
  });
  if (measured.length === 0) return undefined;
  const points = measured.map((one) => one.values);
  const front = nondominated(points).flatMap((i) => measured[i] ?? []);
  const reference = referencePoint(points);
  const [, ideal] = endsOf(points);
  return {
    trials: front.toSorted((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0)),
    reference,
    ideal,
    share: shareOf(
      front.map((one) => one.values),
      reference,
      ideal,
    ),
  };
}

/** Goals whose values are all alike say nothing: everything covers all of them. */
function shareOf(points: readonly GoalPoint[], reference: GoalPoint, ideal: GoalPoint): number {
  const telling = ideal.flatMap((value, k) => (value > (reference[k] ?? 0) ? [k] : []));
  const only = (point: GoalPoint): number[] => telling.map((k) => point[k] ?? 0);
  const box = telling.reduce((product, k) => product * ((ideal[k] ?? 0) - (reference[k] ?? 0)), 1);
  return telling.length === 0 ? 1 : hypervolume(points.map(only), only(reference)) / box;
}

/**
 * After each of these trials, what the front of the first so many covered, as a share of the box that all of them span: it only grows,
 * and by the same measure from the first to the last.
 */
export function coverage(points: readonly GoalPoint[]): number[] {
  const cover = new Cover(points);
  return points.map((point) => cover.add(point));
}

/** What the front of some points covers of a box. */
class Cover {
  readonly #reference: GoalPoint;
  readonly #ideal: GoalPoint;
  #front: GoalPoint[] = [];
  #share = 0;

  /** @param spanning the box */
  constructor(spanning: readonly GoalPoint[]) {
    this.#reference = referencePoint(spanning);
    this.#ideal = endsOf(spanning)[1];
  }

  /** @returns what is covered now */
  add(point: GoalPoint): number {
    const isCovered = this.#front.some(
      (one) => dominates(one, point) || one.every((value, k) => value === point[k]),
    );
    if (!isCovered) {
      this.#front = [...this.#front.filter((one) => !dominates(point, one)), point];
      this.#share = shareOf(this.#front, this.#reference, this.#ideal);
    }
    return this.#share;
  }
}

/** {@link coverage} of points that become more: all of them are looked at again only where one lies outside of the box of the others. */
export class GrowingCoverage {
  readonly #points: GoalPoint[];
  /** The worst and the best value of every goal. */
  #ends: readonly GoalPoint[];
  #cover: Cover;
  #shares: number[];

  constructor(points: readonly GoalPoint[] = []) {
    this.#points = [...points];
    this.#ends = endsOf(points);
    this.#cover = new Cover(this.#ends);
    this.#shares = this.#points.map((one) => this.#cover.add(one));
  }

  get shares(): readonly number[] {
    return this.#shares;
  }

  /** @returns whether what earlier ones covered is another share now */
  add(point: GoalPoint): boolean {
    this.#points.push(point);
    const ends = endsOf(this.#points.length === 1 ? [point] : [...this.#ends, point]);
    const isOutside = ends.some((end, i) => end.some((value, k) => value !== this.#ends[i]?.[k]));
    if (isOutside) {
      this.#ends = ends;
      this.#cover = new Cover(ends);
      this.#shares = this.#points.map((one) => this.#cover.add(one));
    } else this.#shares.push(this.#cover.add(point));
    return isOutside;
  }
}
