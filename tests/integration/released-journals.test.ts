/** Runs that an earlier version began go on, against the simulated WebUI, and keep what they had found. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { resumeChain } from '../../src/run/chain/resume-chain.ts';
import { defaultEnvironment } from '../../src/run/environment.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { readJournal } from '../../src/journal/read.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { resumeOn, startFaulty } from '../helpers/simulated-search.ts';
import { resumeTiny, searchTiny, temporaryFolder, timelessCsv } from '../helpers/run-search.ts';
import { post } from '../unit/simulator/client.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/journals');
const fixture = (file: string): string => readFileSync(path.join(FIXTURES, file), 'utf8');

const open: Simulator[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (one) => one.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The journal where a run would have left it. */
function placed(name: string, change: (text: string) => string = (text) => text): string {
  const folder = temporaryFolder();
  folders.push(folder);
  const journal = path.join(folder, 'csv/history/modelA - modelB/O-0-2026-01-01-00-00-00.journal.jsonl');
  mkdirSync(path.dirname(journal), { recursive: true });
  writeFileSync(journal, change(fixture(`${name}.journal.jsonl`)));
  return journal;
}

async function start(settings: object): Promise<Simulator> {
  const simulator = await startFaulty({});
  open.push(simulator);
  expect(await post(simulator.url, '/sdapi/v1/options', settings)).toMatchObject({ status: 200 });
  return simulator;
}

/** The simulated models have other tensors than in 0.1.0, which a run rightly refuses: their hashes are left out. */
const withoutHash = (text: string): string => text.replace(/"hash":"[0-9a-f]+"/, '"hash":null');

describe.each([
  { name: 'v0.1.0-hills', finished: 8, settings: {} },
  { name: 'main-2026-11', finished: 19, settings: { sd_vae: 'kl-f8.safetensors' } },
])('the run of $name', ({ name, finished, settings }) => {
  it('goes on, and says that its optimizer has become another one', async () => {
    const before = timelessCsv(fixture(`${name}.csv`)).trimEnd();
    const simulator = await start(settings);
    const journal = placed(name, withoutHash);
    const text = readFileSync(journal, 'utf8');
    const { summary, csv, notices } = await resumeOn([simulator], journal, {
      config: { iterations: finished + 2, patience: 100 },
    });
    expect(notices).toEqual([
      expect.stringMatching(/proposes different points .* learned all scores so far/),
    ]);
    // What it began with is still there, to the last byte.
    expect(readFileSync(journal, 'utf8').startsWith(text)).toBe(true);
    expect(summary.reason.code).toBe('iterations');
    expect(csv.startsWith(before)).toBe(true);
    expect(csv.trimEnd().split('\n').length - before.split('\n').length).toBeGreaterThan(0);
  });
});

it('the run of main-2026-11-images goes on as if this version had begun it', async () => {
  const simulator = await start({});
  const journal = placed('main-2026-11-images', withoutHash);
  const text = readFileSync(journal, 'utf8');
  const { summary, notices } = await resumeOn([simulator], journal, {
    config: { iterations: 11, patience: 100 },
  });
  expect(notices).toEqual([]);
  expect(readFileSync(journal, 'utf8').startsWith(text)).toBe(true);
  expect(summary.reason.code).toBe('iterations');
});

it('a run of 0.1.0 over a renderer of another program goes on', async () => {
  const before = timelessCsv(fixture('v0.1.0.csv')).trimEnd();
  const { csv, summary } = await resumeTiny(placed('v0.1.0'), { config: { iterations: 6, maxFailures: 9 } });
  expect(summary).toMatchObject({ reason: { code: 'iterations' } });
  expect(csv.startsWith(before)).toBe(true);
});

it('a chain with options that are not known here goes on without them, and says so', async () => {
  const folder = temporaryFolder();
  folders.push(folder);
  const file = path.join(folder, 'csv/history/C-2026-01-01-00-00-00.chain.jsonl');
  mkdirSync(path.dirname(file), { recursive: true });
  const text = fixture('main-2026-11.chain.jsonl')
    .replace('"retries":0', '"retries":0,"racers":3')
    .replace('"optimizer":"hill-climbing"', '"optimizer":"hill-climbing","climbers":2');
  writeFileSync(file, text);
  const warnings: string[] = [];
  const environment = defaultEnvironment({ onWarning: (warning) => void warnings.push(warning) });
  const { results } = await resumeChain(file, {}, environment, { onStep: () => {}, onResult: () => {} });
  expect(results.map(({ state }) => state)).toEqual(['done', 'done']);
  expect(warnings).toEqual([
    'The run was started with options this version of autombw does not have; continuing without them: --climbers 2, --racers 3.',
  ]);
});

describe('a run with a value that its option no longer takes', () => {
  /** By a version whose option took it, and that wrote a little more than this one. */
  const foreign = (text: string): string =>
    text
      .replace('"optimizerSemantics":"fixed"', '"optimizerSemantics":"ancient","racers":3')
      .replaceAll('"kind":"scored"', '"kind":"scored","variance":0.25');

  it('is listed, drawn, converted and recovered', async () => {
    const journal = placed('main-2026-11', foreign);
    const folder = path.dirname(path.dirname(path.dirname(path.dirname(journal))));
    const csv = fixture('main-2026-11.csv');
    const list = await runInProcess(['history', path.dirname(journal), '--json']);
    expect(list).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"state": "finished"') as unknown,
    });
    expect(await runInProcess(['plot', journal])).toMatchObject({ code: 0 });
    const converted = await runInProcess(['convert', journal, '--to', 'csv', '--all']);
    expect(converted.code).toBe(0);
    expect(timelessCsv(converted.stdout).trimEnd()).toBe(timelessCsv(csv).trimEnd());
    const recovered = await runInProcess(['recover', '--log', journal, '--folder', folder, '--json']);
    expect(recovered.code).toBe(0);
    const { files } = JSON.parse(recovered.stdout) as { files: Record<string, string> };
    expect(readFileSync(files['csv'] ?? '', 'utf8')).toBe(csv);
    // What this version does not know is in the new journal as it was in the old one.
    const [before, after] = await Promise.all([journal, files['journal'] ?? ''].map(readJournal));
    expect(after?.records.slice(1)).toEqual(before?.records.slice(1));
    expect(after?.records[0]).toMatchObject({
      plan: { config: { optimizerSemantics: 'ancient', racers: 3 } },
    });
  });

  it('is scored again', async () => {
    const { journal, journalText } = await searchTiny({ config: { saveImages: 'all', iterations: 2 } });
    writeFileSync(journal, foreign(journalText));
    const { code, stdout } = await runInProcess(['rescore', journal, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ failed: [], withoutImages: [] });
  });

  it('is not resumed, and the sentence names the option', async () => {
    const { code, stderr } = await runInProcess(['resume', placed('main-2026-11', foreign)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /cannot carry out the plan of the run: --optimizer-semantics must be one of fixed/,
    );
  });
});
