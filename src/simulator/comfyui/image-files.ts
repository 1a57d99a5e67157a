/** The `output` and `temp` folders. Only images are kept, and only in memory. */
import path from 'node:path';
import { PythonError } from './python.ts';
import type { ImageName } from './run/history.ts';

export interface ImageFile {
  readonly bytes: Buffer;
  readonly writtenAt: Date;
}

/** Where the next files of a prefix go. */
export interface Place {
  readonly subfolder: string;
  readonly stem: string;
}

const HOME = '/opt/ComfyUI';

export class ImageFiles {
  readonly #files = new Map<string, ImageFile>();

  write(place: Place, type: 'output' | 'temp', bytes: Buffer): ImageName {
    const counter = String(this.#nextCounter(place, type)).padStart(5, '0');
    const filename = `${place.stem}_${counter}_.png`;
    this.#files.set(keyOf(type, place.subfolder, filename), { bytes, writtenAt: new Date() });
    return { filename, subfolder: place.subfolder, type };
  }

  read(type: string, subfolder: string, filename: string): ImageFile | undefined {
    return this.#files.get(keyOf(type, subfolder, filename));
  }

  /** What every start of the server does. */
  wipeTemp(): void {
    for (const key of this.#files.keys()) if (key.startsWith('temp/')) this.#files.delete(key);
  }

  #nextCounter({ subfolder, stem }: Place, type: string): number {
    const start = `${keyOf(type, subfolder, stem)}_`;
    const numbers = [...this.#files.keys()]
      .filter((key) => key.startsWith(start))
      .map((key) => Number.parseInt(key.slice(start.length), 10));
    return Math.max(0, ...numbers.filter((number) => !Number.isNaN(number))) + 1;
  }
}

/**
 * Splits a `filename_prefix`, which may name a subfolder.
 * @throws PythonError when it leads out of the output folder
 */
export function placeOf(prefix: string): Place {
  const output = `${HOME}/output`;
  const whole = path.posix.resolve(output, prefix);
  const folder = path.posix.dirname(whole);
  if (folder !== output && !folder.startsWith(`${output}/`)) {
    throw new PythonError(
      'Exception',
      `**** ERROR: Saving image outside the output folder is not allowed.\n full_output_folder: ${folder}\n         output_dir: ${output}\n         commonpath: ${commonPath(output, folder)}`,
    );
  }
  return { subfolder: path.posix.relative(output, folder), stem: path.posix.basename(whole) };
}

function commonPath(a: string, b: string): string {
  const other = b.split('/');
  const parts = a.split('/');
  const end = parts.findIndex((part, i) => part !== other[i]);
  return parts.slice(0, end === -1 ? parts.length : end).join('/') || '/';
}

function keyOf(type: string, subfolder: string, filename: string): string {
  return path.posix.join(type, subfolder, filename);
}
