/**
 * Journals of released versions, each with the CSV that it must replay to. `v0.1.0.journal.jsonl` and `v0.1.0-hills` were
 * written by 0.1.0, the latter against its simulator; `main-2026-11…` by what came after it: a run with settings of the
 * server, scores in doubt, failures, repeats and sessions (`main-2026-11`), a second pass (`-pass`), rows of an old CSV
 * (`-learnt`), and iterations with unequal and missing images (`-images`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChainJournal } from '../../../src/journal/chain-record.ts';
import { journalFromLog } from '../../../src/journal/from-log.ts';
import { parseJournal, readJournal, trialsOf } from '../../../src/journal/read.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { trialsCsv } from '../../../src/outputs/run-csv.ts';
import { RunState } from '../../../src/run/run-state.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../fixtures/journals');
const SUFFIX = '.journal.jsonl';
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
/** Of an optimizer that proposes other points since: a run that is resumed has learned all scores and goes on in its own way. */
const OVERTAKEN = new Set(['v0.1.0-hills', 'main-2026-11']);
const fixture = (file: string): string => readFileSync(path.join(FOLDER, file), 'utf8');

describe.each(names)('the journal %s', (name) => {
  const text = fixture(`${name}${SUFFIX}`);

  it('tells the trials of its CSV', async () => {
    const { records, torn } = await readJournal(path.join(FOLDER, `${name}${SUFFIX}`));
    expect(torn).toBe(false);
    const [first] = records;
    const plan = first?.kind === 'plan' ? first.plan : undefined;
    expect(trialsCsv(trialsOf(records).finished, plan)).toBe(fixture(`${name}.csv`));
  });

  it(`is replayed to the same CSV, ${OVERTAKEN.has(name) ? 'from the points that were proposed then' : 'every point proposed as it was then'}`, () => {
    const { records } = parseJournal(text, name);
    const [first] = records;
    // What was recovered from a log has no optimizer to be asked.
    if (first?.kind !== 'plan') return;
    const state = new RunState(first.plan);
    const replay = state.replay(records);
    expect(replay.faithful).toBe(!OVERTAKEN.has(name));
    expect(trialsCsv(state.trials, first.plan)).toBe(fixture(`${name}.csv`));
  });

  it('loses nothing when it is read and written again', () => {
    const raw = text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(parseJournal(text, name).records).toMatchObject(raw);
    if (name.endsWith('-learnt')) return;
    expect(journalFromLog(text, name)).toMatchObject(raw);
  });
});

describe('the journals of released versions', () => {
  it('hold every kind of record, and everything that a record may hold', () => {
    const all: JournalRecord[] = names.flatMap((name) => [
      ...parseJournal(fixture(`${name}${SUFFIX}`), name).records,
    ]);
    expect(new Set(all.map(({ kind }) => kind))).toEqual(
      new Set(
        'plan recovered proof prior learnt asked scored more added failed doubted resumed stopped'.split(' '),
      ),
    );
    expect(all.some((record) => record.kind === 'plan' && record.plan.server?.settings)).toBe(true);
    expect(all.some((record) => record.kind === 'asked' && record.origin === 'queued')).toBe(true);
    for (const isThere of [(of?: number) => of === 0, (of?: number) => (of ?? 0) > 0])
      expect(all.some((record) => record.kind === 'scored' && isThere(record.repeatOf))).toBe(true);
  });

  it('of a chain is read', async () => {
    const records = await readChainJournal(path.join(FOLDER, 'main-2026-11.chain.jsonl'));
    expect(records.map(({ kind }) => kind)).toEqual(['chain', 'begun', 'ended', 'begun', 'ended']);
  });
});
