/** Adjustments as what is searched, with a model B and without one: real files, read by simulated servers. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';
import { mergeCheckpoints } from '../../src/checkpoints/merge.ts';
import { readMergeRecipe } from '../../src/checkpoints/metadata.ts';
import type { ServerFamily } from '../../src/simulator/options.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { ofKind, resumeOn, searchOn, startFaulty, useSearches } from '../helpers/simulated-search.ts';
import type { SimulatedSetting } from '../helpers/simulated-search.ts';

const { open } = useSearches();
const MODELS = { modelA: 'crisp', modelB: 'vivid' };
const ADJUSTS = ['adjust:contrast', 'adjust:detail1'];

async function start(family: ServerFamily): Promise<{
  folder: string;
  simulator: Awaited<ReturnType<typeof startFaulty>>;
  file: (name: string) => string;
  alone: SimulatedSetting;
}> {
  const folder = temporaryFolder();
  const simulator = await startFaulty({
    // It computes its images with all of the tensors.
    simulator: {
      family,
      world: 'tiny',
      models: ['base', 'crisp', 'vivid'],
      extensions: [],
      modelsDir: folder,
    },
  });
  open.push(simulator);
  const file = (name: string): string => path.join(folder, `${name}.safetensors`);
  return {
    folder,
    simulator,
    file,
    alone: {
      renderer: {
        ...MODELS,
        modelB: MODELS.modelA,
        backend: 'checkpoint',
        modelsDir: folder,
        adjusts: ADJUSTS,
      },
      config: {
        ...MODELS,
        modelB: undefined,
        modelsDir: folder,
        search: { contrast: { low: -3, high: 3 }, 'adjust:detail1': { low: -3, high: 3 } },
        saveBest: 'checkpoint',
        iterations: 2,
      },
    },
  };
}

it.each(['a1111', 'comfyui'] as const)('%s: model A alone is adjusted, proved and saved', async (family) => {
  const { folder, simulator, file, alone } = await start(family);
  const { records, summary } = await searchOn([simulator], alone);
  expect(summary).toMatchObject({ iterations: 2, failed: 0 });
  const [plan] = ofKind(records, 'plan');
  expect(plan?.plan.space.dimensions.map(({ name }) => name)).toEqual(ADJUSTS);
  expect(plan?.plan.server?.modelB).toEqual(plan?.plan.server?.modelA);
  const [proof] = ofKind(records, 'proof');
  const shown = proof?.proof.parameters ?? {};
  expect(Object.keys(shown)).toEqual(['adjust:detail1', 'adjust:contrast']);
  expect(new Set([...Object.values(shown), proof?.proof.modelA]).size).toBe(3);
  const best = summary.recommended?.weights ?? {};
  const adjust = { contrast: best['adjust:contrast'] ?? 0, detail1: best['adjust:detail1'] ?? 0 };
  const output = path.join(temporaryFolder(), 'by-hand.safetensors');
  await mergeCheckpoints({ modelA: file(MODELS.modelA), weights: {}, adjust, output, name: 'O' });
  expect(fs.readFileSync(file('O')).equals(fs.readFileSync(output))).toBe(true);
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('autombw'))).toEqual([]);
});

it('a search without a model B is resumed to the same end', async () => {
  const { simulator, alone } = await start('a1111');
  const given = { ...alone, config: { ...alone.config, saveBest: 'none' } };
  const { summary } = await searchOn([simulator], given);
  const whole = await searchOn([simulator], {
    ...given,
    config: { ...given.config, output: 'P', iterations: 3 },
  });
  const rest = await resumeOn([simulator], summary.files['journal'] ?? '', {
    ...given,
    config: { iterations: 3 },
  });
  expect(rest.csv).toBe(whole.csv);
});

it('stands beside the block weights of a merge, which needs merged files then', async () => {
  const { folder, simulator, file } = await start('a1111');
  const { records, summary } = await searchOn([simulator], {
    renderer: { ...MODELS, backend: 'checkpoint', modelsDir: folder },
    config: {
      ...MODELS,
      modelsDir: folder,
      search: { 'adjust:red': { low: 1, high: 4 } },
      testGrouping: 12,
      saveBest: 'checkpoint',
      iterations: 2,
    },
  });
  const [plan] = ofKind(records, 'plan');
  expect(plan?.plan.config.backend).toBe('checkpoint');
  const recipe = readMergeRecipe(openCheckpoint(file('O')).metadata);
  expect(recipe?.adjust).toEqual({ red: summary.recommended?.weights['adjust:red'] });
  expect(Object.keys(recipe?.models ?? {})).toEqual(['a', 'b']);
});

it('what cannot be is told before anything is drawn', async () => {
  const { folder, simulator, alone } = await start('a1111');
  const search = async (config: Readonly<Record<string, unknown>>): Promise<unknown> =>
    searchOn([simulator], { ...alone, config: { ...alone.config, ...config } });
  await expect(search({ search: { 'adjust:contrst': 1 } })).rejects.toThrow(
    'There is no parameter "adjust:contrst". Did you mean "adjust:contrast"?',
  );
  await expect(search({ method: 'slerp' })).rejects.toThrow('--method needs a model B to merge');
  await expect(search({ backend: 'model-mixer' })).rejects.toThrow('--model-b is missing.');
  expect(simulator.stats().requests['POST /sdapi/v1/txt2img']).toBeUndefined();
  expect(fs.existsSync(folder)).toBe(true);
});
