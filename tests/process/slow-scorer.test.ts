/** A scorer that is slower than the server: images that have come and are not scored yet outlive a kill. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { runCliWell, startCli } from '../helpers/run-cli.ts';
import { timelessCsv } from '../helpers/run-search.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';
import { filesIn } from '../helpers/files-in.ts';

const SCORER = path.resolve(import.meta.dirname, '../fixtures/scorers/held.mjs');
/** Of an iteration. */
const IMAGES = 3;
const ITERATIONS = 2;

let simulator: Simulator;
let calm: { readonly csv: string; readonly journal: readonly string[]; readonly images: number };

beforeAll(async () => {
  simulator = await startSimulator({ extensions: ['runtime-block-merge'] });
  const folder = newFolder();
  await runCliWell(search(folder), { cwd: folder.path });
  calm = { ...resultOf(folder), images: simulator.stats().images };
});

afterAll(async () => {
  await simulator.close();
});

function newFolder(): WorkFolder {
  const folder = makeWorkFolder();
  folder.write('many.json', { prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: IMAGES });
  return folder;
}

function search(folder: WorkFolder): string[] {
  const run = `"${process.execPath}" "${SCORER}" "${path.join(folder.path, 'hold')}"`;
  // Without the merge check every image belongs to the run.
  return [
    ...'search --payload many.json --model-a modelA --model-b modelB --output O --optimizer random'.split(
      ' ',
    ),
    ...`--iterations ${ITERATIONS} --no-early-stop --no-baselines --no-check --save-best none --prove 2`.split(
      ' ',
    ),
    '--webui',
    simulator.url,
    '--scorer',
    'command',
    '--scorer-options',
    `command.run=${run}`,
  ];
}

function resultOf(folder: WorkFolder): { readonly csv: string; readonly journal: readonly string[] } {
  const kinds = new Set(['asked', 'image', 'scored', 'proof-image', 'proved', 'verdict']);
  const timeless = (key: string, value: unknown): unknown =>
    key === 'time' || key === 'seconds' ? undefined : value;
  return {
    csv: timelessCsv(folder.read(folder.only('.csv'))),
    journal: folder
      .journal()
      .filter(({ kind }) => kinds.has(kind))
      .map((entry) => JSON.stringify(entry, timeless)),
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10);
}

/** Files of images that have come; that of one that was just scored may be there for a moment longer. */
function waitingIn(folder: WorkFolder): string[] {
  const history = path.join(folder.path, 'csv', 'history');
  if (!existsSync(history)) return [];
  return filesIn(history)
    .filter((file) => /\.waiting.*\.image$/.test(file))
    .map((file) => path.join(history, file));
}

/** How many of them the journal does not have. */
function unscoredIn(folder: WorkFolder): number {
  const [journal] = folder.files().filter((file) => file.endsWith('.journal.jsonl'));
  const records = (journal === undefined ? '' : folder.read(journal))
    .split('\n')
    .filter((line) => /"kind":"(?:proof-)?image"/.test(line));
  return waitingIn(folder).filter((file) => {
    const [image] = /"request":"[^"]*","index":\d+/.exec(textOf(file)) ?? [];
    return image !== undefined && !records.some((line) => line.includes(image));
  }).length;
}

/** Nothing of a file that has gone meanwhile. */
function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'latin1') : '';
}

function scoredIn(folder: WorkFolder): number {
  const [journal] = folder.files().filter((file) => file.endsWith('.journal.jsonl'));
  return journal === undefined ? 0 : folder.read(journal).split(/"kind":"(?:proof-)?image"/).length - 1;
}

describe('kill -9 while a slow scorer has images to score', () => {
  it.each<[string, number, number]>([
    ['all images of an iteration', 0, IMAGES],
    ['the last two of an iteration', 1, 2],
    ['images of the proof', ITERATIONS * IMAGES + 1, 1],
  ])('%s: none of them is drawn again', async (_, scored, waiting) => {
    const folder = newFolder();
    const hold = folder.write('hold', String(scored));
    const before = simulator.stats().images;
    // What the scorer's side of a killed search leaves behind lies there.
    const env = { TMPDIR: temporaryFolder('killed') };
    const cli = startCli(search(folder), { cwd: folder.path, env });
    await until(
      () =>
        simulator.stats().images - before === scored + waiting &&
        scoredIn(folder) === scored &&
        waitingIn(folder).length === waiting &&
        unscoredIn(folder) === waiting,
    );
    cli.child.kill('SIGKILL');
    await cli.end;
    expect(waitingIn(folder)).toHaveLength(waiting);
    rmSync(hold);
    const { stderr } = await runCliWell(
      ['resume', 'O', '--webui', simulator.url, '--no-check', '--save-best', 'none'],
      {
        cwd: folder.path,
      },
    );
    expect(stderr).toMatch(
      new RegExp(`${waiting} images? had come before and (is|are) scored now, not drawn again`),
    );
    expect(simulator.stats().images - before).toBe(calm.images);
    expect(resultOf(folder)).toEqual({ csv: calm.csv, journal: calm.journal });
    expect(folder.files().filter((file) => file.includes('.waiting'))).toEqual([]);
  });
});
