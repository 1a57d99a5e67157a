/** Merge methods, their parameters and a third model as part of a search: real files, read by the simulated WebUI. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';
import { mergeCheckpoints } from '../../src/checkpoints/merge.ts';
import { readMergeRecipe } from '../../src/checkpoints/metadata.ts';
import { verifyRun } from '../../src/run/verify/verify-run.ts';
import { sha256OfFile } from '../../src/shared/hashes/sha256.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { ofKind, resumeOn, searchOn, startFaulty, useSearches } from '../helpers/simulated-search.ts';
import type { SimulatedSetting } from '../helpers/simulated-search.ts';

const { open } = useSearches();

async function start(): Promise<{
  folder: string;
  simulator: Awaited<ReturnType<typeof startFaulty>>;
  setting: (
    config: Readonly<Record<string, unknown>>,
    methods: readonly string[],
    others?: readonly string[],
  ) => SimulatedSetting;
}> {
  const folder = temporaryFolder();
  const simulator = await startFaulty({
    simulator: { models: ['other', 'modelA', 'modelB', 'modelC'], extensions: [], modelsDir: folder },
  });
  open.push(simulator);
  return {
    folder,
    simulator,
    setting: (config, methods, others = []) => ({
      renderer: { backend: 'checkpoint', modelsDir: folder, methods, others },
      config: { modelsDir: folder, testGrouping: 12, saveBest: 'checkpoint', iterations: 5, ...config },
    }),
  };
}

it('a method and what it is told are searched, saved as found, and merged again from the run', async () => {
  const { folder, simulator, setting } = await start();
  const given = setting(
    { search: { method: ['slerp', 'ties'], 'ties:k': { low: 0.1, high: 0.9 } }, baselines: true },
    ['slerp', 'ties'],
  );
  const { records, summary } = await searchOn([simulator], given);
  expect(summary).toMatchObject({ iterations: 5, failed: 0 });
  const asked = ofKind(records, 'asked');
  // What is compared with is the plain mixture, whatever the method.
  expect(asked.slice(0, 3).map(({ weights }) => weights['merge:method'])).toEqual([0, 0, 0]);
  const [plan] = ofKind(records, 'plan');
  const choice = plan?.plan.space.dimensions.find(({ name }) => name === 'merge:method')?.parameter;
  expect(choice).toMatchObject({ choices: ['slerp', 'ties'], values: [1, 10] });
  const saved = readMergeRecipe(openCheckpoint(path.join(folder, 'O.safetensors')).metadata);
  const best = summary.recommended?.weights ?? {};
  expect(saved?.method).toBe(best['merge:method'] === 10 ? 'ties' : 'slerp');
  expect(saved?.parameters?.['k']?.value).toBe(saved?.method === 'ties' ? best['ties:k'] : undefined);
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('autombw'))).toEqual([]);
  const whole = await searchOn([simulator], {
    ...given,
    config: { ...given.config, output: 'P', iterations: 8 },
  });
  const rest = await resumeOn([simulator], summary.files['journal'] ?? '', {
    ...given,
    config: { iterations: 8, saveBest: 'none' },
  });
  expect(rest.csv).toBe(whole.csv);
});

it('a third model, and the base, take part as they are named', async () => {
  const { folder, simulator, setting } = await start();
  const given = setting(
    { method: 'add-difference', modelC: 'modelC', search: { order: ['BA'] } },
    ['add-difference'],
    ['modelC'],
  );
  const { summary } = await searchOn([simulator], given);
  const best = Object.fromEntries(
    Object.entries(summary.recommended?.weights ?? {}).filter(([name]) => !name.includes(':')),
  );
  const file = (name: string): string => path.join(folder, `${name}.safetensors`);
  await mergeCheckpoints({
    modelA: file('modelB'),
    modelB: file('modelA'),
    modelC: file('modelC'),
    method: 'add-difference',
    weights: best,
    output: file('by-hand'),
    name: 'O',
  });
  expect(fs.readFileSync(file('O')).equals(fs.readFileSync(file('by-hand')))).toBe(true);
});

it('a run does not go on with another model C of the same name', async () => {
  const { folder, simulator, setting } = await start();
  const given = setting(
    { method: 'add-difference', modelC: 'modelC', iterations: 2, saveBest: 'none' },
    ['add-difference'],
    ['modelC'],
  );
  const { records, summary } = await searchOn([simulator], given);
  const file = path.join(folder, 'modelC.safetensors');
  const hash = (await sha256OfFile(file)).slice(0, 10);
  expect(ofKind(records, 'plan')[0]?.plan.server?.others).toMatchObject([
    { file: 'modelC.safetensors', hash },
  ]);
  fs.copyFileSync(path.join(folder, 'other.safetensors'), file);
  const journal = summary.files['journal'] ?? '';
  await expect(
    resumeOn([simulator], journal, { ...given, config: { iterations: 4, saveBest: 'none' } }),
  ).rejects.toThrow(
    `The run was made with modelC.safetensors [${hash}], but this machine now has modelC.safetensors`,
  );
  const { checks } = await verifyRun({ journal, modelsDir: folder, signal: new AbortController().signal });
  expect(checks).toContainEqual(expect.objectContaining({ name: 'models', state: 'differs' }));
});

it('what cannot be is told before anything is drawn', async () => {
  const { simulator, setting } = await start();
  const search = async (config: Readonly<Record<string, unknown>>): Promise<unknown> =>
    searchOn([simulator], setting(config, []));
  await expect(search({ method: 'tyes' })).rejects.toThrow('There is no merge method "tyes"');
  await expect(search({ method: 'train-difference' })).rejects.toThrow('name model C with --model-c');
  await expect(search({ modelC: 'modelC' })).rejects.toThrow('choose a --method for more models');
  await expect(search({ method: 'ties', backend: 'model-mixer' })).rejects.toThrow(
    'model-mixer merges only by its own weighted sum of A and B, but --method ties was given: use --backend checkpoint (with --models-dir).',
  );
  await expect(search({ method: 'ties', search: { method: ['dare'] } })).rejects.toThrow(
    'give only one of them',
  );
  expect(simulator.stats().requests['POST /sdapi/v1/txt2img']).toBeUndefined();
});
