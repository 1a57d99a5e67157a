import { array, assert, constant, integer, oneof, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageBudget, iterationBudget, timeBudget } from '../../../src/stop/budget.ts';
import { exhaustedRule, failureRule } from '../../../src/stop/health.ts';
import { patienceLeft, patienceRule, stopAhead, triedScores } from '../../../src/stop/patience.ts';
import { firstReason, type StopRule } from '../../../src/stop/stop-rule.ts';
import { DOUBTED, REJECTED } from '../../../src/shared/error-codes.ts';
import { BASELINE_NAMES, type FinishedTrial } from '../../../src/types.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';

const scored = (scores: readonly number[]) => scores.map((score, i) => scoredTrial({ id: i + 1, score }));
const at = (trials: ReturnType<typeof scored>, minutes = 0) => ({ trials, open: 0, minutes });

describe('early stop', () => {
  const rule = patienceRule({ patience: 3, tolAbs: 0, tolRel: 0 });

  it.each([
    [[1, 0, 0, 0], true],
    [[0, 0, 1, 0], false],
    [[1, 0, 0], false],
    [[1, 0, 1, 0], true], // an equal best later does not reset
    [[0, 1, 0, 0, 2], false],
    [[-5, -6, -6, -6], true],
  ])('%j stops: %s', (scores, stops) => {
    expect(rule(at(scored(scores))) !== undefined).toBe(stops);
  });

  it('baselines count neither for it nor as iterations', () => {
    const [a, b, half, ...searched] = scored([9, 1, 2, 3, 3, 3]);
    const baselines = [a, b, half].flatMap((trial, i) =>
      trial === undefined ? [] : [{ ...trial, baseline: BASELINE_NAMES[i] ?? 'half' }],
    );
    expect(rule(at([...baselines, ...searched]))).toBeUndefined();
    expect(iterationBudget(4)(at([...baselines, ...searched]))).toBeUndefined();
    expect(iterationBudget(3)(at([...baselines, ...searched]))?.code).toBe('iterations');
  });

  it('tolerances: absolute, and relative in percent', () => {
    const rising = scored([10, 10.1, 10.2, 10.3]);
    expect(patienceRule({ patience: 3, tolAbs: 0.4, tolRel: 0 })(at(rising))?.message).toMatch(
      /improved the score by 0\.300,/,
    );
    expect(patienceRule({ patience: 3, tolAbs: 0.2, tolRel: 0 })(at(rising))).toBeUndefined();
    expect(patienceRule({ patience: 3, tolAbs: 0, tolRel: 4 })(at(rising))?.message).toMatch(/3.00 %/);
    expect(patienceRule({ patience: 3, tolAbs: 0, tolRel: 2 })(at(rising))).toBeUndefined();
    expect(patienceRule({ patience: 3, tolAbs: 0, tolRel: 2 })(at(scored([0, 1, 2, 3])))).toBeUndefined();
  });

  it('a gain of just the tolerance is enough', () => {
    expect(patienceRule({ patience: 2, tolAbs: 2, tolRel: 0 })(at(scored([4, 5, 6])))).toBeUndefined();
    expect(patienceRule({ patience: 2, tolAbs: 0, tolRel: 50 })(at(scored([4, 5, 6])))).toBeUndefined();
    expect(patienceRule({ patience: 2, tolAbs: 0, tolRel: 50 })(at(scored([-4, -3, -2])))).toBeUndefined();
    expect(patienceRule({ patience: 2, tolAbs: 0, tolRel: 51 })(at(scored([-4, -3, -2])))).toBeDefined();
  });

  it('failed iterations are no evaluations, and comparable scores are what is compared', () => {
    const failed = [7, 8, 9].map((id) => failedTrial({ id, message: 'out of memory' }));
    expect(rule({ trials: [...scored([1, 0, 0]), ...failed], open: 0, minutes: 0 })).toBeUndefined();
    const compared = (scores: readonly number[], fourth: number) => {
      const trials = scored(scores);
      return { ...at(trials), tried: triedScores(trials, new Map([[4, fourth]])) };
    };
    expect(rule(compared([1, 0, 0, 0], 2))).toBeUndefined();
    expect(rule(compared([1, 0, 0, 3], 1))).toBeDefined();
  });

  it('says how many iterations brought nothing', () => {
    expect(rule(at(scored([1, 0, 0, 0])))?.message).toBe(
      'No improvement in the last 3 iterations (--patience 3).',
    );
  });

  it('what puts it off: more than the best, or just as much as a tolerance wants', () => {
    const strict = { patience: 2, tolAbs: 0, tolRel: 0 };
    expect(stopAhead([5, 1], strict)).toEqual({ left: 1, needed: 5, isStrict: true });
    const asMuch = { patience: 2, tolAbs: 3, tolRel: 0 };
    expect(stopAhead([5, 6], asMuch)).toEqual({ left: 1, needed: 8, isStrict: false });
    expect(patienceRule(asMuch)(at(scored([5, 6, 8])))).toBeUndefined();
  });

  it('repeated points cost nothing and do not count', () => {
    const trials = [...scored([1, 0, 0]), scoredTrial({ id: 4, score: 0, repeatOf: 2 })];
    expect(rule(at(trials))).toBeUndefined();
  });

  it('is foreseen: when it comes if nothing gets better, and what puts it off', () => {
    const tolerance = oneof(constant(0), integer({ min: 1, max: 20 }));
    assert(
      property(
        array(integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 12 }),
        record({ patience: integer({ min: 1, max: 6 }), tolAbs: tolerance, tolRel: tolerance }),
        (scores, settings) => {
          const stops = patienceRule(settings);
          const later = (count: number): number[] => [...scores, ...Array<number>(count).fill(-99)];
          let left = 0;
          while (stops(at(scored(later(left)))) === undefined) left++;
          const ahead = stopAhead(scores, settings);
          expect(ahead?.left).toBe(left);
          if (left === 0 || ahead === undefined) return;
          const { needed, isStrict } = ahead;
          const reached = [...later(left - 1), needed + 1e-6];
          expect(stops(at(scored(reached)))).toBeUndefined();
          const missed = [...later(left - 1), isStrict ? needed : needed - 1e-6];
          expect(stops(at(scored(missed)))).toBeDefined();
        },
      ),
    );
    expect(stopAhead([], { patience: 3, tolAbs: 0, tolRel: 0 })).toBeUndefined();
  });

  it('counts down', () => {
    expect(patienceLeft([], 27)).toBe(27);
    expect(patienceLeft([0, 5, 1, 1], 27)).toBe(25);
    expect(patienceLeft([5, 1, 1], 1)).toBe(0);
  });
});

describe('budgets', () => {
  it('counts open trials, so that several WebUIs do not overshoot', () => {
    const rule = iterationBudget(3);
    expect(rule({ trials: scored([1, 2]), open: 0, minutes: 0 })).toBeUndefined();
    expect(rule({ trials: scored([1, 2]), open: 1, minutes: 0 })?.code).toBe('iterations');
    expect(rule({ trials: scored([1, 2, 3]), open: 0, minutes: 0 })?.message).toBe(
      'All 3 iterations are done.',
    );
  });

  it('an iteration that is doubted is made again, so it is not one of them', () => {
    const doubted = { ...failedTrial({ id: 3, message: '' }), failure: { code: DOUBTED, message: '' } };
    const rule = iterationBudget(3);
    expect(rule({ trials: [...scored([1, 2]), doubted], open: 0, minutes: 0 })).toBeUndefined();
    const failed = failedTrial({ id: 3, message: '' });
    expect(rule({ trials: [...scored([1, 2]), failed], open: 0, minutes: 0 })).toBeDefined();
  });

  it('images: a trial is begun while all of its images are left', () => {
    const rule = imageBudget(10);
    expect(rule({ ...at([]), imagesLeft: 3, imagesOfSet: 3 })).toBeUndefined();
    expect(rule({ ...at([]), imagesLeft: 2, imagesOfSet: 3 })?.code).toBe('images');
    expect(rule({ ...at([]), imagesOfSet: 3 })).toBeUndefined();
    expect(rule({ ...at([]), imagesLeft: 1 })).toBeUndefined();
  });

  it('minutes', () => {
    expect(timeBudget(10)(at([], 9.9))).toBeUndefined();
    expect(timeBudget(10)(at([], 10))?.message).toMatch(/10 minutes/);
  });
});

describe('health', () => {
  const failed = (id: number) => failedTrial({ id, message: 'out of memory' });
  const withCode = (id: number, code: string) => ({ ...failed(id), failure: { code, message: 'Not so.' } });
  const stops = (trials: readonly FinishedTrial[]): boolean =>
    failureRule(3)({ trials, open: 0, minutes: 0 }) !== undefined;

  it('only the last failures count, and one that went well between them is enough', () => {
    expect(stops([...scored([1]), failed(2), failed(3), failed(4)])).toBe(true);
    expect(stops([failed(2), ...scored([1]), failed(3), failed(4)])).toBe(false);
    expect(stops([failed(2), failed(3)])).toBe(false);
  });

  it.each([DOUBTED, REJECTED])(
    '"%s" says nothing of the server: neither a failure nor an end of a row',
    (code) => {
      expect(stops([failed(1), failed(2), withCode(3, code)])).toBe(false);
      expect(stops([failed(1), failed(2), withCode(3, code), failed(4)])).toBe(true);
      expect(stops([1, 2, 3].map((id) => withCode(id, code)))).toBe(false);
    },
  );

  it('stops after failures in a row, with the last reason', () => {
    const failed = [1, 2, 3].map((id) => failedTrial({ id, message: 'out of memory' }));
    expect(failureRule(3)(at([]))).toBeUndefined();
    expect(failureRule(3)({ trials: failed, open: 0, minutes: 0 })?.message).toMatch(/out of memory/);
    const mixed = [...failed.slice(1), scoredTrial({ id: 4, score: 1 })];
    expect(failureRule(3)({ trials: mixed, open: 0, minutes: 0 })).toBeUndefined();
  });

  it('stops when nothing new is proposed', () => {
    const repeats = Array.from({ length: 50 }, (_, i) => scoredTrial({ id: i + 2, score: 1, repeatOf: 1 }));
    expect(exhaustedRule({ trials: repeats, open: 0, minutes: 0 })?.code).toBe('space-exhausted');
    expect(exhaustedRule({ trials: repeats.slice(1), open: 0, minutes: 0 })).toBeUndefined();
    const after = [...scored([1]), ...repeats];
    expect(exhaustedRule({ trials: after, open: 0, minutes: 0 })?.code).toBe('space-exhausted');
    const withNew = [...repeats.slice(1), scoredTrial({ id: 60, score: 1 })];
    expect(exhaustedRule({ trials: withNew, open: 0, minutes: 0 })).toBeUndefined();
    const withFailed = [...repeats.slice(1), failed(60)];
    expect(exhaustedRule({ trials: withFailed, open: 0, minutes: 0 })).toBeUndefined();
  });
});

it('one iteration, minute or image is not said as many', () => {
  const after = (rule: StopRule): string | undefined =>
    rule({ trials: scored([1, 0]), open: 0, minutes: 1, imagesLeft: 0, imagesOfSet: 1 })?.message;
  expect(after(iterationBudget(1))).toBe('The one iteration is done.');
  expect(after(timeBudget(1))).toBe('The limit of 1 minute is reached.');
  expect(after(imageBudget(1))).toBe('The limit of 1 image is reached (--budget-images).');
  expect(after(patienceRule({ patience: 1, tolAbs: 0, tolRel: 0 }))).toBe(
    'No improvement in the last iteration (--patience 1).',
  );
  const failed = [failedTrial({ id: 1, message: 'out of memory' })];
  expect(failureRule(1)({ trials: failed, open: 0, minutes: 0 })?.message).toBe(
    'An iteration failed (--max-failures 1) because: out of memory',
  );
});

describe('firstReason', () => {
  it('takes the first rule that has one', () => {
    const reason = firstReason([iterationBudget(5), timeBudget(1), iterationBudget(1)], at(scored([1]), 2));
    expect(reason?.code).toBe('minutes');
  });
});
