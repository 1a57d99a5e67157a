import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeBytes, type WriteSome } from '../../../../src/shared/files/write-bytes.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

function withFile(work: (handle: number) => void): string {
  const file = path.join(temporaryFolder('write'), 'file');
  const handle = fs.openSync(file, 'w+');
  try {
    work(handle);
  } finally {
    fs.closeSync(handle);
  }
  return fs.readFileSync(file, 'utf8');
}

/** A system that takes three bytes at a time. */
const three: WriteSome = (handle, bytes, offset, length, position) =>
  fs.writeSync(handle, bytes, offset, Math.min(3, length), position);

describe('writing bytes', () => {
  it('finishes what the system takes only a part of', () => {
    expect(withFile((handle) => writeBytes(handle, Buffer.from('0123456789'), null, three))).toBe(
      '0123456789',
    );
    expect(
      withFile((handle) => {
        writeBytes(handle, Buffer.from('0123456789'), 0, three);
        writeBytes(handle, Buffer.from('abcdefg'), 5, three);
      }),
    ).toBe('01234abcdefg');
  });

  it('does not wait for a system that takes nothing', () => {
    expect(() => withFile((handle) => writeBytes(handle, Buffer.from('x'), null, () => 0))).toThrow(/EIO/);
  });
});
