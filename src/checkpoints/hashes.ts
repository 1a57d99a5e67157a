/** The hashes by which WebUIs and model sites name a file. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { assertRegularFile } from '../shared/files/read-file.ts';

/** First 8 hex digits of the SHA-256 of 64 KiB from 1 MiB on: the old short hash, which different files may share. */
export async function autoV1(file: string): Promise<string> {
  const handle = await openRegular(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(0x1_0000), 0, 0x1_0000, 0x10_0000);
    return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex').slice(0, 8);
  } finally {
    await handle.close();
  }
}

/** SHA-256 of the whole file, hex; its first 10 digits are the short hash of today ("AutoV2"). */
export async function sha256(file: string, signal?: AbortSignal): Promise<string> {
  const handle = await openRegular(file);
  try {
    const hash = createHash('sha256');
    // Two buffers: one is read into while the other is hashed.
    const buffers = [Buffer.allocUnsafe(2 ** 21), Buffer.allocUnsafe(2 ** 21)] as const;
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

async function openRegular(file: string): Promise<FileHandle> {
  assertRegularFile(file);
  return open(file, 'r');
}
