import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBytes } from '../../../../src/shared/files/read-bytes.ts';

let folder: string;
let handle: number;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-read-'));
  const file = path.join(folder, 'file');
  writeFileSync(file, 'abcdef');
  handle = openSync(file, 'r');
});
afterAll(() => {
  closeSync(handle);
  rmSync(folder, { recursive: true });
});

it.each([
  [0, 6, 6, 'abcdef'],
  [2, 3, 3, 'cde'],
  [4, 4, 2, 'ef'],
  [9, 2, 0, ''],
  [0, 0, 0, ''],
])('from %i, %i bytes: gives %i', (position, length, count, text) => {
  const into = Buffer.alloc(length);
  expect(readBytes(handle, into, position)).toBe(count);
  expect(into.toString('latin1', 0, count)).toBe(text);
});

it('throws what the system says', () => {
  expect(() => readBytes(-1, Buffer.alloc(1), 0)).toThrow();
});
