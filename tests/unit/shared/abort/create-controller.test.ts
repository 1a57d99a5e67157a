import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createController } from '../../../../src/shared/abort/create-controller.ts';
import { followAbort } from '../../../../src/shared/abort/follow-abort.ts';
import { onAbort } from '../../../../src/shared/abort/on-abort.ts';

it('many may listen to a signal of ours at a time, without a warning of the process, and none stays behind', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  try {
    const { signal } = createController();
    const follower = followAbort(signal);
    const leave = [signal, follower.signal].flatMap((one) =>
      Array.from({ length: 2000 }, () => onAbort(one, () => undefined)),
    );
    await setImmediate();
    expect(warnings).toEqual([]);
    for (const stopListening of leave) stopListening();
    follower.release();
    expect([signal, follower.signal].flatMap((one) => getEventListeners(one, 'abort'))).toEqual([]);
  } finally {
    process.off('warning', note);
  }
});
