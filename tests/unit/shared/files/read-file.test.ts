import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRegularFile, readTextFile, readTextFileSync } from '../../../../src/shared/files/read-file.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const folder = temporaryFolder('read');
afterAll(() => fs.rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  return file;
}

const utf16 = (text: string, order: 'le' | 'be', mark: boolean): Buffer => {
  const bytes = Buffer.from(mark ? `\uFEFF${text}` : text, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

describe('text files', () => {
  const text = 'red\nblue ocean\nä 漢\n';
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 little endian', utf16(text, 'le', true)],
    ['UTF-16 big endian', utf16(text, 'be', true)],
    ['UTF-16 little endian without a mark', utf16(text, 'le', false)],
    ['UTF-16 big endian without a mark', utf16(text, 'be', false)],
  ])('are read in %s', async (name, bytes) => {
    const file = write(name, bytes);
    expect(await readTextFile(file)).toBe(text);
    expect(readTextFileSync(file)).toBe(text);
  });

  it.each([
    ['the code page of Windows', Buffer.from('one\nfa\xe7ade\n', 'latin1'), 'line 2 is not UTF-8; save it'],
    [
      'half a UTF-16 unit',
      utf16('abc\ndef', 'le', true).subarray(0, -1),
      'starts like UTF-16LE but is cut off',
    ],
    ['zero bytes', Buffer.from('a\nb\0c'), 'a zero byte in line 2'],
  ])('are refused with %s', async (name, bytes, problem) => {
    await expect(readTextFile(write(name, bytes))).rejects.toThrow(problem);
  });
});

describe('files', () => {
  it('are refused above the limit, and read at it', async () => {
    const file = write('large', Buffer.alloc(2001));
    await expect(readRegularFile(file, { limit: 2000 })).rejects.toThrow(
      'it has 0.1 MB; the limit for such files is',
    );
    expect(await readRegularFile(file, { limit: 2001 })).toHaveLength(2001);
  });

  it('are told when they are folders', async () => {
    await expect(readRegularFile(folder)).rejects.toThrow('it is a folder, not a regular file');
  });

  it('keep the error of the system when they are missing', async () => {
    await expect(readRegularFile(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('stop being read at a signal', async () => {
    const file = write('any', 'x');
    await expect(readRegularFile(file, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });

  it.skipIf(process.platform === 'win32')(
    'are not waited for in a pipe, nor read from a device',
    async () => {
      const pipe = path.join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      await expect(readRegularFile(pipe)).rejects.toThrow('it is a pipe, not a regular file');
      await expect(readRegularFile('/dev/zero')).rejects.toThrow('it is a device, not a regular file');
    },
  );
});
