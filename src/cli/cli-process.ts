import { printable, printableInColour, printableJson } from '../shared/printable.ts';
import type { StopSignal } from '../run/interrupt.ts';

/** Something was thrown where nobody could catch it. */
type DefectEvent = 'uncaughtException' | 'unhandledRejection';

/** The part of `process` that the command line uses; tests bring their own. */
export interface CliProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  cwd(): string;
  on(signal: StopSignal, listener: () => void): unknown;
  on(event: DefectEvent, listener: (error: unknown) => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
  off(event: DefectEvent, listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * What a command may do: print results (stdout) and warnings (stderr). Whatever the text holds, the terminal obeys none of it.
 * It returns its exit code.
 */
export interface CommandContext {
  readonly process: CliProcess;
  readonly print: (text: string) => void;
  /** A drawing with colours of its own. */
  readonly printInColour: (text: string) => void;
  readonly printJson: (value: unknown) => void;
  readonly note: (text: string) => void;
  readonly defects: DefectWatch;
}

interface DefectWatch {
  /** From here on this listener is told, and no earlier one. @returns what takes it away */
  watch(listener: (error: unknown) => void): () => void;
}

export function createContext(process: CliProcess): CommandContext {
  const toStdout = (text: string): void => void process.stdout.write(text);
  return {
    process,
    print: (text) => toStdout(`${printable(text)}\n`),
    printInColour: (text) => toStdout(`${printableInColour(text)}\n`),
    printJson: (value) => toStdout(`${printableJson(JSON.stringify(value, null, 2))}\n`),
    note: (text) => void process.stderr.write(`${printable(text)}\n`),
    defects: createDefectWatch(process),
  };
}

function createDefectWatch(process: CliProcess): DefectWatch {
  const listeners: ((error: unknown) => void)[] = [];
  const tell = (error: unknown): void => listeners.at(-1)?.(error);
  return {
    watch(listener) {
      if (listeners.length === 0) {
        process.on('uncaughtException', tell);
        process.on('unhandledRejection', tell);
      }
      listeners.push(listener);
      return () => {
        listeners.splice(listeners.indexOf(listener), 1);
        if (listeners.length > 0) return;
        process.off('uncaughtException', tell);
        process.off('unhandledRejection', tell);
      };
    },
  };
}

/** Documented in the README; those above 128 are 128 plus the signal's number. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notProved: 3,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;
