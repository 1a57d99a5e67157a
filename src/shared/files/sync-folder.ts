/** Names on the disk: what a folder lists, after a power cut too. */
import fs from 'node:fs';

/**
 * Makes a new name outlast a power cut. Windows cannot open folders and does not need to; some file systems cannot sync
 * them, and then nothing can be done about it.
 */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  try {
    const handle = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    // What was written is synced itself.
  }
}
