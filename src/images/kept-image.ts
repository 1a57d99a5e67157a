/** Where a kept image lies: its name is known up to the ending, which depends on what the server sent. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { IMAGE_ENDINGS } from './names.ts';

/** @param stem of `imageNames` @returns the path; undefined where no such image was kept */
export function keptImage(folder: string, stem: string): string | undefined {
  return IMAGE_ENDINGS.map((ending) => path.join(folder, stem + ending)).find((file) => existsSync(file));
}
