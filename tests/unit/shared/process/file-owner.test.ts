import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isAbandoned, ownerTag } from '../../../../src/shared/process/file-owner.ts';
import { isRunning, isWriterAlive } from '../../../../src/shared/process/process-identity.ts';

const [machine = ''] = ownerTag().split('-');
const HOUR = 3_600_000;
let folder: string;
let file: string;
const written = (hoursAgo: number): string => {
  const time = new Date(Date.now() - hoursAgo * HOUR);
  fs.utimesSync(file, time, time);
  return file;
};

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'autombw-owner-'));
  file = path.join(folder, 'half');
  fs.writeFileSync(file, 'half');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

it('names the machine without its name, and the process', () => {
  expect(ownerTag()).toMatch(new RegExp(`^[0-9a-f]{8}-${process.pid}$`));
  expect(ownerTag()).not.toContain(os.hostname());
});

it('knows the files of processes that have ended', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  expect(isRunning(pid)).toBe(false);
  expect(isAbandoned(`${machine}-${pid}`, written(0))).toBe(true);
});

it('leaves the files of a process that runs, unless it began after the last write', () => {
  const owner = `${machine}-${process.ppid}`;
  expect(isAbandoned(owner, written(0))).toBe(false);
  expect(isWriterAlive(process.ppid, Date.now())).toBe(true);
  if (process.platform !== 'linux') return;
  expect(isWriterAlive(process.pid, Date.now() - 24 * 365 * HOUR)).toBe(false);
});

it('takes a file with our own number for one of a predecessor', () => {
  expect(isAbandoned(ownerTag(), written(0))).toBe(true);
});

it('leaves the files of another machine for a day', () => {
  expect(isAbandoned('0a1b2c3d-1', written(23))).toBe(false);
  expect(isAbandoned('0a1b2c3d-1', written(25))).toBe(true);
});
