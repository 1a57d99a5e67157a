/** `search` as a user runs it: another process over HTTP against a simulated WebUI in a third one. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readHistoryCsv } from '../../src/formats/history-csv.ts';
import { parseRecipe } from '../../src/formats/recipe.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { SEARCH_ORDER } from '../../src/architectures/sd-lists.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { runCli, startSimulatorProcess, type SimulatorProcess } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';

const weights = z.record(z.enum(SEARCH_ORDER), z.number().min(0).max(1));
const best = z.strictObject({ trial: z.int(), score: z.number(), weights });
const summarySchema = z.strictObject({
  scorers: z.array(z.string()),
  reason: z.strictObject({ code: z.string(), message: z.string() }),
  best,
  recommended: best.extend({ expected: z.number().optional() }),
  baselines: z.array(z.unknown()),
  iterations: z.int(),
  failed: z.int(),
  images: z.int(),
  minutes: z.number().positive(),
  files: z.record(
    z.enum(['journal', 'log', 'csv', 'recipe', 'plot', 'sheet', 'report', 'images']),
    z.string(),
  ),
  savedBy: z.enum(['webui', 'checkpoint', 'none']),
  checkpoint: z.string().optional(),
  checkpointKept: z.boolean(),
  canResume: z.boolean(),
  unwritten: z.array(z.string()).length(0),
  leftOut: z.array(z.unknown()).length(0),
});

let simulator: SimulatorProcess;
beforeAll(async () => {
  simulator = await startSimulatorProcess();
});
afterAll(async () => {
  await simulator.stop();
});

describe('search', () => {
  it('in which no iteration was scored has failed', async () => {
    const folder = makeWorkFolder();
    // More than half of the images, with those of the other payload.
    const payload = { prompt: 'x', n_iter: 3, alwayson_scripts: { 'Of nobody': { args: [1] } } };
    writeFileSync(path.join(folder.path, 'odd.json'), JSON.stringify(payload));
    const args = [
      'search',
      ...BASICS,
      '--payload',
      'odd.json',
      '--port',
      simulator.port,
      '--iterations',
      '2',
      '--images-per-trial',
      'all',
    ];
    const { code, stdout } = await runCli(args, { cwd: folder.path });
    expect(stdout).toMatch(/^No iteration was scored\.$/m);
    expect(code).toBe(1);
  });

  it('prints one JSON document and writes its files into the working folder', async () => {
    const folder = makeWorkFolder();
    const args = ['search', ...BASICS, '--port', simulator.port, '--iterations', '4', '--json'];
    const { code, stdout, stderr } = await runCli([...args, '--save-best', 'webui'], { cwd: folder.path });
    expect(code).toBe(0);
    const summary = summarySchema.parse(JSON.parse(stdout));
    expect(summary).toMatchObject({
      reason: { code: 'iterations', message: 'All 4 iterations are done.' },
      iterations: 4,
      failed: 0,
      images: 8,
      canResume: false,
    });
    expect(summary.checkpoint).toMatch(/O\.safetensors$/);
    expect(stderr.match(/^\d\/4 {2}/gm)).toEqual(['1/4  ', '2/4  ', '3/4  ', '4/4  ']);

    const kept = [...new Set([1, summary.best.trial])].toSorted((one, other) => one - other);
    expect(folder.files().map((file) => file.replace(/\d{4}(-\d{2}){5}/, 'DATE'))).toEqual([
      'csv/history.tsv',
      'csv/history/modelA - modelB/O-0-DATE.contact.webp',
      'csv/history/modelA - modelB/O-0-DATE.csv',
      ...kept.flatMap((trial) =>
        [1, 2].map((n) => `csv/history/modelA - modelB/O-0-DATE.images/${trial}-hills-${n}-${6 + n}.png`),
      ),
      'csv/history/modelA - modelB/O-0-DATE.journal.jsonl',
      'csv/history/modelA - modelB/O-0-DATE.log',
      'csv/history/modelA - modelB/O-0-DATE.report.html',
      'csv/history/modelA - modelB/O-0-DATE.svg',
      'hills.json',
      'recipes/O.recipe.txt',
    ]);
    const rows = await readHistoryCsv(folder.read(folder.only('.csv')));
    expect(Math.max(...rows.map(({ score }) => score ?? 0))).toBe(summary.best.score);
    expect(rows[summary.best.trial - 1]?.weights).toEqual(summary.best.weights);
    expect(parseRecipe(folder.read('recipes/O.recipe.txt'), 'recipe')).toMatchObject({
      modelA: 'modelA.safetensors',
      modelB: 'modelB.safetensors',
      modelO: 'O',
      weights: summary.recommended.weights,
    });
    expect(folder.read('csv/history.tsv').trimEnd().split('\n')).toHaveLength(2);
    expect(folder.read(folder.only('.svg'))).toMatch(/^<svg/);
    expect(folder.journal().filter(({ kind }) => kind === 'scored')).toHaveLength(4);
  });

  it('says in words what was found and where it lies', async () => {
    const folder = makeWorkFolder();
    const args = ['search', ...BASICS, '--webui', simulator.url, '--iterations', '2'];
    const { code, stdout } = await runCli(args, { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/All 2 iterations are done\.\n2 iterations, 4 images, /);
    expect(stdout).toMatch(/Best score seen {2}0\.\d{4} {2}iteration [12]\n/);
    expect(stdout).toMatch(/^The scorer quality guards against broken images; it does not judge taste\. \w/m);
    for (const file of folder.files().filter((name) => /\.(csv|jsonl|log|svg|recipe\.txt)$/.test(name))) {
      expect(stdout).toContain(file);
    }
    expect(stdout).not.toContain('autombw resume');
  });

  it('gives every run files of its own, also when two run at once', async () => {
    const folder = makeWorkFolder();
    const other = await startSimulatorProcess();
    const search = async (port: string) =>
      runCli(['search', ...BASICS, '--port', port, '--iterations', '2'], { cwd: folder.path });
    const ends = await Promise.all([search(simulator.port), search(other.port)]);
    await other.stop();
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    const files = folder.files();
    for (const suffix of ['.journal.jsonl', '.csv', '.log', '.svg', '.recipe.txt']) {
      expect(files.filter((file) => file.endsWith(suffix))).toHaveLength(2);
    }
    for (const file of files.filter((name) => name.endsWith('.csv'))) {
      expect(folder.read(file).trimEnd().split('\n')).toHaveLength(3);
    }
  });

  it('reads options from a file, which flags beat', async () => {
    const folder = makeWorkFolder();
    folder.write('search.json', {
      $schema: './search.schema.json',
      payload: ['hills.json'],
      modelA: 'modelA',
      modelB: 'nothing like it',
      output: 'from-file',
      optimizer: 'random',
      earlyStop: false,
      prove: 0,
      saveBest: 'none',
      iterations: 500,
      port: 1,
      block: { OUT: 0 },
    });
    const flags = ['--model-b', 'modelB', '--iterations', '2', '--webui', simulator.url];
    const { code, stderr } = await runCli(['search', '--config', 'search.json', ...flags], {
      cwd: folder.path,
    });
    expect(stderr).not.toMatch(/^autombw/m);
    expect(code).toBe(0);
    const [first] = folder.journal();
    expect(first).toMatchObject({
      kind: 'plan',
      plan: { config: { output: 'from-file', modelB: 'modelB', iterations: 2, block: { OUT: 0 } } },
    });
  });

  it('ends with 1 and writes nothing when the merge cannot be proved', async () => {
    const folder = makeWorkFolder();
    const stale = await startSimulatorProcess(['--fault', 'stale-unet@1']);
    const end = await runCli(['search', ...BASICS, '--port', stale.port], { cwd: folder.path });
    await stale.stop();
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toMatch(/^autombw: .* failed the merge check: [^\n]+\.\n$/);
    expect(folder.files()).toEqual(['hills.json']);
  });

  it('ends with 1 and says how to go on when the WebUI fails too often', async () => {
    const folder = makeWorkFolder();
    const sick = await startSimulatorProcess(['--fault', 'error500@8+']);
    const args = ['search', ...BASICS, '--port', sick.port, '--retries', '0', '--max-failures', '2'];
    const end = await runCli(args, { cwd: folder.path });
    await sick.stop();
    expect(end.code).toBe(1);
    expect(end.stdout).toMatch(/^2 iterations in a row failed \(--max-failures\), the last because: /m);
    expect(end.stdout).toMatch(/^3 iterations \(2 failed\), 2 images/m);
    expect(end.stdout).toMatch(/^Continue with: autombw resume "csv/m);
  });
});

describe('search --dry-run', () => {
  it('touches nothing: no request that could change anything, no file', async () => {
    const folder = makeWorkFolder();
    const server = await startSimulator();
    const payload = ['--payload', `${folder.path}/hills.json`];
    const args = ['search', ...BASICS.slice(2), ...payload, '--webui', server.url, '--folder', folder.path];
    const words = await runInProcess([...args, '--dry-run', '--block', 'OUT=0', '--iterations', '30']);
    const json = await runInProcess([...args, '--dry-run', '--json']);
    await server.close();
    expect(words).toMatchObject({ code: 0, stderr: '' });
    expect(words.stdout).toMatch(/^Merge {8}modelA \+ modelB = O$/m);
    expect(words.stdout).toMatch(/^Blocks {7}26 free of 27 \(sd1\), 11 values each$/m);
    expect(words.stdout).toMatch(/^ +OUT fixed at 0$/m);
    expect(words.stdout).toMatch(/^Images {7}2 per iteration, at most 60, /m);
    expect(words.stdout).toMatch(/^ {2}hills\/1 {2}seed 8 {2}64×64, 4 steps {2}green hills$/m);
    expect(JSON.parse(json.stdout)).toMatchObject({
      optimizer: { name: 'random', seed: 1 },
      tally: 'arithmetic-mean',
      requests: [
        { id: 'hills/0', seeds: [7] },
        { id: 'hills/1', seeds: [8] },
      ],
      server: null,
    });
    const requests = Object.keys(server.stats().requests);
    expect(requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
    expect(folder.files()).toEqual(['hills.json']);
  });

  it('guesses no time for a server that computes on its CPU', async () => {
    const folder = makeWorkFolder();
    const timeOn = async (url: string): Promise<string | undefined> => {
      const payload = ['--payload', `${folder.path}/hills.json`];
      const args = ['search', ...BASICS.slice(2), ...payload, '--webui', url, '--folder', folder.path];
      const { code, stdout } = await runInProcess([...args, '--dry-run']);
      expect(code).toBe(0);
      return /^Time +(.*)$/m.exec(stdout)?.[1];
    };
    const server = await startSimulator({ family: 'comfyui' });
    expect(await timeOn(server.url)).toMatch(/^unknown: this server runs on its CPU, /);
    await server.close();
    expect(await timeOn(server.url)).toMatch(/: an estimate for an RTX 3090, measured once it runs$/);
  });
});
