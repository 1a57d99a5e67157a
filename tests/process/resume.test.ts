/** `resume` and `recover` as a user runs them, on what real runs and the Python tool have left behind. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHistoryCsv } from '../../src/formats/history-csv.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import {
  runCli,
  runCliWell,
  startSimulatorProcess,
  type CliResult,
  type SimulatorProcess,
} from '../helpers/run-cli.ts';
import { timelessCsv } from '../helpers/run-search.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures');

interface RecoveredJson {
  readonly best: { readonly score: number; readonly weights: Record<string, number> };
  readonly iterations: readonly { readonly score: number; readonly weights: Record<string, number> }[];
  readonly files: Readonly<Record<string, string>>;
}

let simulator: SimulatorProcess;
/** Three iterations that were done, and the CSV of a run that went on to five. */
let short: WorkFolder;
let longCsv = '';

beforeAll(async () => {
  simulator = await startSimulatorProcess();
  short = makeWorkFolder();
  const long = makeWorkFolder();
  for (const [folder, iterations] of [
    [short, '3'],
    [long, '5'],
  ] as const) {
    await well(folder, ['search', ...BASICS, '--iterations', iterations]);
  }
  longCsv = timelessCsv(long.read(long.only('.csv')));
});

afterAll(async () => {
  await simulator.stop();
});

/** Ends with 0, or the test fails with what was said. */
async function well(folder: WorkFolder, args: readonly string[]): Promise<CliResult> {
  return runCliWell(withServer(args), { cwd: folder.path });
}

async function refused(folder: WorkFolder, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(withServer(args), { cwd: folder.path });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr;
}

function withServer(args: readonly string[]): string[] {
  const needsServer = args[0] === 'search' || args[0] === 'resume';
  return [...args, ...(needsServer ? ['--port', simulator.port] : [])];
}

function copyOf(folder: WorkFolder): WorkFolder {
  const copy = makeWorkFolder();
  cpSync(folder.path, copy.path, { recursive: true });
  return copy;
}

async function recovered(folder: WorkFolder, log: string): Promise<RecoveredJson> {
  const { stdout } = await well(folder, ['recover', '--log', log, '--json']);
  return JSON.parse(stdout) as RecoveredJson;
}

describe('resume', () => {
  it.each<[string, (folder: WorkFolder) => string]>([
    ['its journal', (folder) => folder.only('.journal.jsonl')],
    ['its CSV', (folder) => folder.only('.csv')],
    ['the name of its model', () => 'O'],
  ])('finds a run by %s and goes on as if it had never stopped', async (_, name) => {
    const folder = copyOf(short);
    const { stdout, stderr } = await well(folder, ['resume', name(folder), '--iterations', '5', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ iterations: 5, images: 10, reason: { code: 'iterations' } });
    expect(timelessCsv(folder.read(folder.only('.csv')))).toBe(longCsv);
    expect(stderr.match(/^\d\/5 {2}/gm)).toEqual(['4/5  ', '5/5  ']);
    expect(folder.files()).toEqual(short.files());
  });

  it('goes on from a journal whose last line is half written', async () => {
    const folder = copyOf(short);
    const file = path.join(folder.path, folder.only('.journal.jsonl'));
    const lines = readFileSync(file, 'utf8').split('\n');
    const scored = lines.findLastIndex((line) => line.startsWith('{"kind":"scored"'));
    writeFileSync(file, [...lines.slice(0, scored), lines[scored]?.slice(0, 40)].join('\n'));
    await well(folder, ['resume', 'O', '--iterations', '5']);
    expect(timelessCsv(folder.read(folder.only('.csv')))).toBe(longCsv);
  });

  it.each<[string, (folder: WorkFolder, journal: string) => readonly string[], RegExp]>([
    ['a frozen option', () => ['O', '--tally', 'median'], /--tally is fixed by the plan of the run/],
    [
      'a damaged journal',
      (_, journal) => {
        const lines = readFileSync(journal, 'utf8').split('\n');
        writeFileSync(journal, lines.with(2, '{"kind":').join('\n'));
        return ['O'];
      },
      /journal\.jsonl.*line 3/,
    ],
    [
      'a run that somebody is writing',
      (_, journal) => {
        writeFileSync(`${journal}.lock`, String(process.pid));
        return ['O'];
      },
      /is being written by process \d+/,
    ],
    ['a name that is nearly right', () => ['0'], /^autombw: There is no run "0"/],
  ])('refuses %s and changes nothing', async (_, prepare, sentence) => {
    const folder = copyOf(short);
    const journal = path.join(folder.path, folder.only('.journal.jsonl'));
    const args = prepare(folder, journal);
    const before = readFileSync(journal, 'utf8');
    const said = await refused(folder, ['resume', ...args]);
    expect(said).toMatch(sentence);
    expect(said).toMatch(/^autombw: [^\n]+\n$/);
    expect(readFileSync(journal, 'utf8')).toBe(before);
  });
});

describe('recover', () => {
  it.each([
    ['our log', '.log'],
    ['our journal', '.journal.jsonl'],
  ])('rebuilds from %s a journal that resume goes on with', async (_, suffix) => {
    const folder = makeWorkFolder();
    folder.write('damaged.log', short.read(short.only(suffix)));
    const found = await recovered(folder, 'damaged.log');
    const rows = await readHistoryCsv(short.read(short.only('.csv')));
    expect(found.iterations).toEqual(rows.map(({ score, weights }) => ({ score, weights })));
    expect(found.best.score).toBe(Math.max(...rows.map(({ score }) => score ?? 0)));
    expect(timelessCsv(folder.read(folder.only('.csv')))).toBe(timelessCsv(short.read(short.only('.csv'))));

    await well(folder, ['resume', found.files['journal'] ?? '', '--iterations', '5']);
    expect(timelessCsv(folder.read(folder.only('.csv')))).toBe(longCsv);
  });

  it('takes what is whole out of a log with foreign and torn lines', async () => {
    const folder = makeWorkFolder();
    const lines = short.read(short.only('.log')).trimEnd().split('\n');
    const torn = lines.flatMap((line, n) => [line, n % 2 === 0 ? 'npm notice' : line.slice(0, 30)]);
    folder.write('torn.log', `\uFEFF${torn.join('\r\n')}`);
    const found = await recovered(folder, 'torn.log');
    expect(found.iterations).toHaveLength(3);
  });

  it('reads a real recipe with its log, in the promised shape', async () => {
    const folder = makeWorkFolder();
    const recipe = path.join(FIXTURES, 'astolfomix/recipes/10b-AstolfoMix-_17a_18a.recipe.txt');
    const { best, iterations } = await recovered(folder, recipe);
    const history = 'astolfomix/histories/10b-AstolfoMix-_17a_18a-0-2023-11-17-04-13PM-01.csv';
    const rows = await readHistoryCsv(readFileSync(path.join(FIXTURES, history), 'utf8'));
    const top = rows.reduce((a, b) => ((b.score ?? 0) > (a.score ?? 0) ? b : a));
    expect(best.score).toBe(0.5744503370048843);
    expect(best).toMatchObject({ score: top.score, weights: top.weights });
    expect(Object.keys(best.weights).toSorted()).toEqual([...blocksOf('sd1')].toSorted());
    expect(Array.isArray(iterations)).toBe(true);
    expect(folder.files().filter((file) => file !== 'hills.json')).toEqual([
      expect.stringMatching(/^csv\/history\/.*\.csv$/),
      expect.stringMatching(/^csv\/history\/.*\.journal\.jsonl$/),
      'recipes/10b-AstolfoMix-_17a_18a.recipe.txt',
    ]);
  });

  it('prints in words, in the order that is asked for, and with --print-only writes nothing', async () => {
    const folder = makeWorkFolder();
    const log = path.join(FIXTURES, 'astolfomix/recipes/10b-AstolfoMix-_17a_18a.recipe.txt');
    const recipe = await well(folder, ['recover', '--log', log, '--print-only']);
    const search = await well(folder, ['recover', '--log', log, '--print-only', '--order', 'search']);
    expect(recipe.stderr).toBe('');
    expect(recipe.stdout).toContain(
      '\n0.0,0.2,0.4,0.4,0.0,0.6,0.5,0.5,0.3,0.3,0.6,0.8,0.4,0.5,0.7,0.9,0.0,1.0,0.3,0.9,0.2,0.2,0.9,0.1,0.0,0.9,0.3\n',
    );
    expect(search.stdout).toContain(
      '\n0.0,0.2,0.4,0.4,0.0,0.6,0.5,0.5,0.3,0.3,0.6,0.8,0.4,0.9,0.5,0.7,0.9,0.0,1.0,0.3,0.9,0.2,0.2,0.9,0.1,0.0,0.3\n',
    );
    expect(folder.files()).toEqual(['hills.json']);
  });

  it('lets resume go on from the Python tool’s log, on the models that the file or the flags name', async () => {
    const folder = makeWorkFolder();
    folder.write('whole.log', readFileSync(path.join(FIXTURES, 'logs/whole-run.log'), 'utf8'));
    const { files, iterations } = await recovered(folder, 'whole.log');
    const journal = files['journal'] ?? '';
    expect(iterations.length).toBeGreaterThan(2);

    expect(await refused(folder, ['resume', journal])).toBe('autombw: --payload is missing.\n');

    const limit = String(iterations.length + 2);
    const flags = await well(folder, ['resume', journal, ...BASICS, '--iterations', limit, '--json']);
    expect(JSON.parse(flags.stdout)).toMatchObject({ iterations: iterations.length + 2, images: 4 });
    expect(flags.stdout).toContain('modelA - modelB/O-0-');

    folder.write('search.json', {
      payload: ['hills.json'],
      modelA: 'modelA',
      modelB: 'modelC',
      output: 'P',
      optimizer: 'random',
      earlyStop: false,
      baselines: false,
      prove: 0,
      saveBest: 'none',
      iterations: iterations.length + 1,
    });
    const file = await well(folder, ['resume', journal, '--config', 'search.json', '--json']);
    expect(JSON.parse(file.stdout)).toMatchObject({ iterations: iterations.length + 1, images: 2 });
    expect(file.stdout).toContain('modelA - modelC/P-0-');
  });
});
