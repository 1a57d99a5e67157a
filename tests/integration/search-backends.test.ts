/** A whole search over each backend of A1111: what it cannot set freely stays as it says, and a run can be resumed. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readMergeRecipe } from '../../src/checkpoints/metadata.ts';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { SEARCH_ORDER } from '../../src/architectures/sd-lists.ts';
import {
  ITERATIONS,
  ofKind,
  resumeOn,
  searchOn,
  searchSimulated,
  startFaulty,
} from '../helpers/simulated-search.ts';
import type { SimulatedSetting } from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/run-search.ts';

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

const ABSENT = [
  'IN00',
  'IN03',
  'IN06',
  'IN09',
  'IN10',
  'IN11',
  'OUT',
  'OUT00',
  'OUT01',
  'OUT02',
  'TIME_EMBED',
];
const ALONE = { merge: [], fixed: [] };

it.each([
  ['runtime-block-merge', 'modelB', ALONE],
  ['model-mixer', 'modelB', { merge: [['OUT11', 'OUT', 'TIME_EMBED']], fixed: [] }],
  [
    'bayesian-merger',
    'modelB',
    {
      merge: [
        ['IN00', 'TIME_EMBED'],
        ['OUT11', 'OUT'],
      ],
      fixed: [],
    },
  ],
  ['lora-block-weight', 'hills', { merge: [], fixed: ABSENT }],
])('%s', async (backend, modelB, { merge, fixed }) => {
  const setting: SimulatedSetting = {
    simulator: {
      // The first of the list is selected when the search comes.
      models: ['another', 'modelA', 'modelB'],
      extensions: [backend],
      loras: [{ name: 'hills', unet: 'modelB' }],
    },
    renderer: { backend, modelB },
    config: { backend, modelB },
  };
  const { summary, records, simulator: server } = await searchSimulated(setting);
  simulator = server;
  const journal = summary.files['journal'] ?? '';
  const resumed = await resumeOn([server], journal, { ...setting, config: { iterations: ITERATIONS + 2 } });
  expect(ofKind(records, 'proof')).toHaveLength(1);
  expect(ofKind(resumed.records, 'scored')).toHaveLength(ITERATIONS + 2);
  expect(ofKind(resumed.records, 'failed')).toEqual([]);
  expect(ofKind(resumed.records, 'doubted')).toEqual([]);
  for (const { weights } of ofKind(resumed.records, 'asked')) {
    expect(fixed.map((block) => weights[block as 'OUT'])).toEqual(fixed.map(() => 0));
    for (const group of merge) {
      expect(new Set(group.map((block) => weights[block as 'OUT'])).size).toBe(1);
    }
  }
  const free = SEARCH_ORDER.length - fixed.length - merge.flat().length + merge.length;
  const [plan] = ofKind(records, 'plan');
  expect(plan?.plan.space.dimensions).toHaveLength(free);
  // The checkpoint that was selected before, and nothing of ours.
  const options = (await (await fetch(`${server.url}/sdapi/v1/options`)).json()) as Record<string, unknown>;
  expect(options['sd_model_checkpoint']).toMatch(/^another\.safetensors/);
});

it('checkpoint files, and the merged checkpoint written by autombw itself', async () => {
  const modelsDir = temporaryFolder();
  const setting: SimulatedSetting = {
    simulator: { models: ['another', 'modelA', 'modelB'], extensions: [], modelsDir },
    renderer: { backend: 'checkpoint', modelsDir },
    config: { backend: 'checkpoint', modelsDir, saveBest: 'checkpoint' },
  };
  const { summary, records, simulator: server } = await searchSimulated(setting);
  simulator = server;
  expect(summary).toMatchObject({ savedBy: 'checkpoint', failed: 0 });
  expect(ofKind(records, 'scored')).toHaveLength(ITERATIONS);
  const saved = summary.checkpoint ?? '';
  // Of the work files none is left; of the models none was touched.
  expect(readdirSync(modelsDir).toSorted()).toEqual(
    ['another', 'modelA', 'modelB', path.basename(saved, '.safetensors')]
      .map((name) => `${name}.safetensors`)
      .toSorted(),
  );
  const recipe = readMergeRecipe(openCheckpoint(saved).metadata);
  expect(recipe?.weights).toEqual(summary.recommended?.weights);
});

it('checkpoint files are never said to be written by the WebUI', async () => {
  const modelsDir = temporaryFolder();
  const { summary, simulator: server } = await searchSimulated({
    simulator: { models: ['another', 'modelA', 'modelB'], extensions: [], modelsDir },
    renderer: { backend: 'checkpoint', modelsDir },
    config: { backend: 'checkpoint', modelsDir, saveBest: 'webui' },
  });
  simulator = server;
  expect(summary).toMatchObject({ savedBy: 'checkpoint', failed: 0 });
  expect(readdirSync(modelsDir)).toContain(path.basename(summary.checkpoint ?? 'none'));
});

it('--save-best checkpoint is refused before the run where the models are out of reach', async () => {
  await expect(searchSimulated({ config: { saveBest: 'checkpoint' } })).rejects.toMatchObject({
    code: 'model-files',
    kind: 'usage',
  });
});

it('--save-best checkpoint is refused before anything is drawn where the models could not be merged at the end', async () => {
  const modelsDir = temporaryFolder();
  const setting: SimulatedSetting = {
    simulator: { extensions: ['runtime-block-merge'], modelsDir },
    renderer: { backend: 'runtime-block-merge', modelsDir },
    config: { backend: 'runtime-block-merge', modelsDir, saveBest: 'checkpoint' },
  };
  simulator = await startFaulty(setting);
  const file = path.join(modelsDir, 'modelB.safetensors');
  const { tensors, dataStart } = openCheckpoint(file);
  const at = dataStart + (tensors.find(({ name }) => name.includes('output_blocks'))?.begin ?? 0);
  const bytes = readFileSync(file);
  // A float32 that is not a number.
  bytes.set([0, 0, 0xc0, 0x7f], at);
  writeFileSync(file, bytes);
  await expect(searchOn([simulator], setting)).rejects.toMatchObject({
    code: 'checkpoint-not-finite',
    message: expect.stringMatching(
      /modelB\.safetensors holds numbers that are not finite: 1 NaN in ".*output_blocks/,
    ),
  });
  expect(simulator.stats().requests['POST /sdapi/v1/txt2img']).toBeUndefined();
});
