/** The part of `process` that the command line uses; tests bring their own. */
export interface CliProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  cwd(): string;
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/** What a command may do: print results (stdout) and remarks (stderr). It returns its exit code. */
export interface CommandContext {
  readonly process: CliProcess;
  readonly print: (text: string) => void;
  readonly printJson: (value: unknown) => void;
  readonly remark: (text: string) => void;
}

export function createContext(process: CliProcess): CommandContext {
  return {
    process,
    print: (text) => void process.stdout.write(`${text}\n`),
    printJson: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    remark: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** Documented in the README; 130 and 143 are 128 plus the signal's number. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;
