/** Does a name still lead to the file that is held open? A removed file can be written to for ever, and nobody finds it. */
import fs from 'node:fs';
import { codeOf } from '../system-error.ts';

/** `gone`: nothing has that name; `elsewhere`: another file has it. */
export type NameState = 'leads' | 'gone' | 'elsewhere';

export function nameLeads(file: string, handle: number): NameState {
  const held = fs.fstatSync(handle, { bigint: true });
  let named: fs.BigIntStats;
  try {
    named = fs.statSync(file, { bigint: true });
  } catch (error) {
    return isGone(codeOf(error)) ? 'gone' : 'leads';
  }
  // File systems that number nothing say 0.
  const isNumbered = held.ino !== 0n && named.ino !== 0n;
  return !isNumbered || (held.ino === named.ino && held.dev === named.dev) ? 'leads' : 'elsewhere';
}

/** A folder that may no longer be looked into still holds the file. Windows says EPERM of a removed file that is open. */
function isGone(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR' || (process.platform === 'win32' && code === 'EPERM');
}
