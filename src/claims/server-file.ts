/** Where the user's own folder keeps what is known of one server: who uses it, and how it was before. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../shared/files/cache-folder.ts';
import { serverKey } from './server-key.ts';

export function serversFolder(): string {
  return path.join(cacheFolder(), 'servers');
}

/**
 * Of this machine alone: the folder may lie on a disk that several share, where `localhost` is another one on each.
 * @param url as the user gave it, or its key
 * @param ending of the file's name, with its dot
 */
export function serverFile(url: string, ending: string, folder = serversFolder()): string {
  const key = serverKey(url);
  const readable = key.replaceAll(/[^a-z0-9.-]+/gi, '_').slice(0, 60);
  const hash = createHash('sha256').update(`${os.hostname()} ${key}`).digest('hex').slice(0, 8);
  return path.join(folder, `${readable}-${hash}${ending}`);
}

/** Nobody else's business. @throws an error with `errno` from the system */
export function makeServersFolder(folder = serversFolder()): void {
  fs.mkdirSync(path.resolve(folder), { recursive: true, mode: 0o700 });
}
