/** What the merged checkpoint is called where autombw itself writes it: as asked, or the next name that is free. */
import fs from 'node:fs';
import path from 'node:path';

/** @param n from 1: `<O>`, `<O>-2` … without extension */
export function numberedName(output: string, n: number): string {
  return n === 1 ? output : `${output}-${n}`;
}

/** In a folder. @param name without extension */
export function checkpointFile(folder: string, name: string): string {
  return path.join(folder, `${name}.safetensors`);
}

/** Paths. */
export interface TakenName {
  /** The name that was asked for: it is there. */
  readonly taken: string;
  /** The one that will be written, as far as can be known now. */
  readonly free: string;
}

/** @returns undefined where the name is free */
export function takenName(folder: string, output: string): TakenName | undefined {
  const taken = checkpointFile(folder, output);
  for (let n = 1; ; n++) {
    const free = checkpointFile(folder, numberedName(output, n));
    if (!fs.existsSync(free)) return n === 1 ? undefined : { taken, free };
  }
}
