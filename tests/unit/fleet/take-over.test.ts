/** What becomes of a trial when one of its servers fails. */
import { describe, expect, it, vi } from 'vitest';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { setUp } from './set-up.ts';

describe('a member that goes away in the middle of a trial', () => {
  it('keeps what it has measured; another one draws the rest, and it gets work again once it is back', async () => {
    const { clock, fleet, servers, notices, states, measure, lanes } = setUp();
    const [one, other] = servers;
    const trial = measure(lanes[0], 1);
    void clock.sleep(2500).then(() => {
      one.isUp = false;
    });
    const outcome = await clock.run(trial);
    expect(outcome).toMatchObject({ failure: null, missing: [] });
    expect([one.drawn.length, other.drawn.map(({ request }) => request)]).toEqual([2, ['cats/2', 'cats/3']]);
    expect(states.at(-1)).toMatchObject({ state: 'down', member: { name: 'gpu0', address: 'http://gpu0' } });
    expect(fleet.members.map(({ state, why }) => [state, why])).toEqual([
      ['away', 'gpu0 is not answering.'],
      ['idle', null],
    ]);
    one.isUp = true;
    await clock.run(clock.sleep(2000));
    expect(notices).toEqual([
      'gpu0 is unavailable; others draw its images until it is back.',
      'gpu0 is back and gets work again.',
    ]);
    await clock.run(Promise.all([measure(lanes[0], 2), measure(lanes[1], 3)]));
    expect(one.drawn).toHaveLength(6);
  });

  it('is waited for by its server where it is the last one, until another one joins', async () => {
    const { clock, fleet, servers, measure, lanes } = setUp();
    const [one, other] = servers;
    fleet.leave('gpu1', 'It was told to.');
    one.isUp = false;
    const trial = measure(lanes[0], 1);
    void clock.sleep(20_000).then(() => fleet.join(other.member));
    const outcome = await clock.run(trial);
    expect(outcome.images).toHaveLength(4);
    expect(other.drawn).toHaveLength(4);
    expect(clock.now()).toBeLessThan(30_000);
  });

  it('ends the run with the others when none of them comes back in time', async () => {
    const { clock, servers, measure, lanes, sentences } = setUp();
    for (const server of servers) server.isUp = false;
    const outcome = await clock.run(measure(lanes[0], 1));
    expect(outcome.failure).toMatchObject({ code: 'webui-gone', ends: 'run' });
    expect(clock.now()).toBeGreaterThanOrEqual(60_000);
    expect(clock.now()).toBeLessThan(310_000);
    expect(sentences).toEqual([]);
  });

  it('is not waited for where nobody wants to wait', async () => {
    const { clock, servers, measure, lanes } = setUp();
    for (const server of servers) server.isUp = false;
    const outcome = await clock.run(measure(lanes[0], 1, { leave: AbortSignal.abort() }));
    expect(outcome.failure).toMatchObject({ code: 'webui-gone', ends: 'run' });
    expect(clock.now()).toBeLessThan(5000);
  });

  it('waits for a scorer all the same, which is that of the others too', async () => {
    const { clock, servers, measure, lanes } = setUp();
    const asked = vi.spyOn(servers[0].member.evaluator, 'evaluate');
    const leave = new AbortController();
    await clock.run(measure(lanes[0], 1, { leave: leave.signal }));
    await clock.run(measure(lanes[0], 2));
    const [first, second] = asked.mock.calls.map(([, wanted]) => wanted);
    const isLeft = (): unknown[] => [first?.leave?.aborted, first?.leaveScorer?.aborted];
    expect(isLeft()).toEqual([true, false]);
    expect(second?.leaveScorer?.aborted).toBe(false);
    leave.abort();
    expect(isLeft()).toEqual([true, true]);
  });

  it('ends nothing where its login is refused, as long as others are there', async () => {
    const { clock, servers, measure, lanes } = setUp();
    servers[0].failsNext = { code: 'webui-auth', message: 'Login.', ends: 'run' };
    expect(await clock.run(measure(lanes[0], 1))).toMatchObject({ failure: null });
  });

  it('ends the run where what failed is not about one server', async () => {
    const { clock, servers, measure, lanes } = setUp();
    const failure = { code: 'scorer-unreachable', message: 'No scorer.', ends: 'run' } as const;
    servers[0].failsNext = failure;
    expect(await clock.run(measure(lanes[0], 1))).toMatchObject({ failure });
  });

  it('that is silent for ever holds nothing up, and does not get two calls when it joins again', async () => {
    const { clock, fleet, servers, measure, lanes } = setUp();
    const [one, other] = servers;
    const trial = measure(lanes[0], 1);
    await clock.run(clock.sleep(1500));
    one.isDead = true;
    fleet.leave('gpu0', 'It is silent.');
    fleet.join(one.member);
    expect((await clock.run(trial)).images).toHaveLength(4);
    expect(other.drawn).toHaveLength(3);
    await clock.run(Promise.all([measure(lanes[0], 2), measure(lanes[1], 3)]));
    expect(one.violations).toEqual([]);
    expect(other.drawn).toHaveLength(11);
  });
});

describe('a pixel group that stays away', () => {
  const PINS = { 'cats/0': 'x', 'cats/1': 'y', 'cats/2': 'x', 'cats/3': 'x' };

  it('leaves its images missing, which is said once; they are drawn again once it is back', async () => {
    const { clock, servers, measure, lanes, notices, sentences } = setUp(
      [{ pixelGroup: 'x' }, { pixelGroup: 'y' }],
      PINS,
    );
    servers[1].isUp = false;
    for (const id of [1, 2]) {
      expect(await clock.run(measure(lanes[0], id))).toMatchObject({
        failure: null,
        missing: [{ request: 'cats/1', index: 0, code: 'webui-gone' }],
      });
    }
    expect(notices.filter((sentence) => sentence.includes('missing'))).toHaveLength(1);
    expect(sentences).toEqual([]);
    servers[1].isUp = true;
    await clock.run(clock.sleep(2000));
    expect((await clock.run(measure(lanes[0], 3))).missing).toEqual([]);
  });

  it('ends the run where less than half of the images are left', async () => {
    const pins = { ...PINS, 'cats/2': 'y', 'cats/3': 'y' };
    const { clock, servers, measure, lanes } = setUp([{ pixelGroup: 'x' }, { pixelGroup: 'y' }], pins);
    servers[1].isUp = false;
    const { failure } = await clock.run(measure(lanes[0], 1));
    expect(failure).toMatchObject({ code: 'webui-gone', ends: 'run' });
  });

  it('that was never there leaves its images missing at once', async () => {
    const { clock, measure, lanes } = setUp([{}, {}], PINS);
    expect((await clock.run(measure(lanes[0], 1))).missing).toHaveLength(1);
    expect(clock.now()).toBeLessThan(5000);
  });
});

describe('an image that is drawn again', () => {
  it('is drawn by who drew it for the last trial, as long as that one is there', async () => {
    const { clock, fleet, servers, measure, lanes } = setUp();
    await clock.run(Promise.all([measure(lanes[0], 1), measure(lanes[1], 2)]));
    const image = { request: 'cats/0', index: 0, weights: {} };
    const [, other] = servers;
    await clock.run(lanes[1].redraw(image, NEVER_ABORTED, {}));
    expect(other.drawn.at(-1)).toMatchObject({ request: 'cats/0', trial: 0 });
    fleet.leave('gpu1', 'It was told to.');
    expect(await clock.run(lanes[1].redraw(image, NEVER_ABORTED, {}))).toEqual({
      pixels: 'x',
      failure: null,
      look: null,
    });
  });
});

describe('a trial that is to end sooner', () => {
  it('does not begin what waits for a member', async () => {
    const { clock, fleet, measure, lanes } = setUp();
    const third = fleet.evaluator();
    const until = new AbortController();
    const others = [measure(lanes[0], 1), measure(lanes[1], 2)];
    const waiting = measure(third, 3, { until: until.signal });
    void clock.sleep(500).then(() => until.abort());
    expect(await clock.run(waiting)).toEqual({ images: [], missing: [], failure: null, look: null });
    expect(clock.now()).toBe(500);
    await clock.run(Promise.all(others));
  });
});

describe('merging that is set up again', () => {
  it('is so once on every member that draws for the trial', async () => {
    const { clock, servers, measure, fleet } = setUp([{}, {}]);
    await clock.run(clock.sleep(60_000));
    await clock.run(measure(fleet.evaluator(), 1, { rearm: true }));
    expect(servers.reduce((sum, { rearms }) => sum + rearms, 0)).toBeGreaterThanOrEqual(1);
    for (const { rearms, drawn } of servers) expect(rearms).toBe(drawn.length > 0 ? 1 : 0);
  });
});
