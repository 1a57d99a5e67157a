import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { atExit } from '../../shared/process/at-exit.ts';

/** Images as files for the time that they are scored. Nothing outlives `close` or the end of the process. */
export interface ImageFolder {
  /** @returns the absolute path */
  write(bytes: Uint8Array): Promise<string>;
  remove(file: string): Promise<void>;
  close(): Promise<void>;
}

export function createImageFolder(): ImageFolder {
  let folder: Promise<string> | undefined;
  let forget = (): void => undefined;

  async function make(): Promise<string> {
    const made = await mkdtemp(path.join(os.tmpdir(), 'autombw-scorer-'));
    // On Windows it stays when a scorer that is just ending has an image open. The system clears its temporary folder.
    forget = atExit(() => rmSync(made, { recursive: true, force: true }));
    return made;
  }

  return {
    async write(bytes) {
      folder ??= make();
      const file = path.join(await folder, `${randomUUID()}${extensionOf(bytes)}`);
      await writeFile(file, bytes, { mode: 0o600 });
      return file;
    },
    // On Windows a scorer that keeps the file open keeps it there; the folder goes later anyway.
    remove: async (file) => rm(file, { force: true }).catch(() => undefined),
    async close() {
      const made = await folder;
      folder = undefined;
      if (made === undefined) return;
      await rm(made, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
      forget();
    },
  };
}

/** By the first bytes: servers name images as they like, and some programs go by the ending. */
export function extensionOf(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\u0089PNG')) return '.png';
  if (start.startsWith('\u00ff\u00d8\u00ff')) return '.jpg';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? '.webp' : '.bin';
}
