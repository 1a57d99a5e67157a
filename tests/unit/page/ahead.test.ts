/** What the page says of the end of a search, of its hours of work, and of weights that somebody gave. */
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { earlyStopOf, limitsOf } from '../../../src/page/ahead.ts';
import { givenWeights } from '../../../src/page/given-weights.ts';
import { pageState } from '../../../src/page/model.ts';
import { Standing } from '../../../src/page/standing.ts';
import { workingTime } from '../../../src/page/working-time.ts';
import { trialsOf } from '../../../src/journal/read.ts';
import { reportPlan } from '../../helpers/make-report-run.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00.000Z');
const after = (hours: number) => ({ at: new Date(START + hours * HOUR).toISOString() });
const asked = (trial: number, byHand = false): JournalRecord => ({
  kind: 'asked',
  trial,
  origin: byHand ? 'queued' : 'optimizer',
  ...(byHand && { byHand }),
  point: [],
  weights: uniformWeights(trial / 100, 'sd1'),
});
const scored = (trial: number, score: number, hours: number): JournalRecord => ({
  kind: 'scored',
  trial,
  score,
  images: [],
  time: { ...after(hours), evaluation: 9, iteration: 10 },
});
const planned = (config: object = {}): JournalRecord => ({
  kind: 'plan',
  version: 1,
  plan: reportPlan({
    config: { payload: ['p.json'], modelA: 'a', modelB: 'b', output: 'O', iterations: 50, ...config },
  }),
  recipe: 'r.txt',
  time: after(0),
});
const request = { by: 'the page' };

describe('hours of work', () => {
  it('run on while the run does, and stand still while it does not', () => {
    const records = [
      planned(),
      scored(1, 1, 1),
      // Killed, and resumed the next day.
      { kind: 'resumed', limits: {}, time: after(25) } as const,
      scored(2, 1, 26),
      { kind: 'stopped', reason: { code: 'interrupted', message: 'x' }, time: after(26.5) } as const,
      { kind: 'resumed', limits: {}, time: after(30.5) } as const,
      scored(3, 1, 31),
    ];
    const { hours, gaps } = workingTime(records);
    expect([...hours]).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(gaps).toEqual([
      { hours: 1, seconds: 24 * 3600, why: 'not running' },
      { hours: 2.5, seconds: 4 * 3600, why: 'not running' },
    ]);
  });

  it('count what a paused run finishes, and not its pause, whatever is asked meanwhile', () => {
    const records: JournalRecord[] = [
      planned(),
      { kind: 'paused', id: '1', ...request, time: after(1) },
      scored(1, 1, 1.5),
      { kind: 'refused', id: '2', request: 'next', reason: 'x', ...request, time: after(3) },
      { kind: 'continued', id: '3', ...request, time: after(4.5) },
      scored(2, 1, 5),
    ];
    const { hours, gaps } = workingTime(records);
    expect([...hours.values()]).toEqual([1.5, 2]);
    expect(gaps).toEqual([{ hours: 1.5, seconds: 3 * 3600, why: 'paused' }]);
  });

  it('are the same for a journal that is followed line by line, and each line is read once', () => {
    const lines: JournalRecord[] = [
      planned(),
      scored(1, 1, 1),
      { kind: 'stopped', reason: { code: 'interrupted', message: 'x' }, time: after(2) },
      { kind: 'resumed', limits: {}, time: after(9) },
      { kind: 'paused', id: '1', ...request, time: after(10) },
      scored(2, 1, 10.5),
      { kind: 'continued', id: '3', ...request, time: after(12) },
      ...Array.from({ length: 200 }, (_, n) => scored(n + 3, 1, 13 + n)),
    ];
    let reads = 0;
    const followed: JournalRecord[] = [];
    for (const [n, line] of lines.entries()) {
      followed.push(
        new Proxy(line, {
          get(target, key, receiver): unknown {
            if (key === 'kind') reads++;
            return Reflect.get(target, key, receiver);
          },
        }),
      );
      const { hours, gaps } = workingTime(followed);
      const whole = workingTime(lines.slice(0, n + 1));
      expect([[...hours], gaps]).toEqual([[...whole.hours], whole.gaps]);
    }
    expect(reads).toBeLessThan(12 * lines.length);
  });

  it('take nothing back when the clock was put back', () => {
    const records = [planned(), scored(1, 1, 2), scored(2, 1, 1), scored(3, 1, 1.5)];
    expect([...workingTime(records).hours.values()]).toEqual([2, 2, 2.5]);
  });
});

describe('the end of a search', () => {
  const early = (records: readonly JournalRecord[]) => {
    const [first] = records;
    const plan = first?.kind === 'plan' ? first.plan : undefined;
    const standing = new Standing(plan);
    standing.update(trialsOf(records));
    return earlyStopOf(plan, records, standing);
  };
  const tried = [
    asked(1),
    scored(1, 0.5, 1),
    asked(2),
    scored(2, 0.9, 2),
    asked(3),
    scored(3, 0.8, 3),
    asked(4),
    scored(4, 0.7, 4),
  ];

  it('is told with the rule and what puts it off', () => {
    const plan = planned({ earlyStop: true, patience: 5, tolAbs: 0, tolRel: 0 });
    expect(early([plan, ...tried])).toEqual({
      left: 3,
      needed: 0.9,
      sentence:
        'Early stop after 7 iterations, 3 more, unless one of the next 3 scores more than 0.9000 (--patience 5).',
    });
  });

  it('is that of the last session', () => {
    const records = [
      planned({ earlyStop: true, patience: 5, minutes: 60 }),
      ...tried,
      { kind: 'resumed', limits: { patience: 9, iterations: 80 }, time: after(5) } as const,
    ];
    expect(early(records)?.left).toBe(7);
    const plan = records[0]?.kind === 'plan' ? records[0].plan : undefined;
    expect(limitsOf(plan, records)).toEqual({ iterations: 80, minutes: 60, images: null });
  });

  it('is not told where there is no early stop, nothing tried, or where it is over', () => {
    expect(early([planned({ earlyStop: false, patience: 5 }), ...tried])).toBeNull();
    const plan = planned({ earlyStop: true, patience: 5 });
    expect(early([plan])).toBeNull();
    const ended = [
      plan,
      ...tried,
      { kind: 'stopped', reason: { code: 'early-stop', message: 'x' }, time: after(5) } as const,
    ];
    const facts = { name: 'O', isAlive: false, notices: [], progress: null };
    expect(pageState(ended, facts).summary.earlyStop).toBeNull();
    expect(pageState([plan, ...tried], { ...facts, isAlive: true }).summary.earlyStop?.left).toBe(3);
  });
});

describe('weights that were given', () => {
  const queued = (id: string, by: string): JournalRecord => ({
    kind: 'queued',
    id,
    by,
    point: [],
    weights: { IN00: Number(id) },
    time: after(1),
  });
  const records = [
    planned(),
    queued('1', 'the page'),
    queued('2', 'autombw next'),
    asked(1),
    scored(1, 0.5, 2),
    asked(2, true),
    scored(2, 0.6, 3),
  ];

  it('are those of the next iterations, in their order', () => {
    const { by, waiting } = givenWeights(records);
    expect([...by]).toEqual([[2, 'the page']]);
    expect(waiting).toEqual([{ id: '2', by: 'autombw next', weights: { IN00: 2 } }]);
  });

  it('wait again, behind the others, when their iteration is doubted', () => {
    const doubted: JournalRecord = { kind: 'doubted', trials: [2], reason: 'x', time: after(4) };
    const { waiting } = givenWeights([...records, doubted]);
    expect(waiting.map(({ id }) => id)).toEqual(['2', '1']);
    expect(givenWeights([...records, doubted, asked(3, true), asked(4, true)]).by.get(4)).toBe('the page');
  });

  it('are named in the row of their iteration and in a notice', () => {
    const facts = { name: 'O', isAlive: true, notices: [], progress: null };
    const { summary, trials } = pageState(records, facts);
    expect(trials.map(({ id, by }) => [id, by])).toEqual([
      [1, undefined],
      [2, 'the page'],
    ]);
    expect(summary.queued.map(({ id }) => id)).toEqual(['2']);
    expect(summary.current?.by).toBe('the page');
    expect(summary.notices.map(({ message }) => message)).toContain(
      'Iteration 2 was given by the page: score 0.6000.',
    );
  });
});
