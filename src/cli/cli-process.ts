import { printable, printableInColour, printableJson } from '../shared/printable.ts';
import { canRedraw, columnsOf } from '../shared/terminal/abilities.ts';
import { TerminalLine } from '../shared/terminal/terminal-line.ts';
import { foldText } from '../shared/terminal/fold-text.ts';
import { fitText } from '../shared/terminal/text-width.ts';
import type { StopSignal } from '../run/interrupt.ts';

/** Something was thrown where nobody could catch it. */
type DefectEvent = 'uncaughtException' | 'unhandledRejection';

/** A standard stream: a terminal says how wide it is. */
export type CliOutput = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** The part of `process` that the command line uses; tests bring their own. */
export interface CliProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
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
  /** A table: on a terminal no row is wider than it, and what is cut off ends in `…`. */
  readonly printTable: (text: string) => void;
  /** One line of text as the lines that it takes on the terminal, broken between words; elsewhere it stays whole. @param indent columns that the further lines leave free */
  readonly fold: (text: string, indent?: number) => readonly string[];
  /** A drawing with colours of its own. */
  readonly printInColour: (text: string) => void;
  readonly printJson: (value: unknown) => void;
  readonly note: (text: string) => void;
  /** The line of standard error that is drawn again; whatever is written here stands above it. Undefined where none can be. */
  readonly line: TerminalLine | undefined;
  readonly defects: DefectWatch;
}

interface DefectWatch {
  /** From here on this listener is told, and no earlier one. @returns what takes it away */
  watch(listener: (error: unknown) => void): () => void;
}

export function createContext(process: CliProcess): CommandContext {
  const { stdout, stderr, env } = process;
  const line = canRedraw(stderr, env) ? new TerminalLine(stderr) : undefined;
  const to = (stream: CliOutput, text: string): void => {
    const write = (): void => void stream.write(text);
    if (line === undefined) write();
    else line.above(write);
  };
  const toStdout = (text: string): void => to(stdout, text);
  const fitting = (row: string): string => (stdout.isTTY === true ? fitText(row, columnsOf(stdout)) : row);
  return {
    process,
    line,
    print: (text) => toStdout(`${printable(text)}\n`),
    printTable: (text) => toStdout(`${printable(text).split('\n').map(fitting).join('\n')}\n`),
    fold: (text, indent = 0) => {
      if (stdout.isTTY !== true) return [text];
      const head = text.slice(0, indent);
      const [first = '', ...more] = foldText(text.slice(indent), Math.max(20, columnsOf(stdout) - indent));
      return [`${head}${first}`, ...more.map((line) => ' '.repeat(indent) + line)];
    },
    printInColour: (text) => toStdout(`${printableInColour(text)}\n`),
    printJson: (value) => toStdout(`${printableJson(JSON.stringify(value, null, 2))}\n`),
    note: (text) => to(stderr, `${printable(text)}\n`),
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
