// What can happen to a disk, on file systems of their own: what autombw promises then.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { filesIn, journalOf } from './disk-run.mjs';

/**
 * `before`: done before the search begins; `after`: done once so many iterations were announced, by their number; `heal`: done before
 * somebody goes on with it; `codes`: how the search may end; `hasAll`: nothing is missing once it has ended, images included.
 * Everywhere: it ends with a sentence, every announced iteration is in the journal, and what goes on with it comes to the same CSV.
 */
export const SCENARIOS = [
  {
    name: 'full from the start',
    promise: 'does not begin, and says so',
    kind: 'tmpfs',
    codes: [2],
    before: ({ disk }) => disk.fill(0),
    heal: ({ disk }) => disk.free(),
  },
  ...[1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64].map((pages) => ({
    name: `${4 * pages} KiB are left at the start`,
    promise: 'ends with what was found, or goes on without the files that have no room',
    kind: 'tmpfs',
    codes: [0, 1, 2],
    before: ({ disk }) => disk.fill(pages),
    heal: ({ disk }) => disk.free(),
  })),
  {
    name: 'full after two iterations',
    promise: 'ends with what was found (journal-write)',
    kind: 'tmpfs',
    codes: [1],
    after: { 2: ({ disk }) => disk.fill(0) },
    heal: ({ disk }) => disk.free(),
  },
  {
    name: 'full but for the journal, for one iteration',
    promise: 'goes on, and writes the images when there is room',
    kind: 'tmpfs',
    codes: [0],
    hasAll: true,
    after: { 1: ({ disk }) => disk.fill(3), 2: ({ disk }) => disk.free() },
  },
  {
    name: 'full after two iterations, on a real disk',
    promise: 'ends with what was found (journal-write)',
    kind: 'ext4',
    codes: [1],
    after: { 2: ({ disk }) => disk.fill(0) },
    heal: ({ disk }) => disk.free(),
  },
  {
    name: 'no inode is left after one iteration',
    promise: 'goes on in the files that it has',
    kind: 'tmpfs',
    codes: [0, 1],
    after: { 1: ({ disk }) => disk.endInodes() },
    heal: ({ disk }) => disk.remount('nr_inodes=100000'),
  },
  {
    name: 'read-only from the start',
    promise: 'does not begin, and says so',
    kind: 'tmpfs',
    codes: [2],
    before: ({ disk }) => disk.remount('ro'),
    heal: ({ disk }) => disk.remount('rw'),
  },
  {
    name: 'breaks after two iterations and is read-only',
    promise: 'ends with what was found (journal-write), all of it on the repaired disk',
    kind: 'ext4',
    codes: [1],
    after: { 2: ({ disk }) => disk.breakDown() },
    heal: ({ disk }) => disk.repair(),
  },
  {
    name: 'unmounted after one iteration, while it is in use',
    promise: 'goes on to the end, all of it on the disk when it is mounted again',
    kind: 'ext4',
    codes: [0],
    hasAll: true,
    after: { 1: ({ disk }) => disk.unmount() },
    heal: ({ disk }) => disk.mount(),
  },
  {
    name: 'the folder csv is removed after two iterations',
    promise: 'writes the journal again, with every iteration, and goes on',
    kind: 'tmpfs',
    codes: [0],
    after: { 2: ({ folder }) => remove(path.join(folder, 'csv')) },
  },
  {
    name: 'the working folder is removed after two iterations',
    promise: 'writes the journal again, with every iteration, and goes on',
    kind: 'tmpfs',
    codes: [0],
    after: { 2: ({ folder }) => remove(folder) },
  },
  {
    name: 'the working folder is renamed after two iterations',
    promise: 'goes on, or ends with what was found; everything is in one of both folders',
    kind: 'tmpfs',
    codes: [0, 1],
    after: { 2: ({ folder }) => renameSync(folder, `${folder}-renamed`) },
    // Whoever goes on keeps its cache in the folder as it was named.
    heal: ({ folder }) => {
      const renamed = `${folder}-renamed`;
      if (journalOf(renamed) === undefined) return;
      remove(folder);
      renameSync(renamed, folder);
    },
  },
  {
    name: 'the name of the CSV can be renamed to no more (EBUSY)',
    promise: 'goes on with its journal, and says so',
    kind: 'tmpfs',
    codes: [0, 1],
    after: {
      1: ({ disk, folder }) => disk.hold(csvIn(folder)),
    },
    heal: ({ disk, folder }) => disk.letGo(csvIn(folder)),
  },
  {
    name: 'a folder takes the place of the CSV',
    promise: 'goes on with its journal, and says so',
    kind: 'tmpfs',
    codes: [0, 1],
    after: {
      1: ({ folder }) => {
        const csv = csvIn(folder);
        rmSync(csv);
        mkdirSync(csv);
        writeFileSync(path.join(csv, 'somebody-else'), '');
      },
    },
    heal: ({ folder }) => {
      for (const file of filesIn(folder))
        if (file.endsWith('somebody-else'))
          rmSync(path.join(folder, path.dirname(file)), { recursive: true });
    },
  },
];

function csvIn(folder) {
  return path.join(
    folder,
    filesIn(folder).find((file) => file.endsWith('.csv')),
  );
}

/** Also while something is written into it. */
function remove(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
}
