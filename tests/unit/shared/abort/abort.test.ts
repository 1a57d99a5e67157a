import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { followAbort } from '../../../../src/shared/abort/follow-abort.ts';
import { NEVER_ABORTED } from '../../../../src/shared/abort/never-aborted.ts';
import { onAbort, untilAborted } from '../../../../src/shared/abort/on-abort.ts';
import { pause } from '../../../../src/shared/abort/pause.ts';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;
const reason = new Error('the run was stopped');

describe('onAbort', () => {
  it('tells once, with the reason, and not after it was left', () => {
    const [parent, left] = [new AbortController(), new AbortController()];
    const told: unknown[] = [];
    onAbort(parent.signal, (why) => told.push(why));
    onAbort(left.signal, (why) => told.push(why))();
    parent.abort(reason);
    left.abort(new Error('not told'));
    parent.abort(new Error('too late'));
    expect(told).toEqual([reason]);
  });

  it('tells at once where it has happened, and never where nobody can abort', () => {
    const told: unknown[] = [];
    const leave = onAbort(AbortSignal.abort(reason), (why) => told.push(why));
    onAbort(undefined, (why) => told.push(why))();
    leave();
    expect(told).toEqual([reason]);
  });

  it('leaves nothing on a signal that lives on', () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 100; i++) onAbort(signal, () => undefined)();
    expect(listeners(signal)).toBe(0);
  });
});

describe('untilAborted', () => {
  it('ends with the first of several and lets go of the others', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const waiting = untilAborted(one.signal, other.signal);
    expect(listeners(one.signal)).toBe(1);
    other.abort(reason);
    await waiting;
    expect(listeners(one.signal)).toBe(0);
  });

  it('does not wait for what has happened', async () => {
    const { signal } = new AbortController();
    await untilAborted(AbortSignal.abort(reason), signal);
    expect(listeners(signal)).toBe(0);
  });
});

describe('followAbort', () => {
  it('is aborted with its parent, for the same reason', () => {
    const parent = new AbortController();
    const follower = followAbort(parent.signal);
    parent.abort(reason);
    expect(follower.signal.reason).toBe(reason);
    expect(follower.isLate).toBe(false);
    expect(followAbort(parent.signal).signal.reason).toBe(reason);
  });

  it('aborts alone', () => {
    const parent = new AbortController();
    const [plain, told] = [followAbort(parent.signal), followAbort(undefined)];
    plain.abort();
    told.abort(reason);
    expect(plain.signal.reason).toMatchObject({ name: 'AbortError' });
    expect(told.signal.reason).toBe(reason);
    expect(parent.signal.aborted).toBe(false);
  });

  it('follows no more once it is released', () => {
    const parent = new AbortController();
    const followers = Array.from({ length: 10 }, () => followAbort(parent.signal, 60_000));
    expect(listeners(parent.signal)).toBe(10);
    for (const follower of followers) follower.release();
    expect(listeners(parent.signal)).toBe(0);
    parent.abort(reason);
    expect(followers.some(({ signal }) => signal.aborted)).toBe(false);
  });

  it('is late when its time is over, and not when it was aborted before', async () => {
    const parent = new AbortController();
    const late = followAbort(parent.signal, 1);
    await untilAborted(late.signal);
    expect(late.isLate).toBe(true);
    expect(late.signal.reason).toMatchObject({ name: 'TimeoutError' });
    expect(parent.signal.aborted).toBe(false);
    const stopped = followAbort(AbortSignal.abort(reason), 0);
    await pause(5, NEVER_ABORTED);
    expect(stopped.isLate).toBe(false);
    expect(stopped.signal.reason).toBe(reason);
  });

  it('has time for more milliseconds than a timer counts', async () => {
    const follower = followAbort(undefined, 2 ** 40);
    await pause(5, NEVER_ABORTED);
    expect(follower.signal.aborted).toBe(false);
    follower.release();
  });
});

describe('pause', () => {
  it('throws the reason of the abort, whenever it comes', async () => {
    const parent = new AbortController();
    const waiting = pause(60_000, parent.signal);
    parent.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(pause(0, parent.signal)).rejects.toBe(reason);
  });

  it('ends by itself and leaves no listener', async () => {
    const { signal } = new AbortController();
    await pause(1, signal);
    expect(listeners(signal)).toBe(0);
  });
});
