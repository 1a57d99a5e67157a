/**
 * The token of the page outlives its server, so that a page that is open somewhere finds its way back. It is for the user alone: in the
 * folder of the user's own configuration, never beside the runs, which people share and pass on.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { replaceFile } from '../shared/files/replace-file.ts';
import { isReadFailure, readTextFileSync } from '../shared/files/read-file.ts';
import { isSystemError } from '../shared/system-error.ts';
import { newToken } from './guard.ts';

export interface TokenKeeping {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The one of before is worth nothing any more. */
  readonly isNew: boolean;
  /** Told where it cannot be kept, a sentence. */
  readonly onTrouble: (sentence: string) => void;
}

/** Of 24 bytes. */
const TOKEN = /^[\w-]{32}$/;

/** Never throws: a token that cannot be kept lasts as long as the server. */
export function keptToken({ env, isNew, onTrouble }: TokenKeeping): string {
  const file = tokenFile(env);
  const known = isNew ? undefined : readToken(file);
  if (known !== undefined) return known;
  const token = newToken();
  try {
    fs.mkdirSync(path.resolve(path.dirname(file)), { recursive: true, mode: 0o700 });
    replaceFile(file, token, { mode: 0o600 });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    onTrouble(`Cannot save the page's token in ${file} (${error.message}): it will change after a restart.`);
  }
  return token;
}

/** Where users of the system expect the configuration of programs. */
export function tokenFile(env: TokenKeeping['env']): string {
  const named = [env['XDG_CONFIG_HOME'], env['APPDATA']].find((value = '') => path.isAbsolute(value));
  const folder = named ?? path.join(os.homedir(), '.config');
  return path.join(folder, 'autombw', 'page-token');
}

/** @returns undefined for none, and for one that is no token or that others could have read or put there */
function readToken(file: string): string | undefined {
  try {
    const stats = fs.lstatSync(file);
    // Windows has no such bits: there the folder of the user is the user's alone.
    const isPrivate =
      process.platform === 'win32' || ((stats.mode & 0o077) === 0 && stats.uid === process.getuid?.());
    if (!stats.isFile() || !isPrivate) return undefined;
    const token = readTextFileSync(file, 1000).trim();
    return TOKEN.test(token) ? token : undefined;
  } catch (error) {
    if (isReadFailure(error)) return undefined;
    throw error;
  }
}
