import { describe, expect, it } from 'vitest';
import { opponentsOf } from '../../../../src/score/manual/opponents.ts';
import { meanMerit, meritsOf, MIDDLE } from '../../../../src/score/manual/preference.ts';
import type { RaterAnswer } from '../../../../src/types.ts';
import { randomStream } from '../../../../src/simulator/random.ts';

const image = (request: string, answer?: RaterAnswer) => ({
  request,
  index: 0,
  pixels: '',
  ...(answer !== undefined && { answer }),
});
const trial = (id: number, answers: readonly (RaterAnswer | undefined)[]) => ({
  id,
  images: answers.map((answer, i) => image(`p${i}`, answer)),
});
const against = (other: number, outcome: number): RaterAnswer => ({ against: other, outcome });
const means = (trials: readonly ReturnType<typeof trial>[]): number[] => {
  const merits = meritsOf(trials);
  return trials.map(({ id }) => meanMerit(merits.get(id)));
};

describe('merits', () => {
  it('are in the middle where nothing was said', () => {
    expect(means([trial(1, [undefined, undefined])])).toEqual([MIDDLE]);
    expect(meritsOf([])).toEqual(new Map());
  });

  it('are as far above the middle for the better one as below for the other', () => {
    const [one = 0, two = 0] = means([trial(1, [undefined]), trial(2, [against(1, 1)])]);
    expect(two).toBeGreaterThan(MIDDLE);
    expect(one + two).toBeCloseTo(2 * MIDDLE, 5);
  });

  it('follow the grade of an answer', () => {
    const byGrade = [-2, -1, 0, 1, 2].map((outcome) => {
      // Somebody who says "much better" elsewhere: then "better" is less than that.
      const other = [trial(8, [undefined]), trial(9, [against(8, 2)])];
      const [one = 0, two = 0] = means([trial(1, [undefined]), trial(2, [against(1, outcome)]), ...other]);
      return two - one;
    });
    expect(byGrade).toEqual(byGrade.toSorted((a, b) => a - b));
    expect(new Set(byGrade.map((difference) => difference.toFixed(3))).size).toBe(5);
    expect(byGrade[2]).toBeCloseTo(0, 5);
  });

  it('of images without an answer follow those of their trial', () => {
    const merits = meritsOf([trial(1, [undefined, undefined]), trial(2, [against(1, 2), undefined])]);
    const [said = 0, silent = 0] = [...(merits.get(2)?.values() ?? [])];
    expect(silent).toBeGreaterThan(MIDDLE);
    expect(said).toBeGreaterThan(silent);
  });

  it('heed a rating, and no answer against a trial that no longer counts', () => {
    const [rated = 0] = means([trial(1, [{ rating: 9 }])]);
    expect(rated).toBeGreaterThan(MIDDLE);
    expect(rated).toBeLessThan(9);
    expect(means([trial(3, [against(2, 2)])])).toEqual([MIDDLE]);
  });

  it('do not depend on the order of the trials', () => {
    const trials = [
      trial(1, [undefined, undefined]),
      trial(2, [against(1, 1), against(1, -2)]),
      trial(3, [against(2, 1), against(1, 0)]),
    ];
    const forward = means(trials);
    const backward = means(trials.toReversed()).toReversed();
    for (const [i, mean] of forward.entries()) expect(mean).toBeCloseTo(backward[i] ?? 0, 4);
  });

  it('are the most probable ones: no step in any direction finds better', () => {
    const trials = [
      trial(1, [undefined, undefined]),
      trial(2, [against(1, 2), against(1, -1)]),
      trial(3, [against(2, 1), { rating: 7 }]),
      trial(4, [against(2, -2), against(3, 0)]),
    ];
    const found = meritsOf(trials);
    const points = trials.map(({ id }) =>
      [...(found.get(id)?.values() ?? [])].map((merit) => merit - MIDDLE),
    );
    const best = logPosterior(trials, points);
    for (const [t, point] of points.entries()) {
      for (const i of point.keys()) {
        for (const step of [0.02, -0.02]) {
          const moved = points.map((one, at) =>
            one.map((value, k) => (at === t && k === i ? value + step : value)),
          );
          expect(logPosterior(trials, moved)).toBeLessThan(best);
        }
      }
    }
  });

  it('find the order of merges from noisy answers', () => {
    const random = randomStream(5);
    const truths = Array.from({ length: 30 }, () => 8 * random());
    const trials: ReturnType<typeof trial>[] = [];
    for (const [t, truth] of truths.entries()) {
      const images: ReturnType<typeof image>[] = [];
      for (let p = 0; p < 4; p++) {
        const [other] = opponentsOf({ trial: t, request: `p${p}`, index: 0 }, trials, images);
        const seen = truth - (truths[other ?? 0] ?? 0) + 2 * (random() + random() - 1);
        const outcome = Math.sign(seen) * (Math.abs(seen) < 0.5 ? 0 : Math.abs(seen) > 2.5 ? 2 : 1);
        images.push(image(`p${p}`, other === undefined ? undefined : against(other, outcome)));
      }
      trials.push({ id: t, images });
    }
    const found = means(trials);
    expect(correlation(found, truths)).toBeGreaterThan(0.9);
  });
});

describe('opponents', () => {
  const trials = [
    trial(1, [undefined, undefined]),
    trial(2, [against(1, 2), against(1, 2)]),
    trial(3, [against(2, -2), against(2, -2)]),
  ];
  const place = { trial: 4, request: 'p1', index: 0 };

  it('begin with the best', () => {
    expect(opponentsOf(place, trials, [image('p1')])[0]).toBe(2);
  });

  it('are near to what is known of the trial after that', () => {
    const own = [image('p0', against(2, -2)), image('p1')];
    expect(opponentsOf(place, trials, own)[0]).not.toBe(2);
  });

  it('have the same image, and are other trials', () => {
    expect(opponentsOf({ ...place, request: 'p7' }, trials, [])).toEqual([]);
    expect(opponentsOf({ ...place, trial: 2 }, trials, [])).not.toContain(2);
    expect(opponentsOf(place, [], [])).toEqual([]);
  });
});

/** Written down once more, from the definition. */
function logPosterior(
  trials: readonly ReturnType<typeof trial>[],
  points: readonly (readonly number[])[],
): number {
  const noise = (Math.SQRT2 * Math.sqrt(3)) / Math.PI;
  const cuts = [-Infinity, -2.5, -0.5, 0.5, 2.5, Infinity];
  const share = (x: number): number => 1 / (1 + Math.exp(-x / noise));
  let sum = 0;
  for (const [t, { images }] of trials.entries()) {
    const own = points[t] ?? [];
    const total = own.reduce((all, value) => all + value, 0);
    const squares = own.reduce((all, value) => all + value ** 2, 0);
    sum -= squares / 2 - (4 / (2 * (1 + 4 * own.length))) * total ** 2;
    for (const [i, { answer }] of images.entries()) {
      if (answer === undefined) continue;
      const merit = own[i] ?? 0;
      if ('rating' in answer) sum -= (answer.rating - MIDDLE - merit) ** 2 / 8;
      else {
        const difference = merit - (points[trials.findIndex(({ id }) => id === answer.against)]?.[i] ?? 0);
        const [below = 0, above = 0] = cuts.slice(answer.outcome + 2);
        sum += Math.log(share(above - difference) - share(below - difference));
      }
    }
  }
  return sum;
}

function correlation(one: readonly number[], other: readonly number[]): number {
  const centre = (values: readonly number[]): number[] => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const [a, b] = [centre(one), centre(other)];
  const product = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}
