/**
 * The runs that a page lists, as `history` knows them; what has not changed is not read again, and of one that is growing mostly only
 * the end is.
 */
import fs from 'node:fs';
import { liveOwner } from '../../../journal/find.ts';
import { readStage, type Stage } from '../../../journal/stage.ts';
import type { ListedRun, ListRuns } from '../../../page/run-source.ts';
import type { HistoryEntry } from '../records/history/entry.ts';
import { journalEntry, whereItStands } from '../records/history/journal-entry.ts';

interface Known {
  /** Size and time of the file, and whether the run lived. */
  readonly stamp: string;
  readonly isAlive: boolean;
  readonly entry: HistoryEntry;
  readonly stage: Stage | undefined;
  /** Milliseconds: when the whole file was read last, and how long that took. */
  readonly readAt: number;
  readonly cost: number;
}

/** Of the time, no more than one part in so many is spent on reading a growing journal again. */
const SELDOM = 50;

/** @param journals those that there are just now */
export function createRunList(journals: () => readonly string[]): ListRuns {
  const known = new Map<string, Known>();
  const look = (journal: string): Known => {
    const isAlive = liveOwner(journal) !== undefined;
    const stats = fs.statSync(journal, { throwIfNoEntry: false });
    const stamp = `${stats?.size ?? 0} ${stats?.mtimeMs ?? 0} ${isAlive}`;
    const before = known.get(journal);
    if (before?.stamp === stamp) return before;
    const stage = readStage(journal);
    const began = performance.now();
    const isFresh = before !== undefined && began - before.readAt < SELDOM * before.cost;
    // Scores may be a little old; whether it lives and what it does may not.
    if (isFresh && isAlive && before.isAlive) return remember(journal, { ...before, stamp: '', stage });
    const entry = journalEntry(journal);
    const readAt = performance.now();
    return remember(journal, { stamp, isAlive, entry, stage, readAt, cost: readAt - began });
  };
  const remember = (journal: string, found: Known): Known => {
    known.set(journal, found);
    return found;
  };
  return () =>
    journals()
      .map((journal) => listed(journal, look(journal)))
      .toSorted((one, other) => compare(other.date, one.date));
}

function listed(journal: string, { entry, stage, isAlive }: Known): ListedRun {
  const { output, date, best, scored, failed } = entry;
  const [modelA, modelB] = [bareName(entry.modelA), bareName(entry.modelB)];
  const isLive = isAlive && entry.state === 'running';
  const state = isLive ? liveState(stage) : entry.state;
  const reason = isLive ? whereItStands(stage) : entry.reason;
  return { journal, name: output, modelA, modelB, state, date, best, done: scored + failed, reason };
}

/** In the words of the page. */
function liveState(stage: Stage | undefined): string {
  if (stage?.name === 'paused' || stage?.name === 'ended') return stage.name;
  return stage?.isProof === true ? 'proof' : 'running';
}

/** Without folder and ending. */
function bareName(model: string): string {
  return model.replace(/^.*[\\/]/, '').replace(/\.(?:safetensors|ckpt)$/i, '');
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
