import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameLeads } from '../../../../src/shared/files/name-leads.ts';

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'autombw-name-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

it.skipIf(process.platform === 'win32')('says what became of the name of an open file', () => {
  const file = path.join(folder, 'held');
  fs.writeFileSync(file, 'one');
  const handle = fs.openSync(file, 'r');
  try {
    expect(nameLeads(file, handle)).toBe('leads');
    fs.renameSync(file, path.join(folder, 'moved'));
    expect(nameLeads(file, handle)).toBe('gone');
    fs.writeFileSync(file, 'another');
    expect(nameLeads(file, handle)).toBe('elsewhere');
    expect(nameLeads(path.join(file, 'below'), handle)).toBe('gone');
  } finally {
    fs.closeSync(handle);
  }
});
