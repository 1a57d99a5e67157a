/** Follows the journal of a run that another process may be writing: records as they come. */
import { setImmediate } from 'node:timers/promises';
import { afterColon } from '../shared/after-colon.ts';
import { LineFollower } from '../shared/files/follow-lines.ts';
import { FileRefused } from '../shared/files/read-file.ts';
import { messageOf } from '../shared/errors.ts';
import { isObject, NewerJournal, presentRecord, shapeFault } from './lines.ts';
import { JOURNAL_LIMIT } from './read.ts';
import { RECORD_FORMAT, recordSchema, type JournalRecord } from './record.ts';
import { versionOf } from './upgrade.ts';

export interface NewRecords {
  /** The journal was replaced or cut: what was given before is no longer so, and these are its records from the first one. */
  readonly isAnew: boolean;
  readonly records: readonly JournalRecord[];
  /** Lines that could not be read, a sentence each: the others go on. */
  readonly problems: readonly string[];
}

/** Milliseconds after which others have their turn. */
const SLICE_MS = 10;
/** Lines that are no records: a file with more of them is something else, and every one costs memory. */
const MOST_BROKEN = 1000;

export class JournalFollower {
  readonly #lines: LineFollower;
  /** Of the line that was read last: see upgrade.ts. */
  #version = 1;
  #number = 0;
  #broken = 0;
  /** Another run's lines follow: its iterations have the same numbers. */
  #isForeign = false;

  constructor(journal: string) {
    this.#lines = new LineFollower(journal, { limit: JOURNAL_LIMIT });
  }

  /** What has come since the last call. @throws FileRefused; an error with `errno` of the system */
  async read(): Promise<NewRecords> {
    const { isAnew, lines } = await this.#lines.read();
    if (isAnew) {
      this.#version = 1;
      this.#number = 0;
      this.#broken = 0;
      this.#isForeign = false;
    }
    const records: JournalRecord[] = [];
    const problems: string[] = [];
    let since = performance.now();
    for (const line of lines) {
      if (performance.now() - since > SLICE_MS) {
        // A long journal is read while a search goes on in the same process.
        await setImmediate();
        since = performance.now();
      }
      this.#number++;
      if (this.#broken > MOST_BROKEN || this.#isForeign) break;
      const result = this.#recordIn(line);
      if ('record' in result) records.push(result.record);
      else {
        this.#broken++;
        problems.push(`Line ${this.#number} of the journal cannot be read (${result.problem}).`);
      }
    }
    if (this.#broken > MOST_BROKEN)
      throw new FileRefused(`more than ${MOST_BROKEN} of its lines are not records`);
    return { isAnew, records, problems };
  }

  #recordIn(line: string): { readonly record: JournalRecord } | { readonly problem: string } {
    try {
      const raw: unknown = JSON.parse(line);
      this.#version = versionOf(raw) ?? this.#version;
      const present = isObject(raw) ? presentRecord(raw, this.#version, RECORD_FORMAT) : raw;
      const { data, error } = recordSchema.safeParse(present);
      if (error !== undefined) return { problem: shapeFault(error) };
      this.#isForeign = this.#number > 1 && (data.kind === 'plan' || data.kind === 'recovered');
      return this.#isForeign ? { problem: 'another run starts inside it' } : { record: data };
    } catch (error) {
      if (error instanceof NewerJournal)
        return { problem: `it was written by a newer autombw: ${afterColon(error.message)}` };
      if (error instanceof SyntaxError) return { problem: messageOf(error) };
      throw error;
    }
  }
}
