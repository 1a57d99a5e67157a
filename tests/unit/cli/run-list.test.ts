/** What a page lists of runs that are under way, paused, killed or over. */
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRunList } from '../../../src/cli/commands/runs/run-list.ts';
import { journalEntry } from '../../../src/cli/commands/records/history/journal-entry.ts';
import { reopenJournal } from '../../../src/journal/append.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const RELEASED = path.resolve(
  import.meta.dirname,
  '../../fixtures/journals/main-2026-11-images.journal.jsonl',
);
const time = { at: '2026-01-01T00:00:00.000Z' };
const by = { id: 'a', by: 'the page', time };

/** A run that has been told of no end. */
function openRun(): string {
  const journal = path.join(temporaryFolder('runs'), 'O-0-2026-01-01-00-00-00.journal.jsonl');
  copyFileSync(RELEASED, journal);
  const lines = readFileSync(journal, 'utf8').trimEnd().split('\n');
  const last = lines.findLastIndex((line) => line.startsWith('{"kind":"scored"'));
  writeFileSync(journal, `${lines.slice(0, last + 1).join('\n')}\n`);
  return journal;
}

describe('the list of runs', () => {
  it('knows what a run does as soon as its journal says so, and that it was killed as soon as it is gone', () => {
    const file = openRun();
    const list = createRunList(() => [file]);
    const state = (): unknown => list()[0]?.state;
    expect(state()).toBe('dead');
    const journal = reopenJournal(file);
    try {
      expect(state()).toBe('running');
      journal.append({ kind: 'paused', ...by });
      expect(list()[0]).toMatchObject({ state: 'paused', reason: 'It is paused.' });
      expect(journalEntry(file)).toMatchObject({ state: 'running', reason: 'It is paused.' });
      journal.append({ kind: 'continued', ...by });
      expect(list()[0]).toMatchObject({ state: 'running', reason: '' });
      const proving = { candidates: [], requests: [], images: [], scorers: [], time };
      journal.append({ kind: 'proving', proof: 1, ...proving });
      expect(list()[0]).toMatchObject({ state: 'proof', reason: 'Its best is compared on fresh images.' });
    } finally {
      journal.close();
    }
    expect(list()[0]).toMatchObject({ state: 'dead', reason: 'It was killed; autombw resume continues it.' });
  });

  it('says how a run has ended that was running when it was listed before', () => {
    const file = openRun();
    const list = createRunList(() => [file]);
    const journal = reopenJournal(file);
    expect(list()[0]?.state).toBe('running');
    journal.append({ kind: 'stopped', reason: { code: 'iterations', message: 'Done.' }, time });
    // Its files are being written.
    expect(list()[0]?.state).toBe('ended');
    journal.close();
    expect(list()[0]).toMatchObject({ state: 'finished', reason: 'Done.' });
  });

  it('tells scores of a growing journal that are not much older than it takes to read them', () => {
    const file = openRun();
    const list = createRunList(() => [file]);
    const before = list()[0]?.done ?? 0;
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line) as JournalRecord & { readonly trial?: number });
    const trial = Math.max(...records.map((record) => record.trial ?? 0)) + 1;
    for (const kind of ['asked', 'scored']) {
      const last = records.findLast((record) => record.kind === kind);
      appendFileSync(file, `${JSON.stringify({ ...last, trial })}\n`);
    }
    expect(list()[0]?.done).toBe(before + 1);
  });
});
