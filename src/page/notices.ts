/** Warnings and errors of a run, the newest first: what its journal tells, and what only its log does. */
import { z } from 'zod';
import { growing, type GrowingRecords } from '../journal/growing.ts';
import type { JournalRecord, RecordOf } from '../journal/record.ts';
import { afterColon } from '../shared/after-colon.ts';
import { counted } from '../shared/counted.ts';
import { clockTime } from '../shared/hours.ts';
import { scoreText } from '../shared/score-text.ts';
import { kindOfStop } from '../stop/stop-reason.ts';
import { GivenBook } from './given-weights.ts';
import type { PageNotice } from './state.ts';

const MOST = 100;

/** Follows the records of one journal: of those that are told as notices, the last ones. */
class NoticeBook {
  readonly #given = new GivenBook();
  /** The oldest first, with who gave the weights. Texts are made when somebody asks: some say how far off a time is. */
  readonly #told: (() => PageNotice | undefined)[] = [];

  add(record: JournalRecord): void {
    this.#given.add(record);
    const by = record.kind === 'scored' ? this.#given.by.get(record.trial) : undefined;
    const notice = (): PageNotice | undefined => noticeOf(record) ?? givenNotice(record, by);
    if (notice() === undefined) return;
    this.#told.push(notice);
    if (this.#told.length > MOST) this.#told.shift();
  }

  /** The newest first. */
  notices(): PageNotice[] {
    return this.#told.toReversed().flatMap((notice) => notice() ?? []);
  }
}

const ofRecords = growing(() => new NoticeBook());

/** @param records always the same ones, which only become more @param others from elsewhere: what the records tell too is told once */
export function noticesOf(records: GrowingRecords, others: readonly PageNotice[]): readonly PageNotice[] {
  const own = ofRecords(records).notices();
  const told = new Set(own.map(({ message }) => message));
  return [...own, ...others.filter(({ message }) => !told.has(message))]
    .toSorted((one, other) => compare(other.at ?? '', one.at ?? ''))
    .slice(0, MOST);
}

function noticeOf(record: JournalRecord): PageNotice | undefined {
  switch (record.kind) {
    case 'failed':
      return {
        level: 'error',
        message: `Iteration ${record.trial} failed: ${afterColon(record.failure.message)}`,
        at: record.time.at,
      };
    case 'scored':
    case 'added': {
      const [one] = record.missing ?? [];
      if (one === undefined) return undefined;
      const count = counted(record.missing?.length ?? 0, 'image');
      return {
        level: 'warn',
        message: `Iteration ${record.trial} is missing ${count}: ${afterColon(one.message)}`,
        at: record.time.at,
      };
    }
    case 'doubted':
      return { level: 'warn', message: `${record.reason} Measured again.`, at: record.time.at };
    case 'rejected':
      return {
        level: 'info',
        message: `Iteration ${record.trial} was rejected by ${record.by}.`,
        at: record.time.at,
      };
    case 'paused':
      return { level: 'info', message: pausedText(record), at: record.time.at };
    case 'continued':
      return { level: 'info', message: `${record.by} continued the run.`, at: record.time.at };
    case 'queued':
      return { level: 'info', message: `Weights from ${record.by} are measured next.`, at: record.time.at };
    case 'refused':
      return {
        level: 'warn',
        message: `The request "${record.request}" by ${record.by} was refused: ${afterColon(record.reason)}`,
        at: record.time.at,
      };
    case 'resumed':
      return { level: 'info', message: 'The run was resumed.', at: record.time.at };
    case 'verdict':
      return { level: 'info', message: record.words?.join(' ') ?? 'The proof is done.', at: record.time.at };
    case 'saved':
      return {
        level: 'info',
        message: `The merged checkpoint was written: ${record.checkpoint}.`,
        at: record.time.at,
      };
    case 'stopped': {
      const level = kindOfStop(record.reason.code) === 'goal' ? 'info' : 'warn';
      return { level, message: record.reason.message, at: record.time.at };
    }
    default:
      return undefined;
  }
}

function pausedText({ by, until }: RecordOf<'paused'>): string {
  if (until === undefined) return `Paused by ${by}.`;
  return `Paused by ${by} until ${clockTime(Date.parse(until), Date.now())}.`;
}

/** It is finished when it has a time: what is only asked for has none. */
function givenNotice(record: JournalRecord, by: string | undefined): PageNotice | undefined {
  if (record.kind !== 'scored' || by === undefined) return undefined;
  return {
    level: 'info',
    message: `Iteration ${record.trial} was given by ${by}: score ${scoreText(record.score)}.`,
    at: record.time.at,
  };
}

/** Of a line of the log: warnings and worse. Levels are those of pino. */
const logLine = z.object({ level: z.number().min(40), msg: z.string(), at: z.string().optional() });
const ERROR = 50;

/** @returns undefined for a line that warns of nothing */
export function logNotice(line: string): PageNotice | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { data } = logLine.safeParse(raw);
  if (data === undefined) return undefined;
  return { level: data.level >= ERROR ? 'error' : 'warn', message: data.msg, at: data.at ?? null };
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
