/** The runs that a page lists, as `history` knows them; what has not changed is not read again. */
import fs from 'node:fs';
import { liveOwner } from '../../../journal/find.ts';
import type { ListedRun, ListRuns } from '../../../page/run-source.ts';
import type { HistoryEntry } from '../records/history/entry.ts';
import { journalEntry } from '../records/history/journal-entry.ts';

/** @param journals those that there are just now */
export function createRunList(journals: () => readonly string[]): ListRuns {
  const known = new Map<string, { readonly stamp: string; readonly entry: HistoryEntry }>();
  const entryOf = (journal: string): HistoryEntry => {
    const stats = fs.statSync(journal, { throwIfNoEntry: false });
    const stamp = `${stats?.size ?? 0} ${stats?.mtimeMs ?? 0}`;
    const before = known.get(journal);
    if (before?.stamp === stamp) return before.entry;
    const entry = journalEntry(journal);
    known.set(journal, { stamp, entry });
    return entry;
  };
  return () =>
    journals()
      .map((journal) => listed(journal, entryOf(journal)))
      .toSorted((one, other) => compare(other.date, one.date));
}

function listed(journal: string, entry: HistoryEntry): ListedRun {
  const { output, date, best, scored, failed, reason } = entry;
  const [modelA, modelB] = [bareName(entry.modelA), bareName(entry.modelB)];
  // Whether it lives does not show in its journal.
  const isOpen = entry.state === 'running' || entry.state === 'dead';
  const state = isOpen ? (liveOwner(journal) === undefined ? 'dead' : 'running') : entry.state;
  return { journal, name: output, modelA, modelB, state, date, best, done: scored + failed, reason };
}

/** Without folder and ending. */
function bareName(model: string): string {
  return model.replace(/^.*[\\/]/, '').replace(/\.(?:safetensors|ckpt)$/i, '');
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
