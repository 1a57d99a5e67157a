/** How much of what its members could do a fleet does, in simulated time. */
import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../src/fleet/fleet.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { FleetLanes } from '../../../src/run/fleet-lanes.ts';
import type { Evaluator } from '../../../src/trial/evaluator.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { makeRequest } from '../renderers/make-request.ts';
import { ScriptedServer } from './scripted-server.ts';

const IMAGES = 6;
const REQUESTS = Array.from({ length: IMAGES }, (_, n) => makeRequest({}, { id: `cats/${n}` }));
const ALL = REQUESTS.map(({ id }) => ({ request: id, index: 0 }));
const MERGE_MS = 800;
const IMAGE_MS = 1000;
const TRIAL_MS = MERGE_MS + IMAGES * IMAGE_MS;
/** Of the optimizer and the journal, between two trials. */
const BETWEEN_MS = 50;
/** Of all trials to wait for, so that the last ones, for which there are not enough left, count for little. */
const TRIALS_EACH = 20;

interface Ran {
  readonly milliseconds: number;
  readonly servers: readonly ScriptedServer[];
  readonly fleet: Fleet;
}

/**
 * @param slowness how many times longer than usual each server takes
 * @param most trials that each of the open ones may ask for
 */
async function run(
  slowness: readonly number[],
  open: number,
  trials: number,
  most: readonly number[] = [],
): Promise<Ran> {
  const clock = new VirtualClock();
  const pins = Object.fromEntries(REQUESTS.map(({ id }) => [id, 'x']));
  const fleet = new Fleet({ requests: REQUESTS, pins, clock, reconnect: 1 });
  const servers = slowness.map(
    (times, n) =>
      new ScriptedServer({ name: `gpu${n}`, clock, mergeMs: times * MERGE_MS, imageMs: times * IMAGE_MS }),
  );
  for (const { member } of servers) fleet.join(member);
  let next = 1;
  const work = async (_: unknown, n: number): Promise<void> => {
    const evaluator = fleet.evaluator();
    for (let left = most[n] ?? trials; left > 0 && next <= trials; left--) {
      const id = next++;
      await clock.sleep(BETWEEN_MS);
      const { images } = await evaluator.evaluate({ id, weights: {} }, { images: ALL }, NEVER_ABORTED, {});
      expect(images).toHaveLength(IMAGES);
    }
  };
  await clock.run(Promise.all(Array.from({ length: open }, work)));
  fleet.close();
  return { milliseconds: clock.now(), servers, fleet };
}

/** Trials that the fleet measures while one server of the usual pace measures one. */
function times({ milliseconds }: Ran, trials: number): number {
  return (trials * (TRIAL_MS + BETWEEN_MS)) / milliseconds;
}

describe('a fleet of equal members with as many open trials', () => {
  it.each([1, 2, 3, 4, 8, 16])('of %i does at least nine tenths of what they could', async (n) => {
    const trials = n * TRIALS_EACH;
    const ran = await run(
      Array.from({ length: n }, () => 1),
      n,
      trials,
    );
    expect(times(ran, trials)).toBeGreaterThanOrEqual(0.9 * n);
    // Nothing is spread that keeps everybody busy as a whole: a merge would be paid on each of them.
    for (const { drawn } of ran.servers)
      for (const at of drawn.keys()) expect(drawn[at]?.trial).toBe(drawn[at - (at % IMAGES)]?.trial);
  });
});

describe('a fleet with one member that is three times slower', () => {
  it.each([2, 4, 8, 16])('of %i does at least nine tenths of what they could', async (n) => {
    const slowness = Array.from({ length: n }, (_, at) => (at === 0 ? 3 : 1));
    const trials = n * TRIALS_EACH;
    const ran = await run(slowness, n, trials);
    expect(times(ran, trials)).toBeGreaterThanOrEqual(0.9 * (n - 1 + 1 / 3));
  });
});

describe('a fleet with fewer open trials than members', () => {
  it('spreads the images of the only one, by what was measured', async () => {
    const { servers, milliseconds, fleet } = await run([1, 1, 3], 1, 20);
    const last = servers.map(({ drawn }) => drawn.filter(({ trial }) => trial === 20).length);
    // Three images take 3.8 s on each of the usual ones; in that time the slow one has merged and drawn none.
    expect(last).toEqual([3, 3, 0]);
    expect(milliseconds).toBeLessThan(20 * 0.7 * TRIAL_MS);
    expect(fleet.members.map(({ images }) => images)).toEqual(servers.map(({ drawn }) => drawn.length));
    expect(fleet.members[0]?.seconds).toBeGreaterThan(20 * 3);
  });

  it('leaves nobody idle with two for four', async () => {
    const trials = 80;
    const ran = await run([1, 1, 1, 1], 2, trials);
    // Each is spread over two, which costs a second merge.
    const whole = TRIAL_MS + MERGE_MS + BETWEEN_MS;
    expect((trials * whole) / ran.milliseconds).toBeGreaterThanOrEqual(0.9 * 4);
  });

  it('spreads again once whoever asked beside it has no more to ask', async () => {
    const { servers } = await run([1, 1], 2, 12, [2, 10]);
    const drew = (trial: number): boolean[] =>
      servers.map(({ drawn }) => drawn.some((image) => image.trial === trial));
    expect([drew(1), drew(2)]).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(drew(12)).toEqual([true, true]);
  });
});

describe('a fleet that decides itself how many trials are open', () => {
  /** With so many images a trial, all lanes that are wanted at work. */
  async function runAuto(
    slowness: readonly number[],
    trials: number,
    count: number,
  ): Promise<Ran & { readonly counts: readonly number[] }> {
    const clock = new VirtualClock();
    const pins = Object.fromEntries(REQUESTS.map(({ id }) => [id, 'x']));
    const counts: number[] = [];
    const follow = (): void => {
      lanes.settle(() => counts.push(lanes.wanted.length));
    };
    const fleet = new Fleet({
      requests: REQUESTS,
      pins,
      clock,
      reconnect: 1,
      onChange: () => queueMicrotask(follow),
    });
    const servers = slowness.map(
      (times, n) =>
        new ScriptedServer({ name: `gpu${n}`, clock, mergeMs: times * MERGE_MS, imageMs: times * IMAGE_MS }),
    );
    for (const { member } of servers) fleet.join(member);
    const lanes = new FleetLanes({
      create: () => fleet.evaluator(),
      count: (before) => fleet.openTrials('auto', before),
    });
    counts.push(lanes.wanted.length);
    const images = ALL.slice(0, count);
    const ends: Promise<void>[] = [];
    const working = new Set<Evaluator>();
    let next = 1;
    const begin = (lane: Evaluator): void => {
      if (working.has(lane)) return;
      working.add(lane);
      const work = async (): Promise<void> => {
        while (next <= trials && lanes.wanted.includes(lane)) {
          const id = next++;
          await clock.sleep(BETWEEN_MS);
          await lane.evaluate({ id, weights: {} }, { images }, NEVER_ABORTED, {});
        }
        working.delete(lane);
      };
      ends.push(work());
    };
    lanes.follow(begin);
    for (const lane of lanes.wanted) begin(lane);
    const all = async (): Promise<void> => {
      while (ends.length > 0) await ends.shift();
    };
    await clock.run(all());
    fleet.close();
    return { milliseconds: clock.now(), servers, fleet, counts };
  }

  it.each([
    [4, 6],
    [8, 2],
    [8, 6],
    [16, 2],
    [16, 6],
  ])('%i members, %i images a trial: at least nine tenths of what they could', async (n, count) => {
    const trials = n * TRIALS_EACH;
    const ran = await runAuto(
      Array.from({ length: n }, () => 1),
      trials,
      count,
    );
    const whole = MERGE_MS + count * IMAGE_MS + BETWEEN_MS;
    expect((trials * whole) / ran.milliseconds).toBeGreaterThanOrEqual(0.9 * n);
  });

  it('begins with one for each, and opens fewer where spreading costs little', async () => {
    const { counts } = await runAuto([1, 1, 1, 1, 1, 1, 1, 1], 60, 6);
    expect(counts[0]).toBe(8);
  });
});
