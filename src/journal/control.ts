/**
 * What a run is asked for while it is under way: a file beside its journal, to which any process appends and which the run
 * follows. Plain appends and polling, so that it works on every disk and system.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { z } from 'zod';
import { runError } from '../shared/errors.ts';
import { appendLine } from '../shared/files/append-line.ts';
import { readBytes } from '../shared/files/read-bytes.ts';
import { parseJson } from '../shared/parse-json.ts';
import { systemReason } from '../shared/system-error.ts';
import { JOURNAL_SUFFIX } from './name-run.ts';

const common = {
  /** Of this request alone: a run follows none twice. */
  id: z.string().min(1).max(100),
  /** ISO 8601. */
  time: z.string(),
  /** Where it came from, for people: `autombw pause`, `the page`. */
  by: z.string().max(100).optional(),
};

const requestSchema = z.discriminatedUnion('request', [
  z.object({ ...common, request: z.literal('pause') }),
  z.object({ ...common, request: z.literal('go-on') }),
  /** After the trials that are being measured. */
  z.object({ ...common, request: z.literal('stop') }),
  /** Takes the score of a trial away; of the latest one that has a score where none is named. */
  z.object({ ...common, request: z.literal('reject'), trial: z.int().min(1).optional() }),
  /** Weights, of every block, to be measured next. */
  z.object({ ...common, request: z.literal('next'), weights: z.record(z.string(), z.number()) }),
]);

export type ControlRequest = z.output<typeof requestSchema>;

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** As it is asked for: number and time are put to it. */
export type NewRequest = Without<ControlRequest, 'id' | 'time'>;

export const CONTROL_SUFFIX = '.control.jsonl';

/** The file of the requests to the run of a journal. */
export function controlFile(journal: string): string {
  const stem = journal.endsWith(JOURNAL_SUFFIX)
    ? journal.slice(0, -JOURNAL_SUFFIX.length)
    : journal.replace(/\.jsonl$/, '');
  return stem + CONTROL_SUFFIX;
}

/**
 * Asks something of the run of a journal, whoever carries it out.
 * @returns the request as it was written
 * @throws run error `control-write`
 */
export function appendRequest(journal: string, request: NewRequest, now = new Date()): ControlRequest {
  const file = controlFile(journal);
  const written = requestSchema.parse({ ...request, id: randomUUID(), time: now.toISOString() });
  try {
    appendLine(file, JSON.stringify(written));
  } catch (cause) {
    throw runError(
      'control-write',
      `${file} cannot be written (${systemReason(cause)}): the request was not sent.`,
      {
        cause,
      },
    );
  }
  return written;
}

const LINE_FEED = 10;
/** Bytes of new requests that are read at once: more are left for the next time. */
const MOST_BYTES = 1 << 20;

export interface Requests {
  readonly requests: readonly ControlRequest[];
  /** The beginnings of lines that are no requests. */
  readonly unreadable: readonly string[];
}

const NOTHING: Requests = { requests: [], unreadable: [] };
/** Characters of a line that are shown. */
const MOST_SHOWN = 60;

/** Follows the requests to one run: each look gives those that came since the last one. */
export class ControlReader {
  readonly #file: string;
  #offset = 0;

  constructor(journal: string) {
    this.#file = controlFile(journal);
  }

  get file(): string {
    return this.#file;
  }

  /** All that stands there so far. See {@link look}. */
  lookAtAll(): Requests {
    const looks: Requests[] = [];
    for (let offset = -1; offset < this.#offset;) {
      offset = this.#offset;
      looks.push(this.look());
    }
    return {
      requests: looks.flatMap(({ requests }) => requests),
      unreadable: looks.flatMap(({ unreadable }) => unreadable),
    };
  }

  /**
   * A last line that is not whole is waited for; a file that was cut or replaced by a shorter one is read again from its
   * beginning. Never throws: a file that cannot be read holds nothing for now.
   */
  look(): Requests {
    try {
      const { size } = fs.statSync(this.#file);
      if (size < this.#offset) this.#offset = 0;
      if (size === this.#offset) return NOTHING;
      return parse(this.#wholeLines(size));
    } catch {
      return NOTHING;
    }
  }

  #wholeLines(size: number): string {
    const handle = fs.openSync(this.#file, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(size - this.#offset, MOST_BYTES));
      const count = readBytes(handle, bytes, this.#offset);
      const end = bytes.subarray(0, count).lastIndexOf(LINE_FEED) + 1;
      // No line is that long.
      this.#offset += end === 0 && count === MOST_BYTES ? count : end;
      return bytes.toString('utf8', 0, end);
    } finally {
      fs.closeSync(handle);
    }
  }
}

function parse(text: string): Requests {
  const requests: ControlRequest[] = [];
  const unreadable: string[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const request = requestSchema.safeParse(parseJson(line)).data;
    if (request === undefined) unreadable.push(line.slice(0, MOST_SHOWN));
    else requests.push(request);
  }
  return { requests, unreadable };
}
