import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, encodingOf } from '../../../../src/shared/files/decode-text.ts';
import { readGivenText } from '../../../../src/shared/files/given-text.ts';
import { eachLine, linesOf, withLineFeeds } from '../../../../src/shared/files/lines.ts';

describe('lines', () => {
  it.each([
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b', '']],
    ['a\rb', ['a', 'b']],
    ['a\r\r\nb', ['a', 'b']],
    ['\uFEFFa', ['a']],
    ['', ['']],
  ])('of %j', (text, lines) => {
    expect(linesOf(text)).toEqual(lines);
    expect([...eachLine(text)]).toEqual(lines);
  });

  it('are the same one after another, whatever ends them', () => {
    const text = fc.array(fc.constantFrom('a', '\r', '\n', '\uFEFF'), { maxLength: 20 });
    fc.assert(
      fc.property(text, (parts) => {
        expect([...eachLine(parts.join(''))]).toEqual(linesOf(parts.join('')));
      }),
      { seed: 16, numRuns: 500 },
    );
  });

  it('end in line feeds for parsers that know nothing else', () => {
    expect(withLineFeeds('a\r\nb\rc\n')).toBe('a\nb\nc\n');
  });
});

describe('text out of bytes', () => {
  const utf16 = (text: string, isBig = false): Buffer =>
    isBig ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, 'utf16le');

  it.each([
    ['utf-8', Buffer.from('prompt = é')],
    ['utf-16le', utf16('prompt = é')],
    ['utf-16be', utf16('prompt = é', true)],
  ])('in %s, with and without its mark', (encoding, bytes) => {
    expect(encodingOf(bytes)).toBe(encoding);
    expect(decodeText(bytes)).toEqual({ text: 'prompt = é' });
    const mark = encoding === 'utf-8' ? Buffer.from('\uFEFF') : utf16('\uFEFF', encoding === 'utf-16be');
    expect(decodeText(Buffer.concat([mark, bytes]))).toEqual({ text: 'prompt = é' });
  });

  it.each([
    [Buffer.from([0xff, 0xfe, 0, 0]), /UTF-32/],
    [Buffer.from('fine\nnot \xe9', 'latin1'), /line 2 is not UTF-8.*Windows-1252/],
    [Buffer.from('82a082a282a482a6', 'hex'), /looks like Shift-JIS/],
    [Buffer.from('a\nb\0'), /zero byte in line 2/],
    [Buffer.from([0xff, 0xfe, 0x61]), /UTF-16LE but is cut off/],
  ])('%o is none, and the sentence says why', (bytes, problem) => {
    expect(decodeText(bytes)).toEqual({ problem: expect.stringMatching(problem) as unknown });
  });
});

describe('a text that was named', () => {
  it('is read, or refused in a sentence', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-text-'));
    try {
      const file = path.join(folder, 'list');
      writeFileSync(file, 'words');
      expect(await readGivenText(file, 'The list', 'config-file')).toBe('words');
      await expect(readGivenText(folder, 'The list', 'config-file')).rejects.toMatchObject({
        code: 'config-file',
        kind: 'usage',
        message: `The list ${folder} cannot be read (it is a folder, not a regular file).`,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
