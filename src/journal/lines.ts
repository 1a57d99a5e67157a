/** The lines of a journal, of a run or of a chain: first whether this version can read them at all, then their shape. */
import type { z } from 'zod';
import { messageOf, usageError } from '../shared/errors.ts';
import { upgrade, versionOf, type JournalFormat, type RawRecord } from './upgrade.ts';

/** Something that only a newer autombw writes. */
export class NewerJournal extends Error {
  override readonly name = 'NewerJournal';
}

/** What records there are, and how older ones come to them. */
export interface LineFormat extends JournalFormat {
  readonly kinds: ReadonlySet<string>;
}

/** A line that is a record of the present version, its shape not yet looked at; or what is wrong with it. */
export type RawLine =
  { readonly number: number; readonly raw: unknown } | { readonly number: number; readonly error: unknown };

/** @param lines from the first one, whole @throws NewerJournal as soon as a line says so */
export function* rawLines(lines: Iterable<string>, format: LineFormat): Generator<RawLine, void> {
  let version = 1;
  let number = 0;
  for (const line of lines) {
    number++;
    let raw: unknown;
    try {
      raw = JSON.parse(line);
    } catch (error) {
      yield { number, error };
      continue;
    }
    version = versionOf(raw) ?? version;
    yield { number, raw: isObject(raw) ? presentRecord(raw, version, format) : raw };
  }
}

/** @param version its own, or that of the lines before it @throws NewerJournal */
export function presentRecord(raw: RawRecord, version: number, format: LineFormat): RawRecord {
  if (version > format.version) {
    throw new NewerJournal(`format version ${version}; this one reads up to ${format.version}`);
  }
  const present = upgrade(raw, version, format);
  const { kind } = present;
  if (typeof kind === 'string' && !format.kinds.has(kind)) {
    throw new NewerJournal(`with a "${kind}" record, which is unknown here`);
  }
  return present;
}

/** Reads on: what a newer autombw has written is no damage. @throws NewerJournal */
export function expectNothingNewer(rest: Iterable<RawLine>): void {
  let broken = 0;
  for (const line of rest) if ('error' in line && ++broken > MOST_BROKEN) return;
}

/** Lines that are no JSON: a file with more of them is no journal, of whatever version. */
const MOST_BROKEN = 1000;

/** The errors that tell what is wrong with a journal. */
interface Wording {
  readonly newer: (reason: string) => Error;
  readonly damaged: (line: number, detail: string, cause: unknown) => Error;
}

/** @throws an error of the wording; what a newer autombw wrote is told before any damage */
export function parseLines<Line>(
  lines: readonly string[],
  schema: z.ZodType<Line>,
  format: LineFormat,
  { newer, damaged }: Wording,
): Line[] {
  const parsed: Line[] = [];
  try {
    const raw = rawLines(lines, format);
    for (const line of raw) {
      const result = shapeOf(line, schema);
      if ('data' in result) {
        parsed.push(result.data);
        continue;
      }
      expectNothingNewer(raw);
      throw damaged(line.number, result.detail, result.cause);
    }
  } catch (error) {
    throw error instanceof NewerJournal ? newer(error.message) : error;
  }
  return parsed;
}

/** @param what it is, at the beginning of a sentence */
export function writtenByNewer(what: string, reason: string): Error {
  return usageError('journal-version', `${what} was written by a newer autombw (${reason}): update autombw.`);
}

function shapeOf<Line>(
  line: RawLine,
  schema: z.ZodType<Line>,
): { readonly data: Line } | { readonly detail: string; readonly cause: unknown } {
  if ('error' in line) return { detail: messageOf(line.error), cause: line.error };
  const { data, error } = schema.safeParse(line.raw);
  if (error === undefined) return { data };
  return { detail: shapeFault(error), cause: error };
}

/** The first thing that is wrong with the shape of a record, and where. */
export function shapeFault({ issues }: z.ZodError): string {
  const [fault = ''] = issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return fault;
}

export function isObject(raw: unknown): raw is RawRecord {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
