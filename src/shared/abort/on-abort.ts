/** Being told of an abort, for as long as somebody cares: a listener that stays on a signal keeps alive all that it refers to. */

/**
 * Calls back once, at once where the signal is aborted already.
 * @param signal undefined = nobody can abort
 * @returns stops listening; may be called more than once
 */
export function onAbort(signal: AbortSignal | undefined, tell: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    tell(signal.reason);
    return () => undefined;
  }
  const listener = (): void => tell(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Resolves when one of the signals is aborted, at once where one is already; listens to none of them any more. */
export async function untilAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const leave: (() => void)[] = [];
  await new Promise<void>((resolve) => {
    for (const signal of signals) leave.push(onAbort(signal, () => resolve()));
  });
  for (const stopListening of leave) stopListening();
}
