/**
 * A controller that is aborted with its parent, until it is released. In place of `AbortSignal.any`, which on a signal
 * that lives as long as a two-day run piles up references in Node 20.
 */
export interface Follower {
  readonly signal: AbortSignal;
  abort(): void;
  /** Lets go of the parent. Does not abort. */
  release(): void;
}

export function followAbort(parent: AbortSignal): Follower {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    release: () => parent.removeEventListener('abort', follow),
  };
}
