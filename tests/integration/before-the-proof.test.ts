/** What would end a search later is refused before anything is drawn. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/index.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import {
  ITERATIONS,
  resumeOn,
  searchOn,
  startFaulty,
  type SimulatedSetting,
} from '../helpers/simulated-search.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';

let simulator: Simulator | undefined;
afterEach(async () => simulator?.close());

interface Start {
  readonly simulator: Simulator;
  readonly modelsDir: string;
}

async function start(over: NonNullable<SimulatedSetting['simulator']> = {}): Promise<Start> {
  const modelsDir = temporaryFolder();
  simulator = await startFaulty({ simulator: { modelsDir, ...over } });
  return { simulator, modelsDir };
}

function emptyFolder(): string {
  return temporaryFolder();
}

function aFile(): string {
  const file = path.join(temporaryFolder(), 'a-file');
  fs.writeFileSync(file, '');
  return file;
}

/** The merge itself would go by another way: only the saving needs these. */
const saving = (modelsDir: string | undefined): SimulatedSetting => ({
  config: { saveBest: 'checkpoint', ...(modelsDir === undefined ? {} : { modelsDir }) },
});

it.each<[string, (start: Start) => SimulatedSetting, object]>([
  ['a models folder without the models', () => saving(emptyFolder()), { code: 'model-files' }],
  ['a models folder that is a file', () => saving(aFile()), { code: 'output-folder' }],
  ['a models folder that is not there', () => saving('/nowhere/at/all'), { code: 'output-folder' }],
  [
    'a model that is no checkpoint',
    ({ modelsDir }) => {
      fs.writeFileSync(path.join(modelsDir, 'modelB.safetensors'), 'this is no model at all');
      return saving(modelsDir);
    },
    { code: 'checkpoint-damaged' },
  ],
  [
    'models of another architecture than was said',
    ({ modelsDir }) => ({
      config: { ...saving(modelsDir).config, architecture: 'sdxl' },
      renderer: { architecture: 'sdxl' },
    }),
    { code: 'checkpoint-architecture', message: expect.stringContaining('use --architecture sd1') },
  ],
  [
    'merged files for the search itself, of another architecture',
    ({ modelsDir }) => ({
      renderer: { modelsDir, backend: 'checkpoint', architecture: 'sdxl' },
      config: { architecture: 'sdxl', backend: 'checkpoint' },
    }),
    { code: 'checkpoint-architecture' },
  ],
  [
    'a scorer that does not answer',
    () => ({ config: { scorer: ['http'], scorerOptions: { http: { url: 'http://127.0.0.1:9/' } } } }),
    { code: 'scorer-unreachable', kind: 'usage' },
  ],
  [
    'a scorer that cannot be started',
    () => ({ config: { scorer: ['command'], scorerOptions: { command: { run: '/no/such/program' } } } }),
    { code: 'scorer-start' },
  ],
  [
    'bounds that the backend cannot set',
    () => ({
      renderer: { backend: 'bayesian-merger' },
      config: { low: -0.5, backend: 'auto' },
    }),
    { kind: 'usage' },
  ],
])('%s', async (_, setting, refusal) => {
  const started = await start({ extensions: ['runtime-block-merge', 'bayesian-merger'] });
  const before = await (await fetch(`${started.simulator.url}/sdapi/v1/options`)).json();
  await expect(searchOn([started.simulator], setting(started))).rejects.toMatchObject(refusal);
  const { requests, images } = started.simulator.stats();
  expect(images).toBe(0);
  expect(requests['POST /sdapi/v1/txt2img']).toBeUndefined();
  expect(await (await fetch(`${started.simulator.url}/sdapi/v1/options`)).json()).toMatchObject({
    sd_model_checkpoint: (before as Record<string, string>)['sd_model_checkpoint'],
  });
});

it('a resumed run is held to the same', async () => {
  const started = await start();
  const { summary } = await searchOn([started.simulator]);
  const journal = summary.files['journal'] ?? '';
  const drawn = started.simulator.stats().images;
  const config = { iterations: ITERATIONS + 1, saveBest: 'checkpoint', modelsDir: emptyFolder() };
  await expect(resumeOn([started.simulator], journal, { config })).rejects.toMatchObject({
    code: 'model-files',
    kind: 'usage',
  });
  expect(started.simulator.stats().images).toBe(drawn);
  // The lock is free again.
  const more = { config: { iterations: ITERATIONS + 1, saveBest: 'none' } };
  expect((await resumeOn([started.simulator], journal, more)).summary.iterations).toBe(ITERATIONS + 1);
});

it('a VAE beside model A, which merged files would not have, is named', async () => {
  const { simulator: server, modelsDir } = await start();
  fs.writeFileSync(path.join(modelsDir, 'modelA.vae.pt'), '');
  const renderer = { modelsDir, backend: 'checkpoint' };
  await expect(searchOn([server], { renderer })).rejects.toThrow(/modelA\.vae\.pt.*select that VAE by name/);
  expect(server.stats().images).toBe(0);
});

it('a merge that a later one of the chain needs, by a way that cannot write it, is not begun', async () => {
  const { simulator: server } = await start({ extensions: ['model-mixer'] });
  const { path: folder } = makeWorkFolder();
  const merges = ['--merge', 'modelA + modelB = AB', '--merge', 'AB + other = ABC', '--save-best', 'webui'];
  const search = ['search', '--payload', `${folder}/hills.json`, '--folder', folder, '--webui', server.url];
  const { code, stderr } = await runInProcess([...search, ...merges, '--backend', 'model-mixer']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/A later merge needs AB, but model-mixer .* cannot write the merged checkpoint/);
  expect(server.stats().images).toBe(0);
});
