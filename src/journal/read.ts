/** Reads a journal, also one that is being written or was cut off by a crash. */
import { usageError } from '../shared/errors.ts';
import { encodingOf } from '../shared/files/decode-text.ts';
import { FileRefused, readRegularFile, textOf } from '../shared/files/read-file.ts';
import { systemReason } from '../shared/system-error.ts';
import { parseLines, writtenByNewer } from './lines.ts';
import { RECORD_FORMAT, recordSchema, type JournalRecord, type RecordOf } from './record.ts';
import { RecordOrder } from './record-order.ts';
import { TrialBook, type JournalTrials } from './trial-book.ts';

export { doubtedTrial, rejectedTrial, type JournalTrials } from './trial-book.ts';

export interface ReadJournal {
  readonly records: readonly JournalRecord[];
  /** The last line was unfinished and has been left out. */
  readonly torn: boolean;
}

/** @throws usage error `journal-unreadable`, `journal-damaged` (with the line), `journal-version` */
export async function readJournal(file: string): Promise<ReadJournal> {
  const { text, torn } = await readText(file);
  return { ...parseJournal(text, file), torn };
}

/** The bytes are gone when the lines are parsed: both would be the whole file. */
async function readText(file: string): Promise<{ readonly text: string; readonly torn: boolean }> {
  try {
    const bytes = await readRegularFile(file, { limit: JOURNAL_LIMIT });
    return { text: journalText(bytes), torn: bytes.at(-1) !== LINE_FEED };
  } catch (cause) {
    throw usageError('journal-unreadable', `The journal ${file} cannot be read (${systemReason(cause)}).`, {
      cause,
    });
  }
}

/** Bytes: more do not fit into one string. */
export const JOURNAL_LIMIT = 500e6;
const LINE_FEED = 10;

/**
 * The whole lines of a journal: a crash may leave half a character, or zero bytes, behind them.
 * @throws FileRefused for bytes that are not ours
 */
export function journalText(bytes: Uint8Array): string {
  if (encodingOf(bytes) !== 'utf-8') {
    throw new FileRefused('it is in UTF-16, but journals are written in UTF-8; save it as UTF-8');
  }
  return textOf(bytes.subarray(0, bytes.lastIndexOf(LINE_FEED) + 1));
}

/**
 * @param source file name for messages
 * @throws usage error `journal-version` for what a newer autombw wrote, wherever it stands; `journal-damaged`
 */
export function parseJournal(text: string, source: string): ReadJournal {
  const lines = text.split('\n').slice(0, -1);
  const records = parseLines(lines, recordSchema, RECORD_FORMAT, {
    newer: (reason) => writtenByNewer(`The journal ${source}`, reason),
    damaged: (line, detail, cause) => damaged(source, line, detail, cause),
  });
  if (records.length === 0)
    throw usageError('journal-damaged', `The journal ${source} does not contain a complete line.`);
  if (records[0]?.kind !== 'plan' && records[0]?.kind !== 'recovered') {
    throw usageError(
      'journal-damaged',
      `The journal ${source} does not begin with a plan: line 1 is "${records[0]?.kind}".`,
    );
  }
  const order = new RecordOrder();
  for (const [index, record] of records.entries()) {
    const fault = order.fault(record);
    if (fault !== undefined) throw damaged(source, index + 1, fault, undefined);
  }
  return { records, torn: !text.endsWith('\n') };
}

/** The trials of a journal: the finished ones, of which doubted and rejected ones have failed, and those never finished. */
export function trialsOf(records: readonly JournalRecord[]): JournalTrials {
  const book = new TrialBook();
  for (const record of records) book.add(record);
  return book.trials();
}

/** The pause that a run is in, or was when it ended; undefined where it is in none. */
export function pauseOf(records: readonly JournalRecord[]): RecordOf<'paused'> | undefined {
  const last = records.findLast(({ kind }) => PAUSING.has(kind));
  return last?.kind === 'paused' ? last : undefined;
}

const PAUSING: ReadonlySet<string> = new Set(['paused', 'continued', 'resumed']);

function damaged(source: string, line: number, detail: string, cause: unknown): Error {
  return usageError(
    'journal-damaged',
    `The journal ${source} is damaged in line ${line} (${detail}). Fix or delete that line, or read it with: autombw recover --log "${source}"`,
    { cause },
  );
}
