/** Opens safetensors files as far as their header; how long that is, the file says, and nothing that it says is believed. */
import fs from 'node:fs';
import { readBytes } from '../files/read-bytes.ts';
import { assertRegularFile } from '../files/read-file.ts';
import { stampOf, type StampedFile } from '../hashes/stamp.ts';
import { parseHeader, SafetensorsFault, type Header } from './header.ts';
import { MAX_HEADER_BYTES } from './limits.ts';
import { counted } from '../counted.ts';

export interface SafetensorsFile extends Header, StampedFile {
  /** As given. */
  readonly path: string;
  readonly bytes: number;
}

/** Bytes by which other kinds of files are recognised. */
const START_BYTES = 64;

/**
 * @param look is shown the first 64 bytes before anything is made of them, and may throw
 * @throws SafetensorsFault; FileRefused; an error with `errno` from the system
 */
export function openSafetensors(file: string, look?: (start: Uint8Array) => void): SafetensorsFile {
  assertRegularFile(file);
  const handle = fs.openSync(file, 'r');
  try {
    const bytes = Number(fs.fstatSync(handle, { bigint: true }).size);
    look?.(readAt(handle, 0, Math.min(bytes, START_BYTES)));
    const header = readHeader(bytes, (position, length) => readAt(handle, position, length));
    return { path: file, bytes, stamp: stampOf(file) ?? '', ...header };
  } finally {
    fs.closeSync(handle);
  }
}

/** The header of a file that was read as a whole. @throws SafetensorsFault */
export function headerOf(bytes: Uint8Array): Header {
  return readHeader(bytes.length, (position, length) => bytes.subarray(position, position + length));
}

function readHeader(fileBytes: number, read: (position: number, length: number) => Uint8Array): Header {
  if (fileBytes < 10) throw new SafetensorsFault('length', `it has only ${counted(fileBytes, 'byte')}`);
  const start = read(0, 8);
  if (start.length < 8) throw new SafetensorsFault('length', `it has only ${counted(start.length, 'byte')}`);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new SafetensorsFault(
      'length',
      `its first bytes ask for a header of ${length} bytes (at most ${MAX_HEADER_BYTES})`,
    );
  }
  if (Number(length) > fileBytes - 8) {
    throw new SafetensorsFault(
      'length',
      `its header of ${length} bytes is longer than the file (${fileBytes} bytes)`,
    );
  }
  return parseHeader({ json: read(8, Number(length)), fileBytes });
}

/** As many as there are, where the file has become shorter meanwhile. */
function readAt(handle: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readBytes(handle, bytes, position));
}
