import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { clearNeverBegun } from '../../../src/journal/never-begun.ts';
import { takeLock } from '../../../src/shared/process/process-lock.ts';
import { installDiskFaults } from '../../helpers/disk-faults.mjs';
import { temporaryFolder } from '../../helpers/run-search.ts';

const HOUR = 3600;

/** Files with these contents, written so many seconds ago. */
function folderOf(files: Readonly<Record<string, string>>, ago = HOUR): string {
  const folder = temporaryFolder();
  const then = Date.now() / 1000 - ago;
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), text);
    utimesSync(path.join(folder, name), then, then);
  }
  return folder;
}

const left = async (folder: string): Promise<string[]> => {
  await clearNeverBegun(folder);
  return readdirSync(folder).toSorted();
};

it.each([
  ['an empty journal', { 'O-1.journal.jsonl': '' }],
  ['half a plan', { 'O-1.journal.jsonl': '{"kind":"plan","vers' }],
  ['its lock, half or whole', { 'O-1.journal.jsonl': '', 'O-1.journal.jsonl.lock': '{"pid":' }],
  ['a lock whose journal is gone', { 'O-1.journal.jsonl.lock': '', 'O-1.journal.jsonl.lock.old': '' }],
  ['half a plan as large as any', { 'O-1.journal.jsonl': `{"kind":${'x'.repeat(2 ** 24 - 8)}` }],
  ['its log', { 'O-1.journal.jsonl': '', 'O-1.log': 'x', 'O-1.status.json': '{}' }],
  ['what was to become one of its files', { 'O-1.journal.jsonl': '', 'O-1.status.json.12-3.tmp': '{' }],
])('of a search that never began goes %s', async (_, files) => {
  const other = { 'O-11.journal.jsonl': '{"kind":"plan"}\n', 'O-11.journal.jsonl.lock': '1' };
  expect(await left(folderOf({ ...files, ...other }))).toEqual(Object.keys(other));
});

it.each([
  ['has a plan', { 'O-1.journal.jsonl': '{"kind":"plan"}\n' }],
  ['has a plan whose line feed was lost', { 'O-1.journal.jsonl': '{"kind":"plan"}' }],
  ['has a CSV', { 'O-1.csv': '', 'O-1.journal.jsonl': '' }],
  ['has a report whose journal is gone', { 'O-1.journal.jsonl.lock': '1', 'O-1.report.html': '<p>' }],
  ['is something else', { 'O-1.journal.jsonl': 'notes of mine' }],
  ['has a plan and half a line behind it', { 'O-1.journal.jsonl': '{"kind":"plan"}\n{"kind":"as' }],
  ['is larger than any half plan', { 'O-1.journal.jsonl': `{"kind":${'x'.repeat(2 ** 24)}` }],
  ['has notes of somebody', { 'O-1.journal.jsonl': '', 'O-1.notes.log': 'x' }],
  ['has an older log', { 'O-1.journal.jsonl': '', 'O-1.log.gz': 'x' }],
  ['is a copy', { 'O-1.journal.jsonl.lock.mine': '' }],
])('what %s stays', async (_, files) => {
  expect(await left(folderOf(files))).toEqual(Object.keys(files));
});

it('what is just beginning stays, and so does what a living process has locked', async () => {
  const files = { 'O-1.journal.jsonl': '' };
  expect(await left(folderOf(files, 5))).toEqual(Object.keys(files));
  const folder = folderOf(files);
  const locked = path.join(folder, 'O-1.journal.jsonl.lock');
  const lock = takeLock(locked);
  const then = Date.now() / 1000 - HOUR;
  utimesSync(locked, then, then);
  expect(await left(folder)).toEqual(['O-1.journal.jsonl', 'O-1.journal.jsonl.lock']);
  lock.release();
  expect(await left(folder)).toEqual([]);
});

it.each([
  ['its journal is', 30, HOUR],
  ['its lock is', HOUR, 30],
])('what may just be beginning stays: %s half a minute old', async (_, journalAgo, lockAgo) => {
  const files = { 'O-1.journal.jsonl': '', 'O-1.journal.jsonl.lock': '' };
  const folder = folderOf(files);
  for (const [n, ago] of [journalAgo, lockAgo].entries()) {
    const then = Date.now() / 1000 - ago;
    utimesSync(path.join(folder, Object.keys(files)[n] ?? ''), then, then);
  }
  expect(await left(folder)).toEqual(Object.keys(files));
});

it('of what the disk does not let go the journal stays to the end: it is found again', async () => {
  const folder = folderOf({ 'O-1.journal.jsonl': '', 'O-1.journal.jsonl.lock': '', 'O-1.log': '' });
  const faults = installDiskFaults({ under: folder, code: 'EBUSY', at: 2 });
  await clearNeverBegun(folder);
  faults.uninstall();
  expect(readdirSync(folder)).toContain('O-1.journal.jsonl');
  expect(await left(folder)).toEqual([]);
});

it('what cannot be removed is no reason to fail', async () => {
  const folder = folderOf({});
  mkdirSync(path.join(folder, 'O-1.journal.jsonl'));
  await clearNeverBegun(folder);
  await clearNeverBegun(path.join(folder, 'no-such'));
  expect(existsSync(path.join(folder, 'O-1.journal.jsonl'))).toBe(true);
});
