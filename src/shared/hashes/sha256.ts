/** SHA-256 of files, in hex. Memory does not depend on their size; only regular files are read. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { assertRegularFile } from '../files/read-file.ts';

const CHUNK = 2 ** 21;

/** @throws FileRefused; an error with `errno` from the system; the signal's reason */
export async function sha256OfFile(file: string, signal?: AbortSignal): Promise<string> {
  const handle = await openRegular(file);
  try {
    const hash = createHash('sha256');
    // Two buffers: one is read into while the other is hashed.
    const buffers = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)] as const;
    let next = handle.read(buffers[0]);
    for (let turn = 1; ; turn++) {
      const { buffer, bytesRead } = await next;
      signal?.throwIfAborted();
      if (bytesRead === 0) return hash.digest('hex');
      next = handle.read(buffers[turn % 2 === 0 ? 0 : 1]);
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** The same for those who cannot wait. @throws as {@link sha256OfFile} */
export function sha256OfFileNow(file: string): string {
  assertRegularFile(file);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  const handle = fs.openSync(file, 'r');
  try {
    for (;;) {
      const length = fs.readSync(handle, buffer, 0, CHUNK, null);
      if (length === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, length));
    }
  } finally {
    fs.closeSync(handle);
  }
}

/** Of the bytes from a place on, as many as there are up to a length. @throws as {@link sha256OfFile} */
export async function sha256OfPart(file: string, from: number, length: number): Promise<string> {
  const handle = await openRegular(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    return sha256OfBytes(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/** Of a file that was read as a whole. */
export function sha256OfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function openRegular(file: string): Promise<FileHandle> {
  assertRegularFile(file);
  return open(file, 'r');
}
