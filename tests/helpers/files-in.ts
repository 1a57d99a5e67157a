/** What is in a folder where a run is at work. */
import { existsSync, readdirSync } from 'node:fs';

/** Files and folders at every depth, relative. A folder may vanish while it is listed: then all once more. */
export function filesIn(folder: string): string[] {
  for (let left = 20; ; left--) {
    try {
      return readdirSync(folder, { recursive: true, encoding: 'utf8' });
    } catch (error) {
      if (left === 0 || !existsSync(folder)) throw error;
    }
  }
}
