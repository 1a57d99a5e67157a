/** What a search over LoRAs leaves at its end: a checkpoint with the LoRAs baked in, by itself and by `autombw merge`. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { bakeLoras } from '../../src/checkpoints/bake.ts';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';
import { mergeCheckpoints } from '../../src/checkpoints/merge.ts';
import type { BlockWeights } from '../../src/space/blocks.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { runCliWell } from '../helpers/run-cli.ts';
import {
  ofKind,
  searchOn,
  startFaulty,
  useSearches,
  type SimulatedSetting,
} from '../helpers/simulated-search.ts';
import { checkpointBytes, writeTo, type RawTensor } from '../unit/checkpoints/make-checkpoint.ts';

const { open } = useSearches();

let models: string;
let folder: string;
let setting: SimulatedSetting;

beforeEach(() => {
  folder = temporaryFolder('models');
  models = path.join(folder, 'Stable-diffusion');
  setting = {
    simulator: {
      modelsDir: models,
      loras: ['detail', 'style'].map((name) => ({ name })),
      extensions: ['runtime-block-merge', 'lora-block-weight'],
    },
    renderer: { loras: ['detail@IN*', 'style'] },
    config: {
      search: { 'lora:detail@IN*': { low: 0.5, high: 1, steps: 1 }, 'lora:style': -0.25 },
      iterations: 2,
      saveBest: 'webui',
      modelsDir: models,
    },
  };
});

/** As large as the model's layers, in the LoRA folder beside that of the models. */
function putLoras(): void {
  fs.mkdirSync(path.join(folder, 'Lora'), { recursive: true });
  const model = openCheckpoint(path.join(models, 'modelA.safetensors'));
  for (const [n, name] of ['detail', 'style'].entries()) {
    const tensors: Record<string, RawTensor> = {};
    for (const { name: key, shape } of model.tensors) {
      const layer = /^model\.diffusion_model\.(.+)\.weight$/.exec(key)?.[1];
      if (layer === undefined) continue;
      const data = new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(2 ** -(n + 3));
      tensors[`lora_unet_${layer.replaceAll('.', '_')}.diff`] = { shape, data };
    }
    writeTo(path.join(folder, 'Lora'), `${name}.safetensors`, checkpointBytes(tensors, {}, 0));
  }
}

async function run(over: SimulatedSetting = {}): Promise<Awaited<ReturnType<typeof searchOn>>> {
  const simulator = await startFaulty(setting);
  open.push(simulator);
  return searchOn([simulator], {
    ...setting,
    renderer: { ...setting.renderer, ...over.renderer },
    config: { ...setting.config, ...over.config },
  });
}

const modelFile = (name: string): string => path.join(models, `${name}.safetensors`);
const tensorsOf = (file: string): Buffer => {
  const { dataStart } = openCheckpoint(file);
  return fs.readFileSync(file).subarray(dataStart);
};

/** The same with other means. */
async function bakedBy(weights: BlockWeights, model: string): Promise<Buffer> {
  const output = path.join(folder, 'expected.safetensors');
  const lora = (name: string): string => path.join(folder, 'Lora', `${name}.safetensors`);
  const own = weights['lora:detail@IN*'] ?? 0;
  const list = Array.from({ length: 26 }, (_, n) => (n >= 1 && n <= 12 ? 1 : 0));
  await bakeLoras({
    model,
    loras: [
      { file: lora('detail'), strength: own, weights: list },
      { file: lora('style'), strength: -0.25, weights: undefined },
    ],
    output,
    hashes: false,
    force: true,
  });
  return tensorsOf(output);
}

describe('the best of a search', () => {
  it('over LoRAs alone is model A with them, from the run itself and from autombw merge', async () => {
    const simulator = await startFaulty(setting);
    open.push(simulator);
    putLoras();
    const alone = { renderer: { backend: 'loras', modelB: 'modelA' }, config: { modelB: undefined } };
    const { summary, notices } = await run(alone);
    expect(notices.filter((notice) => notice.includes('checkpoint'))).toEqual([]);
    expect(summary).toMatchObject({ savedBy: 'checkpoint', checkpoint: modelFile('O') });
    const expected = await bakedBy(summary.best?.weights ?? {}, modelFile('modelA'));
    expect(tensorsOf(modelFile('O')).equals(expected)).toBe(true);
    expect(tensorsOf(modelFile('modelA')).equals(expected)).toBe(false);

    const again = path.join(folder, 'again.safetensors');
    const { stdout } = await runCliWell(
      ['merge', '--run', summary.files['journal'] ?? '', '--output', again],
      { cwd: folder },
    );
    expect(stdout).toContain('detail.safetensors, strength 1: ');
    expect(tensorsOf(again).equals(expected)).toBe(true);
  });

  it('beside a merge is the merge with them, and no work file stays', async () => {
    const simulator = await startFaulty(setting);
    open.push(simulator);
    putLoras();
    const { summary } = await run();
    const weights = summary.recommended?.weights ?? {};
    const merged = path.join(folder, 'merged.safetensors');
    const blocks = Object.fromEntries(Object.entries(weights).filter(([name]) => !name.includes(':')));
    await mergeCheckpoints({
      modelA: modelFile('modelA'),
      modelB: modelFile('modelB'),
      weights: blocks,
      output: merged,
      hashes: false,
    });
    const expected = await bakedBy(weights, merged);
    expect(tensorsOf(summary.checkpoint ?? '').equals(expected)).toBe(true);
    expect(fs.readdirSync(models).filter((name) => name.includes('work'))).toEqual([]);

    const recipe = summary.files['recipe'] ?? '';
    const again = path.join(folder, 'again.safetensors');
    const sources = ['--model-a', modelFile('modelA'), '--model-b', modelFile('modelB')];
    await runCliWell(['merge', '--recipe', recipe, ...sources, '--output', again], { cwd: folder });
    expect(tensorsOf(again).equals(expected)).toBe(true);
  });

  it('without the files of the LoRAs is a recipe, and refused before the search where a checkpoint was asked for', async () => {
    const simulator = await startFaulty(setting);
    open.push(simulator);
    const { summary } = await run();
    expect(summary).toMatchObject({ checkpoint: undefined, failed: 0 });
    await expect(run({ config: { saveBest: 'checkpoint' } })).rejects.toThrow(
      'its LoRAs cannot be baked in: the LoRA folder is not known: give it with --lora-dir.',
    );
    await expect(
      run({ config: { saveBest: 'checkpoint', loraDir: path.join(folder, 'none') } }),
    ).rejects.toThrow('does not exist: give the LoRA folder of the WebUI as a path on this machine.');
  });
});

it.each(['a1111', 'comfyui'] as const)(
  'blocks of LoRAs are searched over merged files where the server cannot: %s',
  async (family) => {
    const names = ['detail@IN*', 'detail@OUT*'];
    setting = { simulator: { modelsDir: models, family, ...(family === 'a1111' && { extensions: [] }) } };
    const simulator = await startFaulty(setting);
    open.push(simulator);
    const backend = { backend: 'checkpoint', modelsDir: models };
    const run = {
      ...setting,
      renderer: { ...backend, loras: names, adjusts: [], modelB: 'modelA' },
      config: {
        ...backend,
        search: Object.fromEntries(names.map((name) => [`lora:${name}`, { low: 0, high: 1, steps: 1 }])),
        modelB: undefined,
        iterations: 4,
        optimizer: 'grid-search',
        saveBest: 'webui',
      },
    };
    await expect(searchOn([simulator], run)).rejects.toThrow(
      'The LoRAs cannot be baked into merged files: the LoRA folder is not known: give it with --lora-dir.',
    );
    putLoras();
    const { summary, records } = await searchOn([simulator], run);
    expect(summary).toMatchObject({ failed: 0, iterations: 4, savedBy: 'checkpoint' });
    const pixels = ofKind(records, 'scored').map(({ images }) => images.map((image) => image.pixels).join());
    expect(new Set(pixels).size).toBe(4);
    expect(ofKind(records, 'plan')[0]?.plan.server?.mergeWay).toBe('checkpoint');
    expect(fs.readdirSync(models).filter((name) => name.includes('work'))).toEqual([]);
  },
);
