import { describe, expect, it } from 'vitest';
import { agreementOf, alphaOf } from '../../../../src/score/manual/agreement.ts';
import { oneScale, ratingsOfPeople } from '../../../../src/score/manual/people.ts';
import { meanMerit, meritsOf, type AnsweredTrial } from '../../../../src/score/manual/preference.ts';
import type { RaterAnswer } from '../../../../src/types.ts';

/** One image a trial, with what each person gave it. */
function rated(...rows: readonly Readonly<Record<string, number>>[]): AnsweredTrial[] {
  return rows.map((row, i) => ({
    id: i + 1,
    images: [
      {
        request: 'a/0',
        index: 0,
        answers: Object.entries(row).map(([by, rating]): RaterAnswer => ({ rating, by })),
      },
    ],
  }));
}

describe('ratings of several people', () => {
  it('of one person stay as they are', () => {
    const trials = rated({ Ann: 2 }, { Ann: 9 }, { Ann: 4.5 });
    const values = [...ratingsOfPeople(trials).values()].map((merits) => meanMerit(merits));
    for (const [i, value] of [2, 9, 4.5].entries()) expect(values[i]).toBeCloseTo(value, 12);
  });

  it('go on one scale: who is strict and who says little count alike, the more surely the more they have rated', () => {
    const likes = Array.from({ length: 200 }, (_, i) => (i * 7) % 11);
    const trials = rated(...likes.map((like) => ({ Ann: like * 0.9, Bob: 6 + like * 0.3 })));
    const scale = oneScale(trials);
    const gap = (like: number): number => Math.abs(scale(like * 0.9, 'Ann') - scale(6 + like * 0.3, 'Bob'));
    expect(Math.max(...[0, 5, 10].map(gap))).toBeLessThan(0.5);
    const few = oneScale(trials.slice(0, 4));
    const gapOfFew = Math.abs(few(4.5, 'Ann') - few(7.5, 'Bob'));
    expect(gapOfFew).toBeGreaterThan(gap(5));
    expect(gapOfFew).toBeLessThan(3);
  });

  it('do not depend on the order of trials, and somebody who always says the same spoils nothing', () => {
    const trials = rated({ Ann: 3, Bob: 5 }, { Ann: 8, Bob: 5 }, { Ann: 6, Bob: 5 });
    const merits = ratingsOfPeople(trials);
    const turned = ratingsOfPeople(trials.toReversed());
    for (const [id, images] of merits) {
      expect(Number.isFinite(meanMerit(images))).toBe(true);
      expect(meanMerit(turned.get(id))).toBeCloseTo(meanMerit(images), 12);
    }
    expect(meanMerit(merits.get(2))).toBeGreaterThan(meanMerit(merits.get(1)));
  });

  it('pairs of all go into one model, in which everybody has their own grades', () => {
    const of = (outcome: number, by: string): RaterAnswer => ({ against: 1, outcome, by });
    const image = { request: 'a/0', index: 0 };
    const trials = (answers: readonly RaterAnswer[]): AnsweredTrial[] => [
      { id: 1, images: [image] },
      { id: 2, images: [{ ...image, answers }] },
    ];
    const merit = (answers: readonly RaterAnswer[]): number => meanMerit(meritsOf(trials(answers)).get(2));
    const one = merit([of(1, 'Ann')]);
    expect(merit([of(1, 'Ann'), of(1, 'Bob')])).toBeGreaterThan(one);
    expect(merit([of(1, 'Ann'), of(-1, 'Bob')])).toBeCloseTo(5, 6);
    // Ann's plain "better" says more of somebody who never says "much better".
    expect(merit([of(1, 'Ann'), of(2, 'Bob')])).toBeGreaterThan(merit([of(1, 'Ann'), of(1, 'Bob')]));
  });
});

describe('how far people agree', () => {
  it("is Krippendorff's alpha of intervals, as in his own example", () => {
    // K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C; units with one value are left out.
    const rows = [
      [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
      [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
      [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
      [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ];
    const units = Array.from({ length: 12 }, (_, u) => rows.map((row) => row[u] ?? 0).filter((v) => v > 0));
    expect(alphaOf(units.filter(({ length }) => length > 1))).toBeCloseTo(0.849, 3);
  });

  it('is told from five images on, of whoever judged the same', () => {
    const few = agreementOf(rated({ Ann: 1, Bob: 1 }, { Ann: 5 }, { Bob: 5, Cy: 2 }));
    expect(few).toMatchObject({ alpha: undefined, images: 2 });
    expect([...few.people]).toEqual([
      ['Ann', 2],
      ['Bob', 2],
      ['Cy', 1],
    ]);
    const enough = agreementOf(rated(...[1, 4, 6, 9, 2, 7].map((like) => ({ Ann: like, Bob: like + 1 }))));
    expect(enough.alpha).toBeGreaterThan(0.95);
    const opposed = agreementOf(rated(...[1, 4, 6, 9, 2, 7].map((like) => ({ Ann: like, Bob: 10 - like }))));
    expect(opposed.alpha).toBeLessThan(0);
    expect(
      alphaOf([
        [3, 3],
        [3, 3],
      ]),
    ).toBeUndefined();
  });
});
