import pretty from 'pino-pretty';
import { printable } from '../shared/printable.ts';

export interface PrettyTarget {
  readonly stream: NodeJS.WritableStream;
  readonly colour: boolean;
}

/** Log lines for people; only loaded with the log, never for `--help`. */
export function pinoPretty({ stream: destination, colour }: PrettyTarget): { write(line: string): void } {
  const stream = pretty.build({
    destination,
    sync: true,
    timestampKey: 'at',
    colorize: colour,
  });
  // A terminal that is gone ends no run.
  stream.on('error', () => undefined);
  return { write: (line) => void stream.write(`${JSON.stringify(harmless(JSON.parse(line)))}\n`) };
}

/** Servers and files say things, and a terminal would obey some of them. */
function harmless(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(harmless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [printable(key), harmless(inner)]));
}
