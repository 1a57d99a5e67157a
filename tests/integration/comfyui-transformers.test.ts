/** Searches of transformers by nodes of ComfyUI: every family with files that the simulated ComfyUI of today has for it. */
import { afterEach, describe, expect, it } from 'vitest';
import { architectureRow } from '../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../src/architectures/transformers/families.ts';
import { createRenderer, effectiveWeights, examineServer, proveMerge } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { comfyFamily } from '../../src/renderers/comfyui/families/registry.ts';
import { UNMOVED } from '../../src/renderers/comfyui/merge/coverage.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import type { Architecture, BlockWeights } from '../../src/space/blocks.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';

const open: { close(): Promise<unknown> }[] = [];
const { signal } = new AbortController();
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(
  architecture: Architecture,
  simulated: SimulatorOptions = {},
  over: Partial<RendererOptions> = {},
): Promise<{ simulator: Simulator; renderer: Renderer }> {
  const simulator = await startSimulator({ family: 'comfyui', architecture, ...simulated });
  const renderer = createRenderer({
    url: simulator.url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture,
    backend: 'comfyui',
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
  open.push(simulator);
  open.unshift(renderer);
  return { simulator, renderer };
}

/** Another weight for every block that is searched, as it comes out on the server. */
function ladder(architecture: Architecture, renderer: Renderer, low: number, high: number): BlockWeights {
  const blocks = blocksOf(architecture);
  const step = (high - low) / (blocks.length + 1);
  const asked = Object.fromEntries(blocks.map((block, i) => [block, low + step * (i + 1)]));
  return effectiveWeights(asked, renderer.capabilities, architecture);
}

/** What the server has merged, of the blocks that a node of ComfyUI can move. */
function expectMerged(simulator: Simulator, expected: BlockWeights): void {
  const position = simulator.position();
  for (const [block, weight] of Object.entries(expected)) {
    if (!UNMOVED.has(block)) expect([block, position[block]]).toEqual([block, expect.closeTo(weight, 3)]);
  }
}

/** In the table of docs/families.md. */
const BY_NODES = [
  'sd3',
  'auraflow',
  'flux2',
  'chroma',
  'flux1',
  'anima',
  'cosmos-predict2',
  'lens',
  'qwen-image-2.1',
  'qwen-image',
  'krea2',
];
/** HiDream-O1 as well, whose empty latent the simulated server lacks: see families.test.ts of the renderer. */
const BY_EXTENSION = ['z-image', 'lumina2', 'hidream', 'ernie-image'];
const BY_WORKFLOW = ['hunyuan-video', 'wan', 'cosmos1', 'mage-flow'];

it('every family is searched in one of these ways, but for two', () => {
  const all = new Set(TRANSFORMER_FAMILIES.map(({ id }) => id));
  const listed = [...BY_NODES, ...BY_EXTENSION, ...BY_WORKFLOW];
  expect(new Set(listed).size).toBe(listed.length);
  expect([...all].filter((id) => !listed.includes(id))).toEqual(['hidream-o1', 'ideogram4']);
});

/** Its own encoder and VAE are younger than the simulated server. */
const PARTS: Readonly<Record<string, Partial<RendererOptions>>> = {
  'qwen-image-2.1': { textEncoders: ['qwen_2.5_vl_7b'], vae: 'qwen_image_vae' },
};

describe.each(BY_NODES)('the nodes for %s', (architecture) => {
  it('are proved, merge every block as asked, and keep a merge', async () => {
    const { simulator, renderer } = await start(architecture, {}, PARTS[architecture]);
    expect(await renderer.open(signal)).toMatchObject({ family: 'comfyui', mergeWay: 'comfyui' });
    const request = requestOf('proof/0', [1]);
    await proveMerge({ renderer, request, hash: pixelHash, architecture, signal });
    for (const [low, high] of [
      [0, 1],
      [-1, 2],
    ] as const) {
      const weights = ladder(architecture, renderer, low, high);
      await look(renderer, weights);
      expectMerged(simulator, weights);
    }
    const isWhole = comfyFamily(architecture)?.isWhole === true;
    expect(await renderer.saveCheckpoint?.(ladder(architecture, renderer, 0, 1), 'kept', signal)).toBe(
      `output/${isWhole ? 'checkpoints' : 'diffusion_models'}/kept_00001_.safetensors`,
    );
    expect(await renderer.close()).toEqual([]);
  });
});

describe.each(BY_EXTENSION)('%s', (architecture) => {
  const { layout, path, blocks } = architectureRow(architecture);

  it('has no node of ComfyUI’s own, which is said with the ways out', async () => {
    const { simulator, renderer } = await start(architecture);
    await expect(renderer.open(signal)).rejects.toMatchObject({
      code: 'webui-merge-way-missing',
      kind: 'usage',
      message: expect.stringMatching(/has no node that merges .+ by blocks; an extension may have one/),
    });
    expect(simulator.stats().images).toBe(0);
  });

  it('is merged by a node of an extension, whose inputs begin as its blocks', async () => {
    const inputs = blocks.map((block) => `${block}${path.includes(block) ? '.' : ''}`);
    const { simulator, renderer } = await start(architecture, { mergeNodes: { Pack_Merge: inputs } });
    await renderer.open(signal);
    expect(layout).toBeDefined();
    const weights = ladder(architecture, renderer, 0, 1);
    await look(renderer, weights);
    expectMerged(simulator, weights);
    expect(renderer.warnings?.([])?.[0]).toBe(`Pack_Merge merges all ${path.length} numbered blocks.`);
  });
});

it.each(BY_WORKFLOW)('%s is drawn with by a workflow file only, which is said', async (architecture) => {
  const { renderer } = await start(architecture);
  await expect(renderer.open(signal)).rejects.toMatchObject({
    code: 'webui-merge-way-missing',
    message: expect.stringMatching(/: give a workflow of your own with --workflow\.$/),
  });
});

it('the adapter of Anima stays model A’s unless it is asked for', async () => {
  const { simulator, renderer } = await start('anima');
  await renderer.open(signal);
  expect(renderer.capabilities.optional).toEqual(['llm_adapter']);
  const weights = ladder('anima', renderer, 0.2, 1);
  await look(renderer, weights);
  expect(simulator.position()['llm_adapter'] ?? 0).toBe(0);
  await look(renderer, { ...weights, llm_adapter: 0.7 });
  expectMerged(simulator, { ...weights, llm_adapter: 0.7 });
});

it('text encoders and VAE are named by options where names leave it open', async () => {
  const { renderer } = await start('flux1', {}, { vae: 'elsewhere' });
  await expect(renderer.open(signal)).rejects.toMatchObject({
    code: 'model-parts',
    message: expect.stringContaining('"elsewhere" is no VAE of ComfyUI'),
  });
  const other = await start('flux1', {}, { textEncoders: ['t5xxl_fp16'] });
  await expect(other.renderer.open(signal)).rejects.toMatchObject({
    message: expect.stringContaining(
      'Flux.1 takes CLIP-L and T5-XXL, so give --text-encoder for each of them',
    ),
  });
  const both = await start('flux1', {}, { textEncoders: ['clip_l', 't5xxl_fp16'], vae: 'ae' });
  await expect(both.renderer.open(signal)).resolves.toMatchObject({ mergeWay: 'comfyui' });
});

it('auto leaves blocks that would have to follow others to who asks for it', async () => {
  const { renderer } = await start('flux2', {}, { backend: 'auto' });
  await expect(renderer.open(signal)).rejects.toMatchObject({
    message: expect.stringMatching(
      /merges 46 of the 56 numbered blocks.*choose --backend comfyui.*--models-dir/,
    ),
  });
});

it('doctor and backends find the node and try it', async () => {
  const { simulator } = await start('flux1');
  const found = await examineServer({ url: simulator.url, architecture: 'flux1', tries: true }, signal);
  expect(found).toMatchObject({
    models: expect.arrayContaining(['modelA.safetensors', 'modelB.safetensors']),
    mergeWays: [{ name: 'comfyui', summary: expect.stringContaining('ModelMergeFlux1 merges all 57') }],
    obstacles: [],
  });
});
