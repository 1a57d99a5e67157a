/** A scorer whose server is away is waited for, for all images together. */
import { describe, expect, it } from 'vitest';
import { answering } from '../../../src/score/external/answering.ts';
import { withScoreCache } from '../../../src/score/score-cache.ts';
import { createJudge, type Judge } from '../../../src/score/index.ts';
import type { Scorer } from '../../../src/score/scorer.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { runError } from '../../../src/shared/errors.ts';
import { patientScoring } from '../../../src/trial/scorer-patience.ts';
import type { EvaluationEvents } from '../../../src/trial/evaluator.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { makeItem } from '../../helpers/score-items.ts';

const unreachable = (why = 'ECONNREFUSED'): Error =>
  runError('scorer-unreachable', `Scorer "site": it cannot be reached (${why}).`, { endsRun: true });

/** @param act what it does when it is asked; returns that it answers */
function scorerThat(id: string, act: () => void): { readonly scorer: Scorer; readonly asked: () => number } {
  let asked = 0;
  const scorer: Scorer = {
    id,
    version: '1',
    needsPrompt: false,
    range: { min: 0, max: 1 },
    higherIsBetter: true,
    score: async (items) => {
      asked++;
      act();
      return items.map(() => ({ state: 'scored', value: 0.5 }));
    },
  };
  return { scorer, asked: () => asked };
}

const MINUTE = 60_000;
const ITEM = { ...(await makeItem(1)), reverse: false };
const SENTENCE =
  'Scorer "site": it cannot be reached (ECONNREFUSED). The run waits up to 5 minutes for that to change, then continues automatically.';

/** @param minutes after which the site is there */
function away(minutes: number, failure: () => Error = unreachable) {
  const clock = new VirtualClock();
  const site = scorerThat('site', () => {
    if (clock.now() < minutes * MINUTE) throw failure();
  });
  const person = scorerThat('person', () => undefined);
  const judge = createJudge([person.scorer, site.scorer].map((scorer) => ({ scorer, weight: 1 })));
  const told: string[] = [];
  const events: EvaluationEvents = {
    onWarning: (sentence) => void told.push(sentence),
    onInfo: (sentence) => void told.push(sentence),
    onState: ({ state, sentence }) => void told.push(`${state}: ${sentence}`),
  };
  const said = (): readonly string[] => told.filter((one) => !/^(?:waiting|drawing|merging): /.test(one));
  const states = (): readonly string[] => told.filter((one) => !said().includes(one));
  const patience = (leave?: AbortSignal) => ({ clock, minutes: 5, leave });
  return { clock, judge, site, person, events, said, states, patience };
}

async function judgeWith(
  judge: Judge,
  { asking }: ReturnType<typeof patientScoring>,
  signal = NEVER_ABORTED,
): Promise<number> {
  const { score } = await judge.judge(ITEM, signal, asking);
  return score;
}

it('keeps the images, tells it once for all of them and their servers, and asks nobody else again', async () => {
  const { clock, judge, site, person, events, said, states, patience } = away(3);
  const one = patientScoring(judge, patience(), NEVER_ABORTED, events);
  const other = patientScoring(judge, patience(), NEVER_ABORTED, events);
  const judged = Promise.all([judgeWith(judge, one), judgeWith(judge, one), judgeWith(judge, other)]);
  expect(await clock.run(judged)).toEqual([0.5, 0.5, 0.5]);
  expect(said()).toEqual([SENTENCE, 'Scorer "site" is back; the run continues.']);
  expect(new Set(states())).toEqual(new Set([`waiting: ${SENTENCE}`]));
  expect(person.asked()).toBe(3);
  // After 1, 2, 5, 10, 30 … seconds, each.
  expect(site.asked()).toBe(3 * 11);
  expect(await clock.run(judgeWith(judge, one))).toBe(0.5);
  expect(said()).toHaveLength(2);
});

it('says the first reason only, whatever keeps it away later', async () => {
  const reasons = ['ECONNRESET', 'ECONNREFUSED', 'ECONNREFUSED'];
  const { clock, judge, events, said, patience } = away(0.1, () => unreachable(reasons.shift()));
  await clock.run(judgeWith(judge, patientScoring(judge, patience(), NEVER_ABORTED, events)));
  expect(said()).toHaveLength(2);
  expect(said()[0]).toContain('ECONNRESET');
});

it('gives up for all images at once: who came later does not wait longer', async () => {
  const { clock, judge, events, patience } = away(60);
  const { asking } = patientScoring(judge, patience(), NEVER_ABORTED, events);
  const ends: number[] = [];
  const judgeAt = async (minutes: number): Promise<unknown> => {
    await clock.sleep(minutes * MINUTE);
    const failure: unknown = await judge.judge(ITEM, NEVER_ABORTED, asking).catch((error: unknown) => error);
    ends.push(clock.now());
    return failure;
  };
  const gone = {
    code: 'scorer-gone',
    endsRun: true,
    message:
      'Scorer "site": it cannot be reached (ECONNREFUSED). That did not change for 5 minutes (--reconnect).',
  };
  const failures = await clock.run(Promise.all([judgeAt(0), judgeAt(4)]));
  expect(failures).toEqual([expect.objectContaining(gone), expect.objectContaining(gone)]);
  expect(Math.max(...ends)).toBeLessThan(6 * MINUTE);
});

it('is left at once, and is not waited for where nobody waits', async () => {
  const { clock, judge, events, said, patience } = away(60);
  const leave = new AbortController();
  const scoring = patientScoring(judge, patience(leave.signal), NEVER_ABORTED, events);
  const gone = { code: 'scorer-gone', message: 'Scorer "site" is not back; no longer waiting for it.' };
  const judged = judgeWith(judge, scoring);
  void clock.sleep(2000).then(() => leave.abort());
  await expect(clock.run(judged)).rejects.toMatchObject(gone);
  expect(clock.now()).toBeLessThan(5000);
  await expect(judgeWith(judge, scoring)).rejects.toMatchObject(gone);
  expect(said()).toHaveLength(1);
});

it('ends with the signal', async () => {
  const { clock, judge, events, patience } = away(60);
  const controller = new AbortController();
  const scoring = patientScoring(judge, patience(), controller.signal, events);
  const judged = judgeWith(judge, scoring, controller.signal);
  void clock.sleep(2000).then(() => controller.abort(new Error('enough')));
  await expect(clock.run(judged)).rejects.toThrow('enough');
});

it('does not wait for a scorer that answers, whatever it says', async () => {
  const failed = runError('scorer-failed', 'Scorer "site": no face found.');
  const { judge, events, said, patience } = away(60, () => failed);
  await expect(judgeWith(judge, patientScoring(judge, patience(), NEVER_ABORTED, events))).rejects.toBe(
    failed,
  );
  expect(said()).toEqual([]);
});

it('is waited for also where nobody listens, and silently where nobody waits', async () => {
  const { clock, judge, patience } = away(0.05);
  expect(await clock.run(judgeWith(judge, patientScoring(judge, patience(), NEVER_ABORTED, {})))).toBe(0.5);
  const left = away(60);
  const scoring = patientScoring(left.judge, left.patience(AbortSignal.abort()), NEVER_ABORTED, left.events);
  await expect(judgeWith(left.judge, scoring)).rejects.toMatchObject({ code: 'scorer-gone' });
  expect(left.said()).toEqual([]);
});

it('hides whatever the server does meanwhile, but not that it is waited for', async () => {
  const { clock, judge, events, states, patience } = away(0.05);
  const scoring = patientScoring(judge, patience(), NEVER_ABORTED, events);
  const judged = judgeWith(judge, scoring);
  void clock.sleep(500).then(() => {
    scoring.events.onState?.({ state: 'merging', sentence: 'Merging.' });
    scoring.events.onState?.({ state: 'waiting', sentence: 'Busy.' });
  });
  await clock.run(judged);
  expect(states().filter((one) => !one.includes('cannot be reached'))).toEqual([
    'waiting: Busy.',
    'merging: Merging.',
  ]);
});

it('shows that it waits for the scorer and not that the server draws, which it says again afterwards', async () => {
  const { clock, judge, events, states, patience } = away(0.05);
  const scoring = patientScoring(judge, patience(), NEVER_ABORTED, events);
  const draws = { state: 'drawing', sentence: 'Drawing.' } as const;
  scoring.events.onState?.({ state: 'merging', sentence: 'Merging.' });
  const judged = judgeWith(judge, scoring);
  void clock.sleep(500).then(() => scoring.events.onState?.(draws));
  await clock.run(judged);
  scoring.events.onState?.(draws);
  expect(states().map((one) => one.split(':')[0])).toEqual([
    'merging',
    'waiting',
    'waiting',
    'drawing',
    'drawing',
  ]);
});

describe('an image that gets no answer', () => {
  const LATE =
    'Scorer "site": POST http://site did not answer within 120 s; check that the server is running.';
  const poisoned = { ...ITEM, seed: 13 };
  const bench = (isAway: (asked: number) => boolean = () => false) => {
    const clock = new VirtualClock();
    const asked: number[] = [];
    const site: Scorer = {
      ...scorerThat('site', () => undefined).scorer,
      score: async (items) => {
        for (const { seed } of items) {
          asked.push(seed);
          if (seed === poisoned.seed || isAway(asked.length))
            throw runError('scorer-unreachable', LATE, { endsRun: true });
        }
        return items.map(() => ({ state: 'scored', value: 0.5 }));
      },
    };
    const folder = temporaryFolder();
    // What lies in the cache would tell nothing.
    const judge = createJudge([{ scorer: withScoreCache(answering(site), folder), weight: 1 }]);
    const { asking } = patientScoring(judge, { clock, minutes: 5 }, NEVER_ABORTED, {});
    const judged = async (item: typeof ITEM): Promise<unknown> =>
      judge.judge(item, NEVER_ABORTED, asking).catch((error: unknown) => error);
    return { clock, asked, judged };
  };

  it('has failed by itself once its scorer has answered for another one, twice', async () => {
    const { clock, asked, judged } = bench();
    await judged(ITEM);
    const other = await makeItem(2);
    const failure = await clock.run(judged({ ...poisoned, ...other, seed: poisoned.seed }));
    expect(failure).toMatchObject({
      code: 'scorer-failed',
      endsRun: false,
      message: expect.stringMatching(/did not answer within 120 s.*scored another image in between, twice/),
    });
    expect(asked).toEqual([ITEM.seed, 13, ITEM.seed, 13, ITEM.seed]);
    expect(clock.now()).toBeLessThan(10_000);
  });

  it('is waited for while its scorer answers nobody, and where nobody was scored before', async () => {
    const { clock, judged } = bench((count) => count > 1);
    await judged(ITEM);
    const other = await makeItem(2);
    const gone = { code: 'scorer-gone', endsRun: true };
    expect(await clock.run(judged({ ...poisoned, ...other, seed: poisoned.seed }))).toMatchObject(gone);
    const first = bench();
    expect(await first.clock.run(first.judged(poisoned))).toMatchObject(gone);
  });
});
