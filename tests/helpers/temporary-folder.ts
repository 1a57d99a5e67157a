/** Folders of the tests: gone after the test that made them, or after the file when it made them outside a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endProcessesIn } from './running-processes.ts';

const ofFile: string[] = [];
const ofTest: string[] = [];
let made = ofFile;

/** @param what one word for those who look into the folder of temporary files @returns the absolute path */
export function temporaryFolder(what = 'test'): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), `autombw-${what}-`));
  made.push(folder);
  return folder;
}

/** For tests/setup/each-file.ts, which calls these around every test and file. */
export const lifetime = {
  beginTest: (): void => {
    made = ofTest;
  },
  endTest: async (): Promise<void> => {
    made = ofFile;
    await remove(ofTest);
  },
  endFile: async (): Promise<void> => remove(ofFile),
};

async function remove(folders: string[]): Promise<void> {
  await endProcessesIn(folders);
  // A process that is just ending may still write there.
  for (const folder of folders.splice(0))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}
