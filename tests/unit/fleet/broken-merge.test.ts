/** What becomes of what was measured when one of the servers turns out not to merge. */
import { describe, expect, it } from 'vitest';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { setUp } from './set-up.ts';

describe('a merge that is found broken', () => {
  it('leaves nothing of a trial under way that has images of it', async () => {
    const { clock, servers, measure, lanes } = setUp([{ checkEvery: 2 }, { checkEvery: 2, imageMs: 20_000 }]);
    servers[0].isLying = true;
    // Nobody else is about to ask: it is spread over both.
    await clock.run(clock.sleep(60_000));
    const first = measure(lanes[0], 1);
    await clock.run(clock.sleep(5000));
    const second = measure(lanes[1], 2);
    expect(await clock.run(second)).toMatchObject({ look: { result: 'mended', trials: [1] } });
    expect(await clock.run(first)).toMatchObject({
      images: [],
      failure: { code: 'merge-doubtful', ends: 'nothing' },
      look: { result: 'mended', trials: [] },
    });
    // The slow one has drawn no further image for it.
    expect(servers[1].drawn).toHaveLength(1);
  });

  it('for good puts the server out, and the trial is measured again by others', async () => {
    const { clock, fleet, servers, measure, lanes } = setUp([
      { checkEvery: 1, comesBack: false },
      { checkEvery: 1 },
    ]);
    const [one] = servers;
    one.isLying = true;
    one.isCurable = false;
    expect(await clock.run(measure(lanes[0], 1))).toMatchObject({
      images: [],
      failure: { code: 'merge-doubtful', ends: 'nothing' },
      look: {
        result: 'mended',
        trials: [],
        reason: expect.stringContaining('gpu0 gets no more work until it is restarted'),
      },
    });
    expect(fleet.members.map(({ state }) => state)).toEqual(['away', 'idle']);
    expect((await clock.run(measure(lanes[0], 1))).images.map(({ pixels }) => pixels)).toEqual([
      'x',
      'x',
      'x',
      'x',
    ]);
  });

  it('puts images in doubt that were taken over from a call that failed', async () => {
    const { clock, servers, measure, lanes } = setUp([{ checkEvery: 2 }, { checkEvery: 9 }]);
    const [one] = servers;
    one.isLying = true;
    const trial = measure(lanes[0], 1);
    void clock.sleep(1500).then(() => {
      one.isUp = false;
    });
    expect((await clock.run(trial)).images.filter(({ pixels }) => pixels !== 'x')).toHaveLength(1);
    one.isUp = true;
    await clock.run(clock.sleep(2000));
    // Others follow closely, so that nothing is spread.
    const doubted = new Set<number>();
    for (const id of [2, 4, 6]) {
      const outcomes = await clock.run(Promise.all([measure(lanes[0], id), measure(lanes[1], id + 1)]));
      for (const { look } of outcomes)
        if (look?.result === 'mended') for (const one of look.trials) doubted.add(one);
    }
    expect(doubted).toContain(1);
  });

  it('is looked for at every member that has measured something', async () => {
    const { clock, servers, measure, lanes } = setUp();
    await clock.run(Promise.all([measure(lanes[0], 1), measure(lanes[1], 2)]));
    servers[1].isLying = true;
    expect(await clock.run(lanes[0].look(NEVER_ABORTED, {}))).toMatchObject({
      result: 'mended',
      trials: [2],
    });
    expect(servers.map(({ looks }) => looks)).toEqual([1, 1]);
    expect(await clock.run(lanes[1].look(NEVER_ABORTED, {}))).toBeNull();
  });

  it('that nobody can look for, because its member is away, is said and undoes nothing', async () => {
    const { clock, fleet, measure, lanes } = setUp();
    await clock.run(measure(lanes[0], 1));
    fleet.leave('gpu0', 'It was told to.');
    expect(await clock.run(lanes[0].look(NEVER_ABORTED, {}))).toMatchObject({
      result: 'unanswered',
      failure: { code: 'webui-gone', message: 'It was told to.', ends: 'nothing' },
    });
  });
});
