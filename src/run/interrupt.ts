/** Signals: the first one asks the run to come to a clean end, the second one leaves at once. */

/**
 * Ctrl-C; a service that is stopped; a terminal that is closed (on Windows its window, which leaves some seconds); Ctrl-Break
 * on Windows.
 */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGBREAK: 149 } as const;

export type StopSignal = keyof typeof EXIT_CODES;

export interface InterruptSource {
  readonly env?: Readonly<Record<string, string | undefined>>;
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
  exit(code: number): void;
}

/** Why a run stops when something is wrong with this program itself; the cause is what was thrown. */
export class Defect extends Error {
  override readonly name = 'Defect';

  constructor(cause: unknown) {
    super('stopped by an internal error', { cause });
  }
}

export interface Interrupt {
  readonly signal: AbortSignal;
  /** 128 plus the signal's number; otherwise undefined. */
  exitCode(): number | undefined;
  /** As a first signal: something was thrown where nobody could catch it. */
  stopForDefect(error: unknown): void;
  dispose(): void;
}

/** @param onFirst told at once, so that the user knows that the key was heard */
export function listenForInterrupt(source: InterruptSource, onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let code: number | undefined;
  const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const).map((name) => {
    const listener = (): void => {
      if (name === 'SIGHUP' && isUnderNohup(source)) return;
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
    stopForDefect: (error) => controller.abort(new Defect(error)),
    dispose() {
      for (const { name, listener } of listeners) source.off(name, listener);
    },
  };
}

/** Who starts a run with nohup means it to outlive the terminal. Node.js undoes what nohup did; shells leave its name here. */
function isUnderNohup({ env }: InterruptSource): boolean {
  return /(?:^|\/)nohup$/.test(env?.['_'] ?? '');
}
