/** Searches of transformers by nodes of ComfyUI: every family with files that the simulated ComfyUI of today has for it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURES, architectureRow } from '../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../src/architectures/transformers/families.ts';
import { describeLimits, describeProof, examineServer, proveMerge } from '../../src/renderers/index.ts';
import { catalogOf } from '../../src/renderers/comfyui/attach.ts';
import { comfyFamily } from '../../src/renderers/comfyui/families/registry.ts';
import { parseWorkflow, type UserWorkflow } from '../../src/renderers/comfyui/graph/workflow-file.ts';
import { UNMOVED } from '../../src/renderers/comfyui/merge/coverage.ts';
import { allNodesSchema } from '../../src/renderers/comfyui/schemas.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import type { Architecture, BlockWeights } from '../../src/space/blocks.ts';
import { ladder, rendererOn, start } from '../helpers/comfyui-transformers.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';

const { signal } = new AbortController();

/** What of the weights the server has merged, of the blocks that a node of ComfyUI can move. */
function moved(weights: BlockWeights): BlockWeights {
  return Object.fromEntries(Object.entries(weights).filter(([block]) => !UNMOVED.has(block)));
}

function merged(simulator: Simulator): BlockWeights {
  return moved(simulator.position());
}

/** Rounding on the server. */
function about(weights: BlockWeights): BlockWeights {
  const close = Object.entries(moved(weights)).map(
    ([block, weight]) => [block, expect.closeTo(weight, 3)] as const,
  );
  return Object.fromEntries(close);
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
const BY_EXTENSION = ['z-image', 'lumina2', 'hidream-o1', 'hidream', 'ernie-image'];
const BY_WORKFLOW = ['hunyuan-video', 'wan', 'cosmos1', 'mage-flow'];

it('every family is searched in one of these ways, but for one', () => {
  const all = new Set(TRANSFORMER_FAMILIES.map(({ id }) => id));
  const listed = [...BY_NODES, ...BY_EXTENSION, ...BY_WORKFLOW];
  expect(new Set(listed).size).toBe(listed.length);
  expect([...all].filter((id) => !listed.includes(id))).toEqual(['ideogram4']);
});

describe.each(BY_NODES)('the nodes for %s', (architecture) => {
  it('are proved, merge every block as asked, and keep a merge', async () => {
    const { simulator, renderer } = await start(architecture);
    expect(await renderer.open(signal)).toMatchObject({ family: 'comfyui', mergeWay: 'comfyui' });
    const request = requestOf('proof/0', [1]);
    const asked = { renderer, request, hash: pixelHash, architecture, areFilesUnread: true };
    expect(describeProof(await proveMerge({ ...asked, signal }))).toEqual([]);
    for (const [low, high] of [
      [0, 1],
      [-1, 2],
    ] as const) {
      const weights = ladder(architecture, renderer, low, high);
      await look(renderer, weights);
      expect(merged(simulator)).toMatchObject(about(weights));
    }
    const isWhole = comfyFamily(architecture)?.isWhole === true;
    expect(await renderer.saveCheckpoint?.(ladder(architecture, renderer, 0, 1), 'kept', signal)).toBe(
      `output/${isWhole ? 'checkpoints' : 'diffusion_models'}/kept_00001_.safetensors`,
    );
    expect(await renderer.close()).toEqual([]);
  });
});

/** One file with everything in it. */
function filesOf(architecture: Architecture): SimulatorOptions {
  return architecture === 'hidream-o1' ? { files: 'whole' } : {};
}

describe.each(BY_EXTENSION)('%s', (architecture) => {
  const { layout, path, blocks } = architectureRow(architecture);

  it('has no node of ComfyUI’s own, which is said with the ways out', async () => {
    const { simulator, renderer } = await start(architecture, filesOf(architecture));
    await expect(renderer.open(signal)).rejects.toMatchObject({
      code: 'webui-merge-way-missing',
      kind: 'usage',
      message: expect.stringMatching(/has no node that merges .+ by blocks; an extension may provide one/),
    });
    expect(simulator.stats().images).toBe(0);
  });

  it('is merged by a node of an extension, whose inputs begin as its blocks', async () => {
    const inputs = blocks.map((block) => `${block}${path.includes(block) ? '.' : ''}`);
    const { simulator, renderer } = await start(architecture, {
      ...filesOf(architecture),
      mergeNodes: { Pack_Merge: inputs },
    });
    await renderer.open(signal);
    expect(layout).toBeDefined();
    const weights = ladder(architecture, renderer, 0, 1);
    await look(renderer, weights);
    expect(merged(simulator)).toMatchObject(about(weights));
    expect(renderer.warnings?.([])?.[0]).toBe(`Pack_Merge merges all ${path.length} numbered blocks.`);
  });
});

describe.each(BY_WORKFLOW)('%s', (architecture) => {
  it('is drawn with by a workflow file only, which is said', async () => {
    const { renderer } = await start(architecture);
    await expect(renderer.open(signal)).rejects.toMatchObject({
      code: 'webui-merge-way-missing',
      message: expect.stringMatching(/: give your own workflow with --workflow\.$/),
    });
  });

  it('is merged by nodes behind a workflow file', async () => {
    const { simulator } = await start(architecture);
    const workflow = await workflowFor(simulator, architecture);
    const renderer = rendererOn(simulator, { architecture, workflow });
    await renderer.open(signal);
    const weights = ladder(architecture, renderer, 0, 1);
    await look(renderer, weights);
    expect(merged(simulator)).toMatchObject(about(weights));
  });
});

const TYPES: Readonly<Record<string, string>> = {
  'hunyuan-video': 'hunyuan_video',
  wan: 'wan',
  cosmos1: 'cosmos',
};

/** With the only text encoders and the only VAE that the server has. */
async function workflowFor({ url }: Simulator, architecture: Architecture): Promise<UserWorkflow> {
  const reply: unknown = await (await fetch(`${url}/object_info`)).json();
  const { textEncoders, vaes } = catalogOf(new Map(Object.entries(allNodesSchema.parse(reply))));
  const type = TYPES[architecture] ?? 'stable_diffusion';
  const [one, two] = textEncoders;
  const load =
    two === undefined
      ? { class_type: 'CLIPLoader', inputs: { clip_name: one, type } }
      : { class_type: 'DualCLIPLoader', inputs: { clip_name1: one, clip_name2: two, type } };
  return parseWorkflow(
    {
      load,
      text: { class_type: 'CLIPTextEncode', inputs: { text: '%prompt%', clip: ['load', 0] } },
      latent: {
        class_type: 'EmptySD3LatentImage',
        inputs: { width: '%width%', height: '%height%', batch_size: 1 },
      },
      sample: {
        class_type: 'KSampler',
        inputs: {
          model: '%model%',
          seed: '%seed%',
          steps: '%steps%',
          cfg: '%cfg_scale%',
          sampler_name: '%sampler_name%',
          scheduler: '%scheduler%',
          positive: ['text', 0],
          negative: ['text', 0],
          latent_image: ['latent', 0],
          denoise: 1,
        },
      },
      vae: { class_type: 'VAELoader', inputs: { vae_name: vaes[0] } },
      decode: { class_type: 'VAEDecode', inputs: { samples: ['sample', 0], vae: ['vae', 0] } },
      out: { class_type: 'PreviewImage', inputs: { images: ['decode', 0] } },
    },
    'mine.json',
  );
}

it('the table of docs/families.md says so', () => {
  const text = readFileSync(new URL('../../docs/families.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| [^|]+\| `([^`]+)` +\|((?:[^|\n]+\|){5})$/gm)].map(
    ([, id = '', cells = '']) => [id, cells.split('|')[3]?.trim()] as const,
  );
  const cellOf = (id: string): string => {
    if (BY_EXTENSION.includes(id)) return 'with an extension';
    if (BY_WORKFLOW.includes(id)) return 'own workflow';
    return id === 'ideogram4' ? 'no' : 'yes';
  };
  expect(rows.length).toBe(ARCHITECTURES.length + TRANSFORMER_FAMILIES.length);
  expect(rows).toEqual(rows.map(([id]) => [id, cellOf(id)]));
});

it('the adapter of Anima stays model A’s unless it is asked for', async () => {
  const { simulator, renderer } = await start('anima');
  await renderer.open(signal);
  expect(renderer.capabilities.optional).toEqual(['llm_adapter']);
  expect(describeLimits(renderer.capabilities)).toEqual([
    "pos_embedder cannot be changed and stays model A's.",
  ]);
  const weights = ladder('anima', renderer, 0.2, 1);
  await look(renderer, weights);
  expect(simulator.position()['llm_adapter'] ?? 0).toBe(0);
  await look(renderer, { ...weights, llm_adapter: 0.7 });
  expect(merged(simulator)).toMatchObject(about({ ...weights, llm_adapter: 0.7 }));
});

it('text encoders and VAE are named by options where names leave it open', async () => {
  const { renderer } = await start('flux1', {}, { vae: 'elsewhere' });
  await expect(renderer.open(signal)).rejects.toMatchObject({
    code: 'model-parts',
    message: expect.stringContaining('"elsewhere" is not a VAE in ComfyUI'),
  });
  const other = await start('flux1', {}, { textEncoders: ['t5xxl_fp16'] });
  await expect(other.renderer.open(signal)).rejects.toMatchObject({
    message: expect.stringContaining('Flux.1 takes CLIP-L and T5-XXL, so give --text-encoder once for each'),
  });
  const both = await start('flux1', {}, { textEncoders: ['clip_l', 't5xxl_fp16'], vae: 'ae' });
  // In the plan of a run, which is not resumed with others.
  await expect(both.renderer.open(signal)).resolves.toMatchObject({
    mergeWay: 'comfyui',
    settings: {
      loaders: ['UNETLoader', 'UNETLoader'],
      DualCLIPLoader: expect.objectContaining({ type: 'flux' }),
      VAELoader: { vae_name: 'ae.safetensors' },
    },
  });
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
