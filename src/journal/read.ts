/** Reads a journal, also one that is being written or was cut off by a crash. */
import { DOUBTED, REJECTED } from '../shared/error-codes.ts';
import { messageOf, usageError } from '../shared/errors.ts';
import { encodingOf } from '../shared/files/decode-text.ts';
import { FileRefused, readRegularFile, textOf } from '../shared/files/read-file.ts';
import {
  isLearned,
  type EvaluatedTrial,
  type FailedTrial,
  type FinishedTrial,
  type OpenTrial,
} from '../types.ts';
import { parseLines, writtenByNewer } from './lines.ts';
import { RECORD_FORMAT, recordSchema, type JournalRecord, type RecordOf } from './record.ts';
import { extendedTrial, finishedTrial, learnedTrial, openTrial } from './trial-records.ts';

export interface ReadJournal {
  readonly records: readonly JournalRecord[];
  /** The last line was unfinished and has been left out. */
  readonly torn: boolean;
}

/** @throws usage error `journal-unreadable`, `journal-damaged` (with the line), `journal-version` */
export async function readJournal(file: string): Promise<ReadJournal> {
  let bytes: Uint8Array;
  let text: string;
  try {
    bytes = await readRegularFile(file, { limit: JOURNAL_LIMIT });
    text = journalText(bytes);
  } catch (cause) {
    throw usageError('journal-unreadable', `The journal ${file} cannot be read (${messageOf(cause)}).`, {
      cause,
    });
  }
  return { ...parseJournal(text, file), torn: bytes.at(-1) !== LINE_FEED };
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
  const end = text.lastIndexOf('\n') + 1;
  const lines = text.slice(0, end).split('\n').slice(0, -1);
  const records = parseLines(lines, recordSchema, RECORD_FORMAT, {
    newer: (reason) => writtenByNewer(`The journal ${source}`, reason),
    damaged: (line, detail, cause) => damaged(source, line, detail, cause),
  });
  if (records.length === 0)
    throw usageError('journal-damaged', `The journal ${source} holds no complete line.`);
  if (records[0]?.kind !== 'plan' && records[0]?.kind !== 'recovered') {
    throw usageError(
      'journal-damaged',
      `The journal ${source} does not begin with a plan: line 1 is "${records[0]?.kind}".`,
    );
  }
  return { records, torn: end < text.length };
}

export interface JournalTrials {
  /** In the order in which they finished. */
  readonly finished: FinishedTrial[];
  readonly open: OpenTrial[];
  /** More images were asked for, and what came of it is not recorded. */
  readonly unfinished: RecordOf<'more'>[];
}

/** The trials of a journal: the finished ones, of which doubted and rejected ones have failed, and those never finished. */
export function trialsOf(records: readonly JournalRecord[]): JournalTrials {
  const { finished, open, unfinished } = recordedTrials(records);
  const reasons = new Map<number, string>();
  const rejected = new Map<number, RecordOf<'rejected'>>();
  for (const record of records) {
    if (record.kind === 'doubted') for (const trial of record.trials) reasons.set(trial, record.reason);
    if (record.kind === 'rejected') for (const trial of record.trials) rejected.set(trial, record);
  }
  const asTheyCount = finished.map((trial) => {
    const reason = reasons.get(trial.id);
    const rejection = rejected.get(trial.id);
    const trusted = reason === undefined ? trial : doubtedTrial(trial, reason);
    return rejection === undefined ? trusted : rejectedTrial(trusted, rejection);
  });
  return { finished: asTheyCount, open, unfinished };
}

/** The pause that a run is in, or was when it ended; undefined where it is in none. */
export function pauseOf(records: readonly JournalRecord[]): RecordOf<'paused'> | undefined {
  const last = records.findLast(({ kind }) => PAUSING.has(kind));
  return last?.kind === 'paused' ? last : undefined;
}

const PAUSING: ReadonlySet<string> = new Set(['paused', 'continued', 'resumed']);

/** What a trial becomes whose score is no longer trusted. A learned one stays: no server of this run measured it. */
export function doubtedTrial(trial: FinishedTrial, reason: string): FinishedTrial {
  return withoutScore(trial, { code: DOUBTED, message: reason });
}

/** What a trial becomes that somebody does not want. A learned one stays: it is no merge of this run. */
export function rejectedTrial(
  trial: FinishedTrial,
  { trial: id, by }: Pick<RecordOf<'rejected'>, 'trial' | 'by'>,
): FinishedTrial {
  const which = id === trial.id ? '' : `, as iteration ${id} with the same weights`;
  return withoutScore(trial, { code: REJECTED, message: `It was rejected by ${by}${which}.` });
}

function withoutScore(trial: FinishedTrial, failure: FailedTrial['failure']): FinishedTrial {
  if (trial.state === 'failed' || isLearned(trial)) return trial;
  const { score: _, source: __, missing: ___, ...rest } = trial;
  return { ...rest, state: 'failed', failure };
}

/** The trials as they were recorded, with all images that they got, before any was doubted. */
function recordedTrials(records: readonly JournalRecord[]): JournalTrials {
  const open = new Map<number, OpenTrial>();
  const finished: FinishedTrial[] = [];
  const more = new Map<number, RecordOf<'more'>>();
  for (const record of records) {
    if (record.kind === 'asked') {
      open.set(record.trial, openTrial(record));
    } else if (record.kind === 'learnt') {
      finished.push(learnedTrial(record));
    } else if (record.kind === 'scored' || record.kind === 'failed') {
      const asked = open.get(record.trial);
      if (asked === undefined) continue;
      open.delete(record.trial);
      finished.push(finishedTrial(asked, record));
    } else if (record.kind === 'more') {
      more.set(record.trial, record);
    } else if (record.kind === 'added') {
      extend(finished, record, more.get(record.trial)?.images);
      more.delete(record.trial);
    } else if (record.kind === 'doubted' || record.kind === 'rejected') {
      // Its point is measured again, or nobody wants it: nothing more is drawn for this trial.
      for (const trial of record.trials) more.delete(trial);
    }
  }
  return { finished, open: [...open.values()], unfinished: [...more.values()] };
}

function extend(finished: FinishedTrial[], added: RecordOf<'added'>, wanted: number | undefined): void {
  const at = finished.findIndex(({ id }) => id === added.trial);
  const trial = finished[at];
  if (trial === undefined || !isMeasured(trial) || wanted === undefined) return;
  finished[at] = extendedTrial(trial, wanted, added);
}

function isMeasured(trial: FinishedTrial): trial is EvaluatedTrial {
  return trial.state === 'scored' && !isLearned(trial);
}

function damaged(source: string, line: number, detail: string, cause: unknown): Error {
  return usageError(
    'journal-damaged',
    `The journal ${source} is damaged in line ${line} (${detail}). Repair or remove that line, or read it with: autombw recover --log "${source}"`,
    { cause },
  );
}
