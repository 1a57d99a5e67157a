/** The disk in mid-run: removed, moved, replaced, read-only, full. A run is never "done" without its journal. */
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  runCliWell,
  startCli,
  type CliResult,
  type CliSetting,
  type RunningCli,
  type SimulatorProcess,
} from '../helpers/run-cli.ts';
import { timelessCsv } from '../helpers/run-search.ts';
import { selectedOn, useSimulators } from '../helpers/cli-simulators.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';
import { filesIn } from '../helpers/files-in.ts';

const ITERATIONS = ['--iterations', '6', '--save-images', 'none'];
const simulate = useSimulators(60);
let wholeCsv = '';
let wholeJournal = 0;

beforeAll(async () => {
  const folder = makeWorkFolder();
  const { port } = await simulate();
  await runCliWell(['search', ...BASICS, ...ITERATIONS, '--port', port], { cwd: folder.path });
  wholeCsv = timelessCsv(folder.read(folder.only('.csv')));
  wholeJournal = folder.read(folder.only('.journal.jsonl')).length;
});

async function startSearch(
  folder: WorkFolder,
  { port }: SimulatorProcess,
  setting: Partial<CliSetting> = {},
): Promise<RunningCli> {
  const search = startCli(['search', ...BASICS, ...ITERATIONS, '--port', port], {
    cwd: folder.path,
    ...setting,
  });
  await search.printed(/^2\/6 {2}/m);
  return search;
}

/** One sentence, the result, and no stack. */
function expectFailure(end: CliResult): void {
  expect(end.code).toBe(1);
  expect(end.stderr).not.toMatch(/should not have happened|^ {4}at /m);
  expect(end.stdout).toMatch(/^Best score seen {2}/m);
}

function expectWhole(folder: WorkFolder): void {
  const records = folder.journal();
  expect(records[0]?.kind).toBe('plan');
  expect(records.filter(({ kind }) => kind === 'scored')).toHaveLength(6);
  expect(records.at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'iterations' } });
  expect(timelessCsv(folder.read(folder.only('.csv')))).toBe(wholeCsv);
  const log = folder.read(folder.only('.log'));
  for (const text of ['run begins', 'iteration 1:', 'iteration 6:', 'run ends']) expect(log).toContain(text);
}

/** While files are being written into it, it never gets empty. */
function removeAtOnce(folder: string): void {
  const aside = path.join(os.tmpdir(), `autombw-gone-${path.basename(path.dirname(folder))}-${Date.now()}`);
  renameSync(folder, aside);
  for (let left = 100; ; left--) {
    try {
      rmSync(aside, { recursive: true });
      return;
    } catch (error) {
      // The run has written one more file into it in the meantime.
      const isFull = error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY';
      if (!isFull || left === 0) throw error;
    }
  }
}

// Windows keeps a folder whose files are open, and gives a removed file's name away only when it is closed.
describe.skipIf(process.platform === 'win32')('a search whose output folder', () => {
  it.each([
    ['is removed', (folder: string) => removeAtOnce(path.join(folder, 'csv'))],
    ['is moved away', (folder: string) => renameSync(path.join(folder, 'csv'), path.join(folder, 'csv-old'))],
    ['goes with the folder that it was started in', removeAtOnce],
  ])('%s writes journal and log again', async (_, take) => {
    const folder = makeWorkFolder();
    const search = await startSearch(folder, await simulate());
    take(folder.path);
    const end = await search.end;
    expect(end).toMatchObject({ code: 0 });
    expect(end.stderr).toMatch(/^! The journal .* was removed or moved while the run was writing it/m);
    rmSync(path.join(folder.path, 'csv-old'), { recursive: true, force: true });
    expectWhole(folder);
    expect(folder.files().filter((file) => file.endsWith('.lock'))).toEqual([]);
  });

  it('cannot be made again stops with its result', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    const before = await selectedOn(simulator);
    const search = await startSearch(folder, simulator);
    // Removing it takes a while in which the search may write into it.
    renameSync(path.join(folder.path, 'csv'), path.join(folder.path, 'csv-old'));
    writeFileSync(path.join(folder.path, 'csv'), 'a file in its place');
    const end = await search.end;
    expectFailure(end);
    expect(end.stdout).toMatch(
      /^The journal .* cannot be written \(.*\); check the disk and resume the run\.$/m,
    );
    expect(end.stdout).toMatch(/^Not written: .*\.journal\.jsonl$/m);
    expect(await selectedOn(simulator)).toBe(before);
  });

  it('has another file in the place of the journal leaves that alone and keeps its own lines', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    const search = await startSearch(folder, simulator);
    const journal = folder.only('.journal.jsonl');
    const foreign = folder.write('foreign', 'somebody else wrote this\n');
    renameSync(foreign, path.join(folder.path, journal));
    const end = await search.end;
    expectFailure(end);
    expect(folder.read(journal)).toBe('somebody else wrote this\n');
    const kept = journal.replace('.journal.jsonl', '-kept.journal.jsonl');
    expect(end.stdout).toContain(
      `its own lines are in ${kept}: autombw resume "${kept}" continues from there`,
    );
    await runCliWell(['resume', kept, '--port', simulator.port], { cwd: folder.path });
    expect(timelessCsv(folder.read(kept.replace('.journal.jsonl', '.csv')))).toBe(wholeCsv);
  });

  it('has a journal that was cut writes it again', async () => {
    const folder = makeWorkFolder();
    const search = await startSearch(folder, await simulate());
    truncateSync(path.join(folder.path, folder.only('.journal.jsonl')), 10);
    const end = await search.end;
    expect(end).toMatchObject({ code: 0 });
    expect(end.stderr).toMatch(
      /^! The journal .* was cut short by another program; it was written again\.$/m,
    );
    expectWhole(folder);
  });
});

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

/** Of every folder below it too. One that a run removes meanwhile needs none. */
function setFolderModes(folder: string, mode: number): void {
  for (const file of filesIn(folder).map((one) => path.join(folder, one))) {
    try {
      if (statSync(file).isDirectory()) chmodSync(file, mode);
    } catch (error) {
      if (existsSync(file)) throw error;
    }
  }
}

describe.skipIf(process.platform === 'win32')('a disk', () => {
  it('that becomes read-only takes files, and neither the result nor the journal', async () => {
    const folder = makeWorkFolder();
    chmodSync(folder.path, 0o777);
    // Root may write everywhere.
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    if (isRoot) chownSync(folder.path, NOBODY, NOBODY);
    const simulator = await simulate();
    const before = await selectedOn(simulator);
    const search = await startSearch(folder, simulator, {
      user,
      env: { AUTOMBW_CACHE: path.join(folder.path, 'cache') },
    });
    setFolderModes(folder.path, 0o555);
    const end = await search.end;
    setFolderModes(folder.path, 0o777);
    expectFailure(end);
    expect(end.stderr).toMatch(/^! The CSV and recipe failed .*EACCES.*; the run continues\.$/m);
    expect(end.stdout).toMatch(/^Not written: .*history\.tsv$/m);
    expect(folder.journal().filter(({ kind }) => kind === 'scored')).toHaveLength(6);
    expect(await selectedOn(simulator)).toBe(before);
    // What a file was written to as the disk closed could not be removed: the next session does it.
    const csv = path.join(folder.path, folder.only('.csv'));
    writeFileSync(`${csv}.999999999-1.tmp`, 'half');
    // The lock that could not be removed is in nobody's way.
    await runCliWell(['resume', 'O', '--iterations', '7', '--port', simulator.port], { cwd: folder.path });
    expect(folder.files().filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  it('that is full ends the run with its result, and the run goes on when there is room', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    const before = await selectedOn(simulator);
    // The system itself takes a part of a line and refuses the rest.
    const kilobytes = Math.floor(wholeJournal / 1024) - 2;
    const search = await startSearch(folder, simulator, { fileKilobytes: kilobytes });
    const end = await search.end;
    expectFailure(end);
    expect(end.stdout).toMatch(
      /^The journal .* cannot be written \(EFBIG.*\); free some space and resume the run\.$/m,
    );
    const text = readFileSync(path.join(folder.path, folder.only('.journal.jsonl')), 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    expect(await selectedOn(simulator)).toBe(before);
    expect(existsSync(path.join(folder.path, `${folder.only('.journal.jsonl')}.lock`))).toBe(false);
    await runCliWell(['resume', 'O', '--port', simulator.port], { cwd: folder.path });
    expect(timelessCsv(folder.read(folder.only('.csv')))).toBe(wholeCsv);
  });
});
