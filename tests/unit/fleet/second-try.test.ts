/** Images that one server fails at, and others that draw the same pixels do not. */
import { describe, expect, it } from 'vitest';
import type { EvaluationFailure } from '../../../src/trial/evaluator.ts';
import { setUp } from './set-up.ts';

const FULL: EvaluationFailure = { code: 'webui-out-of-memory', message: 'Out of memory.', ends: 'trial' };

describe('a trial that one server fails at', () => {
  it('is drawn by another one of its pixels, and has not failed', async () => {
    const { clock, servers, measure, lanes, sentences } = setUp();
    const [one, other] = servers;
    one.failsNext = FULL;
    const outcome = await clock.run(measure(lanes[0], 1));
    expect(outcome).toMatchObject({ failure: null, missing: [] });
    expect(outcome.images).toHaveLength(4);
    expect([one.drawn.length, other.drawn.length]).toEqual([0, 4]);
    expect(sentences).toEqual(['Iteration 1: gpu1 drew 4 images that gpu0 failed to draw. Out of memory.']);
  });

  it('keeps what that one has drawn', async () => {
    const { clock, servers, measure, lanes } = setUp([
      { isMissing: (_, { request }) => request === 'cats/1' },
      {},
    ]);
    const outcome = await clock.run(measure(lanes[0], 1));
    expect(outcome).toMatchObject({ failure: null, missing: [] });
    expect(servers.map(({ drawn }) => drawn.map(({ request }) => request))).toEqual([
      ['cats/0', 'cats/2', 'cats/3'],
      ['cats/1'],
    ]);
  });

  it('fails where the other fails too, and images that both failed at are asked for once from then on', async () => {
    const asked: string[] = [];
    const never = (trial: number, { request }: { readonly request: string }): boolean => {
      if (request === 'cats/0') asked.push(`${trial} ${request}`);
      return request === 'cats/0';
    };
    const { clock, measure, lanes } = setUp([{ isMissing: never }, { isMissing: never }]);
    for (const trial of [1, 2]) {
      const { images, missing, failure } = await clock.run(measure(lanes[0], trial));
      expect([images.length, missing.map(({ request }) => request), failure]).toEqual([3, ['cats/0'], null]);
    }
    expect(asked).toEqual(['1 cats/0', '1 cats/0', '2 cats/0']);
  });

  it('fails at once where no other draws its pixels', async () => {
    const { clock, servers, measure, lanes } = setUp([{}, { pixelGroup: 'y' }]);
    servers[0].failsNext = FULL;
    expect(await clock.run(measure(lanes[0], 1))).toMatchObject({ failure: FULL });
    expect(servers[1].drawn).toEqual([]);
  });

  it('fails without another try where the scorer is to blame', async () => {
    const { clock, servers, measure, lanes } = setUp();
    const failure = { code: 'scorer-failed', message: 'No score.', ends: 'trial' } as const;
    servers[0].failsNext = failure;
    expect(await clock.run(measure(lanes[0], 1))).toMatchObject({ failure });
  });
});

describe('a server that fails again and again at what others draw', () => {
  it('is looked at, and left out when it does so again', async () => {
    const { clock, fleet, servers, notices, measure, lanes } = setUp();
    const [one] = servers;
    const failAt = async (trial: number): Promise<void> => {
      one.failsNext = FULL;
      const { failure, images } = await clock.run(measure(lanes[0], trial));
      expect([failure, images.length]).toEqual([null, 4]);
    };
    for (const trial of [1, 2]) await failAt(trial);
    expect(notices).toEqual([]);
    await failAt(3);
    expect(notices).toHaveLength(2);
    expect(fleet.members.map(({ state }) => state)).toEqual(['idle', 'idle']);
    for (const trial of [4, 5, 6]) await failAt(trial);
    await clock.run(clock.sleep(60_000));
    expect(fleet.members.map(({ state, why }) => [state, why])).toEqual([
      ['away', 'Out of memory.'],
      ['idle', null],
    ]);
    expect(notices).toEqual([
      'gpu0 failed 3 times in a row on images that others drew: it gets no work until it passes the merge check. Out of memory.',
      'gpu0 is back and gets work again.',
      'gpu0 failed 3 times in a row on images that others drew, again: it gets no more work in this session. Out of memory.',
    ]);
  });

  it('is left alone where it draws something in between', async () => {
    const { clock, fleet, servers, measure, lanes } = setUp();
    for (let trial = 1; trial <= 8; trial++) {
      if (trial % 2 === 1) servers[0].failsNext = FULL;
      await clock.run(measure(lanes[0], trial));
    }
    expect(fleet.members.map(({ state }) => state)).toEqual(['idle', 'idle']);
  });
});
