import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFile, hashFileNow, hashFiles, hashOf } from '../../../../src/shared/hashes/file-hash.ts';
import { cachedHash } from '../../../../src/shared/hashes/hash-cache.ts';
import { sha256OfFile, sha256OfFileNow, sha256OfPart } from '../../../../src/shared/hashes/sha256.ts';
import { KNOWS_OPEN_FILES, timesOpen } from '../../../helpers/open-files.ts';
import { isUnchanged, stamped } from '../../../../src/shared/hashes/stamp.ts';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
let folder: string;
const write = (name: string, bytes: Uint8Array | string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
};

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-hash-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the hash of a file', () => {
  it.each([0, 1, 2 ** 21 - 1, 2 ** 21, 2 ** 21 + 1, 2 ** 22 + 7])(
    'is the same in pieces as at once: %i bytes',
    async (size) => {
      const bytes = randomBytes(size);
      const file = write(`of-${size}`, bytes);
      expect(await sha256OfFile(file)).toBe(digest(bytes));
      expect(sha256OfFileNow(file)).toBe(digest(bytes));
      const part = bytes.subarray(3, 3 + 1000);
      expect(await sha256OfPart(file, 3, 1000)).toBe(digest(part));
    },
  );

  it('is not waited for after an abort', async () => {
    const reason = new Error('stopped');
    const file = write('long', randomBytes(2 ** 22));
    await expect(sha256OfFile(file, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(hashOf(file, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('is computed by the next one where whoever began was stopped', async () => {
    const bytes = randomBytes(2 ** 22);
    const file = write('asked-by-two', bytes);
    const stop = new AbortController();
    const first = hashOf(file, stop.signal);
    const second = hashOf(file);
    stop.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    expect(await second).toBe(digest(bytes));
  });

  it.runIf(KNOWS_OPEN_FILES)('is computed once for all who ask at the same time', async () => {
    const bytes = randomBytes(2 ** 25);
    const file = write('asked-by-eight', bytes);
    const all = Array.from({ length: 8 }, async () => hashOf(file));
    const opened: number[] = [];
    const look = setInterval(() => opened.push(timesOpen(file)), 1);
    const hashes = new Set(await Promise.all(all));
    clearInterval(look);
    expect(hashes).toEqual(new Set([digest(bytes)]));
    expect(Math.max(...opened)).toBe(1);
  });

  it('is refused where there is no regular file', async () => {
    await expect(hashOf(folder)).rejects.toThrow(/a folder/);
    expect(() => hashFileNow(stamped(folder))).toThrow(/a folder/);
    await expect(hashOf(path.join(folder, 'gone'))).rejects.toThrow(/ENOENT/);
  });

  it('is computed once, and again when the file has changed', async () => {
    const file = write('f', 'one');
    expect(await hashOf(file)).toBe(digest(Buffer.from('one')));
    expect(hashFileNow(stamped(file))).toBe(digest(Buffer.from('one')));
    write('f', 'other');
    expect(hashFileNow(stamped(file))).toBe(digest(Buffer.from('other')));
  });

  it('is not remembered for a file that changed meanwhile', async () => {
    const before = stamped(write('moving', 'long before'));
    truncateSync(before.path, 4);
    expect(isUnchanged(before)).toBe(false);
    expect(await hashFile(before)).toBe(digest(Buffer.from('long')));
    expect(cachedHash(before)).toBeUndefined();
    write('moving', 'afterwards');
    expect(await hashFile(before)).toBe(digest(Buffer.from('afterwards')));
  });
});

it('hashes several files under their names and leaves out what is not there', async () => {
  const a = stamped(write('a', 'A'));
  const b = stamped(write('b', 'B'));
  expect(await hashFiles({ a, b, c: undefined })).toEqual({
    a: digest(Buffer.from('A')),
    b: digest(Buffer.from('B')),
  });
});
