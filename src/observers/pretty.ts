import pretty from 'pino-pretty';
import { printable } from '../shared/printable.ts';

/** Log lines for people; only loaded with the log, never for `--help`. */
export function pinoPretty(destination: NodeJS.WritableStream): { write(line: string): void } {
  const stream = pretty.build({
    destination,
    sync: true,
    timestampKey: 'at',
    colorize: 'isTTY' in destination && destination.isTTY === true,
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
