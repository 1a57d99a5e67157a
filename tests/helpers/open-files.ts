/** Which files this process has open: of what is read or written again and again, none may be left so. */
import { readdirSync, readlinkSync } from 'node:fs';

/** Where the system tells. */
export const KNOWS_OPEN_FILES = process.platform === 'linux';

/** How often the file is open, also where its name is gone. */
export function timesOpen(file: string): number {
  return readdirSync('/proc/self/fd').filter((handle) => {
    try {
      return readlinkSync(`/proc/self/fd/${handle}`).startsWith(file);
    } catch {
      // The one that the folder itself was read by.
      return false;
    }
  }).length;
}
