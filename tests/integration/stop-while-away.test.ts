/** A run that waits for a server that went away is told to stop: it does so at once, and loses nothing. */
import { expect, it } from 'vitest';
import { appendRequest } from '../../src/journal/control.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { resumeOn, searchOn, startFaulty } from '../helpers/simulated-search.ts';

it('does not wait for the server, and goes on from there when it is resumed', async () => {
  const calm = await startFaulty({});
  const gone = await startFaulty({});
  try {
    const { csv } = await searchOn([calm], { config: { reconnect: 60 } });
    let journal = '';
    let trials = 0;
    const closing: Promise<void>[] = [];
    const observer: RunObserver = {
      name: 'test',
      onBegin: ({ journal: file }) => {
        journal = file;
      },
      onTrial: () => {
        if (++trials === 2) closing.push(gone.close());
      },
      onServer: ({ state }) => {
        if (state === 'down') appendRequest(journal, { request: 'stop', by: 'autombw stop' });
      },
    };
    // By a clock in which an hour is one.
    const setting = { config: { reconnect: 60 }, observers: [observer], clock: systemClock };
    const stopped = await searchOn([gone], setting);
    await Promise.all(closing);
    expect(stopped.summary).toMatchObject({
      reason: { code: 'interrupted', message: 'Stopped by autombw stop.' },
      iterations: 2,
      failed: 0,
    });
    const resumed = await resumeOn([calm], journal, {});
    expect(resumed.csv).toBe(csv);
  } finally {
    await calm.close();
  }
});
