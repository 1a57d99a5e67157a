/** What is said of pins that leave servers idle, in simulated time. */
import { describe, expect, it } from 'vitest';
import { setUp } from './set-up.ts';

const pinsOf = (...groups: readonly string[]): Record<string, string> =>
  Object.fromEntries(groups.map((group, n) => [`cats/${n}`, group]));

/** @returns what is said of idle servers in so many trials */
async function said(
  imageMs: readonly [number, number],
  pins: Record<string, string>,
  trials: number,
): Promise<string[]> {
  const { clock, fleet, lanes, measure, notices } = setUp(
    [
      { pixelGroup: 'x', mergeMs: 100, imageMs: imageMs[0] },
      { pixelGroup: 'y', mergeMs: 100, imageMs: imageMs[1] },
    ],
    pins,
  );
  let next = 1;
  const work = lanes.map(async (lane) => {
    while (next <= trials) await measure(lane, next++);
  });
  await clock.run(Promise.all(work));
  fleet.close();
  return notices.filter((notice) => /for \d+ % of the time/.test(notice));
}

describe('unlike servers', () => {
  it('of which one has little to do by its pins: it is said once, with what helps', async () => {
    const notices = await said([1000, 1000], pinsOf('x', 'x', 'x', 'y'), 40);
    expect(notices).toHaveLength(1);
    // 1.1 of 3.1 seconds a trial.
    const [, share] = /^gpu1 waits for (\d+) % of the time/.exec(notices[0] ?? '') ?? [];
    expect(Number(share)).toBeGreaterThan(55);
    expect(Number(share)).toBeLessThan(70);
    expect(notices[0]).toContain('more payloads');
  });

  it.each([
    ['with as much to do each', [1000, 1000], ['x', 'x', 'y', 'y'], 40],
    ['of which the slower one has less to do', [1000, 3000], ['x', 'x', 'x', 'y'], 40],
    ['of which nothing is known yet', [1000, 1000], ['x', 'x', 'x', 'y'], 7],
  ] as const)('%s: nothing is said', async (_, imageMs, pins, trials) => {
    expect(await said(imageMs, pinsOf(...pins), trials)).toEqual([]);
  });
});
