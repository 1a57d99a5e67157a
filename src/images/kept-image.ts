/** The images that a run has kept, found again and read. Where one lies: its name is known up to the ending, which depends on what the server sent. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isExpected } from '../shared/errors.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import type { ImageRecord } from '../types.ts';
import { LARGEST_IMAGE, pixelHash } from './decode.ts';
import { IMAGE_ENDINGS, imageKey, type ImageNames } from './names.ts';

/** @param stem of `imageNames` @returns the path; undefined where no such image was kept */
export function keptImage(folder: string, stem: string): string | undefined {
  return IMAGE_ENDINGS.map((ending) => path.join(folder, stem + ending)).find((file) => existsSync(file));
}

/** @returns undefined where it was not kept, cannot be read, or has other pixels than were recorded */
export async function readKeptImage(
  folder: string,
  names: ImageNames,
  trial: number,
  { request, index, pixels }: Pick<ImageRecord, 'request' | 'index' | 'pixels'>,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const stem = names.stem(trial, imageKey(request, index));
  const file = stem === undefined ? undefined : keptImage(folder, stem);
  if (file === undefined) return undefined;
  try {
    const bytes = await readRegularFile(file, { limit: LARGEST_IMAGE, signal });
    return (await pixelHash(bytes)) === pixels ? bytes : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (isReadFailure(error) || isExpected(error)) return undefined;
    throw error;
  }
}
