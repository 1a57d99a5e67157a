/** The chart of the Live view, as far as it needs no browser. */
import { array, assert, double, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsOf } from '../../../src/page/browser/live/ends.ts';
import { geometryOf } from '../../../src/page/browser/live/geometry.ts';
import { labelWidth, placeLabels } from '../../../src/page/browser/live/labels.ts';
import { nearestPoint, pointsOf } from '../../../src/page/browser/live/points.ts';
import { pageState } from '../../../src/page/model.ts';
import type { PageSummary, PageTrial } from '../../../src/page/state.ts';

const { summary } = pageState([], { name: 'O', isAlive: true, notices: [], progress: null });
const trial = (id: number, score: number | null, more: Partial<PageTrial> = {}): PageTrial => ({
  id,
  state: score === null ? 'failed' : 'scored',
  score,
  images: 2,
  ...more,
});
const NO_ENDS = { now: 0, marks: [], sentences: [] };

describe('hours', () => {
  it('are those in which the run worked; what has none stands where the one before does', () => {
    const trials = [
      trial(1, 1, { baseline: 'A', hours: 0.5 }),
      trial(2, 1),
      trial(3, 1, { hours: 2 }),
      trial(4, 1, { hours: 1.5 }),
    ];
    expect(pointsOf(trials, 'hours').map(({ at }) => at)).toEqual([0.5, 2, 2]);
  });
});

describe('the point that is meant', () => {
  const points = pointsOf(
    Array.from({ length: 5000 }, (_, i) => trial(i + 1, i % 2)),
    'iterations',
  );
  const scale = { toX: (at: number) => at / 10, toY: (score: number) => 100 - 100 * score };

  it('is the nearest one of those beside the place, high or low', () => {
    expect(points[nearestPoint(points, 250, 0, scale)]).toMatchObject({ score: 1, at: 2500 });
    expect(points[nearestPoint(points, 250.1, 100, scale)]).toMatchObject({ score: 0, at: 2501 });
  });

  it('is the last one far to the right, the first one far to the left, none without points', () => {
    expect(nearestPoint(points, 9999, 50, scale)).toBe(4999);
    expect(nearestPoint(points, -9999, 50, scale)).toBe(0);
    expect(nearestPoint([], 0, 0, scale)).toBe(-1);
  });

  it('is never further away than another one', () => {
    assert(
      property(
        array(record({ at: integer({ min: 0, max: 300 }), score: integer({ min: 0, max: 9 }) }), {
          minLength: 1,
          maxLength: 40,
        }),
        integer({ min: -50, max: 350 }),
        integer({ min: 0, max: 90 }),
        (given, x, y) => {
          const some = given
            .toSorted((one, other) => one.at - other.at)
            .map((one, i) => ({ ...one, trial: i, best: undefined }));
          const plain = { toX: (at: number) => at, toY: (score: number) => 10 * score };
          const found = some[nearestPoint(some, x, y, plain)];
          const worth = ({ at, score }: { readonly at: number; readonly score: number }): number =>
            Math.abs(at - x) > 10 ? 1e6 + Math.abs(at - x) : Math.hypot(at - x, 10 * score - y);
          expect(found && worth(found)).toBe(Math.min(...some.map(worth)));
        },
      ),
    );
  });
});

describe('labels', () => {
  const lines = (scores: readonly number[]): PageSummary['lines'] =>
    ['A', 'B', 'half'].map((name, i) => ({ name, score: scores[i] ?? 0 }));

  it('of baselines and of the end never lie on each other, on a phone neither', () => {
    assert(
      property(
        array(double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        double({ min: 1, max: 20, noNaN: true }),
        integer({ min: 300, max: 1200 }),
        (scores, at, width) => {
          const points = pointsOf([trial(1, 0), trial(2, 1)], 'iterations');
          const marks = [
            { at, label: 'early stop', needed: null },
            { at: at + 0.1, label: 'limit', needed: null },
          ];
          const { labels, left } = geometryOf(width, points, lines(scores), { ...NO_ENDS, marks });
          expect(labels.map(({ text }) => text).toSorted()).toEqual([
            'early stop',
            'half of each',
            'limit',
            'model A',
            'model B',
          ]);
          for (const [i, one] of labels.entries()) {
            expect(one.x).toBeGreaterThanOrEqual(left);
            expect(one.x + labelWidth(one.text)).toBeLessThanOrEqual(width);
            for (const other of labels.slice(i + 1)) {
              const isBeside =
                one.x + labelWidth(one.text) <= other.x || other.x + labelWidth(other.text) <= one.x;
              expect(isBeside || Math.abs(one.y - other.y) >= 14).toBe(true);
            }
          }
        },
      ),
    );
  });

  it('without room anywhere are left out', () => {
    const label = { text: 'one', spots: [[0, 0] as const] };
    expect(placeLabels([label, label])).toHaveLength(1);
  });
});

describe('the end of the search in the chart', () => {
  const trials = Array.from({ length: 10 }, (_, i) => trial(i + 1, 1, { hours: (i + 1) / 2 }));
  const earlyStop = { left: 4, needed: 0.9, sentence: 'Early stop …' };
  const limits = { iterations: 12, minutes: 360, images: 24 };
  const running: PageSummary = { ...summary, state: 'running', earlyStop, limits, pace: 1800 };
  const marksOver = (over: 'iterations' | 'images' | 'hours', of = running) =>
    endsOf(of, trials, over).marks.map(({ at, label }) => `${label} ${at}`);

  it('is where the early stop and the limit are on that axis', () => {
    expect(marksOver('iterations')).toEqual(['early stop 14', 'limit 12']);
    expect(marksOver('images')).toEqual(['early stop 28', 'limit 24']);
    expect(marksOver('hours')).toEqual(['early stop 7', 'limit 6']);
  });

  it('is left to the words where it is far away, or has come', () => {
    const far = { ...running, limits: { ...limits, iterations: 15 } };
    expect(marksOver('iterations', far)).toEqual(['early stop 14']);
    const late = { ...far, earlyStop: { ...earlyStop, left: 90 } };
    expect(marksOver('iterations', late)).toEqual([]);
    expect(endsOf(late, trials, 'iterations').sentences).toContain('Early stop …');
    expect(marksOver('iterations', { ...running, state: 'ended' })).toEqual([]);
    expect(endsOf({ ...running, state: 'ended' }, trials, 'iterations').sentences).toEqual([]);
  });

  it('says when the limit comes first', () => {
    expect(endsOf(running, trials, 'iterations').sentences).toEqual([
      'Early stop …',
      'The limit of 12 iterations comes first.',
    ]);
  });

  it('says how much time is cut out of the hours, and nowhere else', () => {
    const gaps = [
      { hours: 1, seconds: 3600, why: 'paused' },
      { hours: 2, seconds: 5400, why: 'not running' },
    ] as const;
    const of = { ...running, earlyStop: null, gaps };
    expect(endsOf(of, trials, 'hours').sentences).toEqual([
      '2 h 30 min in which the run was paused or did not run (2 times) are left out; a notch below the axis shows where.',
    ]);
    expect(endsOf(of, trials, 'images').sentences).toEqual([]);
  });
});
