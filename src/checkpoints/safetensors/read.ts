/** Opens a safetensors file as far as its header. Pickles are recognised by their first bytes and never read further. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf, usageError } from '../../shared/errors.ts';
import { stampOf } from '../../shared/hashes/stamp.ts';
import { assertRegularFile, isReadFailure } from '../../shared/files/read-file.ts';
import { damagedError, parseHeader, type Header } from './header.ts';
import { MAX_HEADER_BYTES } from './limits.ts';

export interface CheckpointFile extends Header {
  /** As given. */
  readonly path: string;
  readonly bytes: number;
  /** Tells whether the file was changed since: modification time in nanoseconds, inode, device. */
  readonly stamp: string;
}

/** @throws usage error `checkpoint-unreadable`, `checkpoint-format` (something else than safetensors), `checkpoint-damaged` */
export function openCheckpoint(file: string): CheckpointFile {
  let handle: number | undefined;
  try {
    if (fs.statSync(file).isDirectory()) throw wrongFormat(file, describeFolder(file));
    assertRegularFile(file);
    handle = fs.openSync(file, 'r');
    const stat = fs.fstatSync(handle, { bigint: true });
    const bytes = Number(stat.size);
    const json = readHeader(handle, file, bytes);
    return {
      path: file,
      bytes,
      stamp: stampOf(file) ?? '',
      ...parseHeader({ file, json, fileBytes: bytes }),
    };
  } catch (cause) {
    if (!isReadFailure(cause)) throw cause;
    throw usageError(
      'checkpoint-unreadable',
      `The checkpoint ${file} cannot be read (${messageOf(cause)}).`,
      {
        cause,
      },
    );
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}

/** The same file with the same content as when it was opened, as far as the file system tells. */
export function isUnchanged(file: CheckpointFile): boolean {
  return stampOf(file.path) === file.stamp;
}

function readHeader(handle: number, file: string, fileBytes: number): Uint8Array {
  const start = readAt(handle, 0, Math.min(fileBytes, 64));
  const other = describeStart(start);
  if (other !== undefined) throw wrongFormat(file, other);
  if (fileBytes < 10) throw damagedError(file, `it has only ${fileBytes} bytes`);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw damagedError(
      file,
      `its first bytes ask for a header of ${length} bytes (at most ${MAX_HEADER_BYTES})`,
    );
  }
  if (Number(length) > fileBytes - 8) {
    throw damagedError(file, `its header of ${length} bytes is longer than the file (${fileBytes} bytes)`);
  }
  return readAt(handle, 8, Number(length));
}

function readAt(handle: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const read = fs.readSync(handle, bytes, done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

const CONVERT =
  'a pickle (.ckpt or .pt), which can run code when opened; autombw never opens one. Convert it to safetensors first, e.g. in the Checkpoint Merger tab of the WebUI (No interpolation, safetensors)';

/** What the first bytes say, where they are not a safetensors header. */
function describeStart(start: Uint8Array): string | undefined {
  const text = Buffer.from(start).toString('latin1');
  // A length below 4 GiB and "{": ours. The length alone may look like the start of a pickle.
  if (text.slice(4).startsWith('\0\0\0\0{')) return undefined;
  if (start.length === 0) return 'an empty file. Download it again';
  // A zip archive, as PyTorch writes them, or a pickle of protocol 2 to 5.
  const isPickle = start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5;
  if (isPickle || text.startsWith('PK\u0003\u0004')) return CONVERT;
  if (text.startsWith('version https://git-lfs'))
    return 'a Git LFS pointer, not the file itself. Fetch it with: git lfs pull';
  if (text.startsWith('GGUF')) return 'a GGUF file. Use the safetensors file that it was made from';
  if (/^\s*<(!doctype|html|\?xml)/i.test(text))
    return 'a web page, probably saved in place of the download. Download the file again';
  return undefined;
}

function describeFolder(folder: string): string {
  const isDiffusers =
    fs.existsSync(path.join(folder, 'model_index.json')) || fs.existsSync(path.join(folder, 'unet'));
  return isDiffusers
    ? 'a diffusers folder. Convert it to one checkpoint file first (convert_diffusers_to_original_stable_diffusion.py of diffusers)'
    : 'a folder. Give the .safetensors file itself';
}

function wrongFormat(file: string, what: string): Error {
  return usageError('checkpoint-format', `${file} is ${what}.`);
}
