/** Signals: the first one asks the run to come to a clean end, the second one leaves at once. */

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export interface InterruptSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

export interface Interrupt {
  readonly signal: AbortSignal;
  /** 130 or 143 after a signal, otherwise undefined. */
  exitCode(): number | undefined;
  dispose(): void;
}

/** @param onFirst told at once, so that the user knows that the key was heard */
export function listenForInterrupt(source: InterruptSource, onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let code: number | undefined;
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = (): void => {
      if (code !== undefined) {
        source.exit(EXIT_CODES[name]);
        return;
      }
      code = EXIT_CODES[name];
      onFirst();
      controller.abort(new Error(`stopped by ${name}`));
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose() {
      for (const { name, listener } of listeners) source.off(name, listener);
    },
  };
}
