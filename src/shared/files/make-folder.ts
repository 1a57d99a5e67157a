/** Folders with all those above them. Names are made absolute first: where the working folder was removed, Node looks for ever. */
import fs from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/** @throws an error with `errno` from the system */
export function makeFolder(folder: string): void {
  fs.mkdirSync(path.resolve(folder), { recursive: true });
}

/** See {@link makeFolder}. */
export async function makeFolderLater(folder: string): Promise<void> {
  await mkdir(path.resolve(folder), { recursive: true });
}
