/** Searches of transformers by merged files: every family that the simulated ComfyUI and Forge can draw with. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ARCHITECTURES } from '../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../src/architectures/transformers/families.ts';
import { createRenderer, proveMerge } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import type { Architecture, BlockWeights } from '../../src/space/blocks.ts';
import { ITERATIONS, ofKind, resumeOn, searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';
import { get } from '../unit/simulator/client.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const ON_COMFYUI = [
  'sd3',
  'auraflow',
  'flux2',
  'chroma',
  'flux1',
  'z-image',
  'lumina2',
  'hidream',
  'anima',
  'cosmos-predict2',
  'lens',
  'qwen-image-2.1',
  'qwen-image',
  'krea2',
  'ernie-image',
];
/** Those that it has classes for. */
const ON_FORGE = ['flux2', 'chroma', 'flux1', 'z-image', 'lumina2', 'anima', 'qwen-image', 'ernie-image'];

/** Another weight for every block. */
function ladder(architecture: Architecture, low: number, high: number): BlockWeights {
  const blocks = blocksOf(architecture);
  const step = (high - low) / (blocks.length + 1);
  return Object.fromEntries(blocks.map((block, i) => [block, low + step * (i + 1)]));
}

function expectMerged(simulator: Simulator, expected: BlockWeights): void {
  const position = simulator.position();
  for (const [block, weight] of Object.entries(expected))
    expect([block, position[block]]).toEqual([block, expect.closeTo(weight, 2)]);
}

const merges = (folder: string): string[] =>
  fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('autombw'));

async function start(
  family: 'comfyui' | 'forge',
  architecture: Architecture,
  over: Partial<RendererOptions> = {},
  simulated: SimulatorOptions = {},
): Promise<{ simulator: Simulator; renderer: Renderer; root: string }> {
  const root = temporaryFolder();
  const simulator = await startSimulator({ family, architecture, modelsDir: root, ...simulated });
  const renderer = createRenderer({
    url: simulator.url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture,
    backend: 'checkpoint',
    modelsDir: simulator.modelsDir,
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
  open.push(simulator);
  open.unshift(renderer);
  return { simulator, renderer, root };
}

/** Options for everything that Forge has beside the model. */
async function partsOf({ url }: Simulator): Promise<Pick<RendererOptions, 'textEncoders' | 'vae'>> {
  const { body } = await get(url, '/sdapi/v1/sd-modules');
  const names = z.array(z.object({ model_name: z.string(), filename: z.string() })).parse(body);
  const vae = names.find(({ filename }) => filename.includes('/VAE/'))?.model_name;
  const textEncoders = names.map(({ model_name: name }) => name).filter((name) => name !== vae);
  return { textEncoders, ...(vae === undefined ? {} : { vae }) };
}

async function expectToMerge(
  simulator: Simulator,
  renderer: Renderer,
  architecture: Architecture,
): Promise<void> {
  const request = requestOf('proof/0', [1]);
  await proveMerge({ renderer, request, hash: pixelHash, architecture, signal });
  for (const [low, high] of [
    [0, 1],
    [-1, 2],
  ] as const) {
    const weights = ladder(architecture, low, high);
    await look(renderer, weights);
    expectMerged(simulator, weights);
  }
}

describe.each(ON_COMFYUI)('merged files of %s on ComfyUI', (architecture) => {
  it('are proved, have every block as asked, and are gone at the end', async () => {
    const { simulator, renderer, root } = await start('comfyui', architecture);
    expect(await renderer.open(signal)).toMatchObject({ family: 'comfyui', mergeWay: 'checkpoint' });
    expect(renderer.capabilities).toMatchObject({ tied: {}, fixed: {}, range: { low: -1, high: 2 } });
    await expectToMerge(simulator, renderer, architecture);
    expect(await renderer.close()).toEqual([]);
    expect(merges(root)).toEqual([]);
  });
});

describe.each(ON_FORGE)('merged files of %s on Forge', (architecture) => {
  it('are proved, have every block as asked, and are gone at the end', async () => {
    const root = temporaryFolder();
    const simulator = await startSimulator({ family: 'forge', architecture, modelsDir: root });
    open.push(simulator);
    const before = (await get(simulator.url, '/sdapi/v1/options')).body;
    const renderer = createRenderer({
      url: simulator.url,
      modelA: 'modelA',
      modelB: 'modelB',
      architecture,
      modelsDir: root,
      ...(await partsOf(simulator)),
      retryDelays: [0.01],
      pollSeconds: 0.02,
    });
    open.unshift(renderer);
    expect(await renderer.open(signal)).toMatchObject({ family: 'forge', mergeWay: 'checkpoint' });
    await expectToMerge(simulator, renderer, architecture);
    expect(await renderer.close()).toEqual([]);
    expect(merges(root)).toEqual([]);
    const after = z.looseObject({}).parse((await get(simulator.url, '/sdapi/v1/options')).body);
    expect(after['forge_additional_modules']).toEqual([]);
    expect(Object.keys(after)).toEqual(Object.keys(z.looseObject({}).parse(before)));
  });
});

it('a family that the server does not know is told in its words', async () => {
  const { simulator, renderer } = await start('forge', 'krea2');
  const parts = await partsOf(simulator);
  const named = createRenderer({
    url: simulator.url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture: 'krea2',
    modelsDir: simulator.modelsDir,
    ...parts,
    retryDelays: [],
  });
  open.unshift(named);
  await expect(renderer.open(signal)).rejects.toMatchObject({ code: 'model-parts' });
  await named.open(signal);
  await expect(look(named, 'model-a')).rejects.toThrow(/Failed to recognize model/);
});

describe.each(['comfyui', 'forge'] as const)('a search of Flux.1 on %s', (family) => {
  const architecture = 'flux1:double_blocks=2,single_blocks=4';

  it('finds the family by the files, runs, is resumed, and leaves the best and nothing else', async () => {
    const modelsDir = temporaryFolder();
    const simulator = await startFaulty({ simulator: { family, architecture, modelsDir } });
    open.push(simulator);
    const parts = family === 'forge' ? await partsOf(simulator) : {};
    const { textEncoders: textEncoder, vae } = parts;
    const setting = {
      renderer: { modelsDir: simulator.modelsDir, backend: 'checkpoint', architecture, ...parts },
      config: {
        modelsDir: simulator.modelsDir,
        backend: 'checkpoint',
        architecture,
        saveBest: 'checkpoint',
        ...(textEncoder === undefined ? {} : { textEncoder }),
        ...(vae === undefined ? {} : { vae }),
      },
    };
    const { summary, records } = await searchOn([simulator], setting);
    expect(summary).toMatchObject({ failed: 0, savedBy: 'checkpoint' });
    expect(ofKind(records, 'scored')).toHaveLength(ITERATIONS);
    const [plan] = ofKind(records, 'plan');
    expect(plan?.plan.server).toMatchObject({ family, mergeWay: 'checkpoint' });
    // Forge has them in force beside the model, ComfyUI in the nodes of every prompt.
    const modules = family === 'forge' ? ['clip_l', 't5xxl_fp16', 'ae'] : [];
    const settings = JSON.stringify(plan?.plan.server?.settings ?? {});
    expect(modules.filter((name) => !settings.includes(`/${name}.safetensors`))).toEqual([]);
    const left = (): string[] =>
      fs.readdirSync(simulator.modelsDir).filter((name) => name.endsWith('.safetensors'));
    expect(left().toSorted()).toEqual([
      'O.safetensors',
      'modelA.safetensors',
      'modelB.safetensors',
      'other.safetensors',
    ]);
    fs.rmSync(path.join(simulator.modelsDir, 'O.safetensors'));
    const more = { ...setting, config: { iterations: ITERATIONS + 2 } };
    const resumed = await resumeOn([simulator], summary.files['journal'] ?? '', more);
    expect(ofKind(resumed.records, 'scored')).toHaveLength(ITERATIONS + 2);
    expect(merges(modelsDir)).toEqual([]);
  });
});

it('the table of the docs says so', () => {
  const text = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/families.md'), 'utf8');
  const rows = [...text.matchAll(/^\| [^|]+\| `([^`]+)` +\|( yes .+)\|$/gm)].map(
    ([, id = '', cells = '']) => [id, cells.split('|').at(-1)?.trim()] as const,
  );
  const servers = (id: string): string =>
    [...(ON_COMFYUI.includes(id) ? ['ComfyUI'] : []), ...(ON_FORGE.includes(id) ? ['Forge'] : [])].join(', ');
  expect(rows).toEqual([
    ...ARCHITECTURES.map((id) => [id, 'yes'] as const),
    ...TRANSFORMER_FAMILIES.map(({ id }) => [id, servers(id) || 'no'] as const),
  ]);
});
