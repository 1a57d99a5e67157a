/** One merge of a front: by how much each goal counts, or the one in the middle of it. */
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { endsOf } from '../optimizers/index.ts';
import type { FrontTrial } from './front.ts';

/**
 * The merge with the largest weighted sum of its goals, each from 0 (the worst of the front) to 1 (its best); the first among equals.
 * @param front merges alone
 * @param weights by the position of the goal; only the proportions count
 */
export function pickByWeights(
  front: readonly FrontTrial[],
  weights: readonly number[],
): FrontTrial | undefined {
  const [worst, best] = endsOf(front.map(({ values }) => values));
  const worth = ({ values }: FrontTrial): number =>
    values.reduce((sum, value, k) => {
      const [low = value, high = value] = [worst[k], best[k]];
      return sum + (weights[k] ?? 0) * (high > low ? (value - low) / (high - low) : 1);
    }, 0);
  let picked: FrontTrial | undefined;
  for (const one of front) if (picked === undefined || worth(one) > worth(picked)) picked = one;
  return picked;
}

/** Where giving up a little of one goal no longer gains much of another: all goals count alike, so it lies farthest from the line between the ends. */
export function kneeOf(front: readonly FrontTrial[]): FrontTrial | undefined {
  return pickByWeights(front, front[0]?.values.map(() => 1) ?? []);
}

/**
 * At most so many of a front: its ends, the knee, and others evenly between them.
 * @param front in falling order of the first goal
 */
export function someOf(front: readonly FrontTrial[], most: number): FrontTrial[] {
  if (front.length <= most) return [...front];
  const places = Array.from({ length: most }, (_, i) => Math.round((i * (front.length - 1)) / (most - 1)));
  const knee = front.findIndex(({ trial }) => trial === kneeOf(front)?.trial);
  if (!places.includes(knee)) {
    // In place of the nearest one that is no end.
    const inner = places.slice(1, -1);
    const nearest = inner.toSorted((a, b) => Math.abs(a - knee) - Math.abs(b - knee))[0];
    places[places.indexOf(nearest ?? 0)] = knee;
  }
  return places.toSorted((a, b) => a - b).flatMap((place) => front[place] ?? []);
}

/**
 * `quality=0.7,aesthetic=0.3`: a goal that is not named counts nothing.
 * @returns in the order of the goals
 * @throws usage error `goals-invalid`
 */
export function parseGoalWeights(text: string, names: readonly string[]): number[] {
  const weights = names.map(() => 0);
  for (const part of text.split(',')) {
    const [name = '', number = ''] = part.split('=').map((piece) => piece.trim());
    const place = names.indexOf(name);
    if (place < 0) {
      throw usageError(
        'goals-invalid',
        `--weights ${text}: the run has no goal "${name}"; its goals are ${names.join(', ')}.${didYouMean(name, names)}`,
      );
    }
    const weight = number === '' ? Number.NaN : Number(number);
    if (!Number.isFinite(weight) || weight < 0) {
      throw usageError(
        'goals-invalid',
        `--weights ${text}: the weight of ${name} must be a number of 0 or more, as in ${names.map((one) => `${one}=1`).join(',')}.`,
      );
    }
    weights[place] = weight;
  }
  if (weights.every((weight) => weight === 0))
    throw usageError('goals-invalid', `--weights ${text}: give at least one goal a weight above 0.`);
  return weights;
}
