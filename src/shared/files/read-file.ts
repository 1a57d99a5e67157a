/** Files that a person or another program gave: only regular files of a sane size are read, never a device or a pipe. */
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { decodeText } from './decode-text.ts';
import { isSystemError } from '../system-error.ts';

/** Why a file was not read, as the second half of a sentence: "it is a device, not a regular file". */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
}

/** Bytes. Histories, logs, payloads and recipes are far below it. */
const TEXT_LIMIT = 64e6;

export interface ReadOptions {
  /** Most bytes that such a file can have; {@link TEXT_LIMIT} by default. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/** @throws FileRefused; an error with `errno` from the system; the signal's reason */
export async function readRegularFile(
  file: string,
  { limit = TEXT_LIMIT, signal }: ReadOptions = {},
): Promise<Buffer> {
  signal?.throwIfAborted();
  // Before it is opened: opening a pipe waits for its writer.
  assertReadable(fs.statSync(file), limit);
  const handle = await open(file, 'r');
  try {
    const stats = await handle.stat();
    assertReadable(stats, limit);
    const bytes = await handle.readFile(signal === undefined ? {} : { signal });
    // It may have grown since.
    assertSize(bytes.length, limit);
    return bytes;
  } finally {
    await handle.close();
  }
}

/** @throws FileRefused; an error with `errno` from the system */
export function readRegularFileSync(file: string, limit = TEXT_LIMIT): Buffer {
  assertReadable(fs.statSync(file), limit);
  const bytes = fs.readFileSync(file);
  assertSize(bytes.length, limit);
  return bytes;
}

/** The text of a file in UTF-8 or UTF-16. @throws FileRefused also for bytes that are neither */
export async function readTextFile(file: string, options: ReadOptions = {}): Promise<string> {
  return textOf(await readRegularFile(file, options));
}

/** See {@link readTextFile}. */
export function readTextFileSync(file: string, limit = TEXT_LIMIT): string {
  return textOf(readRegularFileSync(file, limit));
}

/** For files that are opened and read in parts: to be asked first, for opening a pipe waits. @throws FileRefused; a system error */
export function assertRegularFile(file: string, limit = Number.POSITIVE_INFINITY): void {
  assertReadable(fs.statSync(file), limit);
}

/** Did the file refuse to be read, rather than the program fail? */
export function isReadFailure(error: unknown): error is Error {
  return error instanceof FileRefused || isSystemError(error);
}

/** @throws FileRefused for bytes that are not text */
export function textOf(bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if ('text' in decoded) return decoded.text;
  throw new FileRefused(decoded.problem);
}

function assertReadable(stats: fs.Stats, limit: number): void {
  if (!stats.isFile()) throw new FileRefused(`it is ${kindOf(stats)}, not a regular file`);
  assertSize(stats.size, limit);
}

function assertSize(size: number, limit: number): void {
  if (size <= limit) return;
  throw new FileRefused(`it has ${megabytes(size)} MB; the limit for such files is ${megabytes(limit)} MB`);
}

function kindOf(stats: fs.Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return value >= 10 ? String(Math.ceil(value)) : String(Math.ceil(value * 10) / 10);
}
