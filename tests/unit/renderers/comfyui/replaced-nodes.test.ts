/** ComfyUI runs nodes of classes that are gone as others: that is no other prompt, as long as the search decides in it. */
import { afterEach, describe, expect, it } from 'vitest';
import { catalogOf } from '../../../../src/renderers/comfyui/attach.ts';
import { checkpointSource } from '../../../../src/renderers/comfyui/graph/model-source.ts';
import { replacementsIn } from '../../../../src/renderers/comfyui/graph/graph.ts';
import type { Graph, GraphNode } from '../../../../src/renderers/comfyui/graph/graph.ts';
import { parseWorkflow } from '../../../../src/renderers/comfyui/graph/workflow-file.ts';
import { buildWorkflow } from '../../../../src/renderers/comfyui/graph/workflow.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import { makeRequest } from '../make-request.ts';
import { closeAll, imageOf, render, signal, start } from './comfy-world.ts';
import { objectInfo } from './recordings.ts';

afterEach(closeAll);

const FILE = {
  latent: { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
  text: { class_type: 'CLIPTextEncode', inputs: { text: 'a %prompt%', clip: '%clip%' } },
  sample: {
    class_type: 'OldSampler',
    inputs: { unet: '%model%', noise: '%seed%', steps: 20, positive: ['text', 0], latent: ['latent', 0] },
  },
  decode: { class_type: 'VAEDecode', inputs: { samples: ['sample', 1], vae: '%vae%' } },
  out: { class_type: 'PreviewImage', inputs: { images: ['decode', 0] } },
};
const workflow = parseWorkflow(FILE, 'mine.json');

describe('replacementsIn', () => {
  const { graph, foreign } = buildWorkflow(
    { weights: uniformWeights(0.5, 'sd1'), requests: [makeRequest({}, { seeds: [5] })] },
    {
      source: checkpointSource({ modelA: 'modelA.safetensors', modelB: 'modelB.safetensors' }, 'sd1'),
      catalog: catalogOf(new Map(Object.entries(objectInfo()))),
      workflow,
    },
  );
  const sampler: GraphNode = {
    class_type: 'KSampler',
    inputs: { model: ['merge', 0], seed: 5, positive: ['p0s0_text', 0], more: 'lanczos' },
  };
  const decode: GraphNode = {
    class_type: 'VAEDecode',
    inputs: { samples: ['p0s0_sample', 0], vae: ['a', 2] },
  };
  const had = (changes: Graph): Graph => ({ ...graph, ...changes });
  const found = (changes: Graph): unknown => {
    const map = replacementsIn(graph, had(changes), foreign);
    return map === undefined ? 'another prompt' : Object.fromEntries(map);
  };

  it('takes another class for a node of the file, and another slot for what hangs on it', () => {
    expect(found({})).toEqual({});
    expect(found({ p0s0_sample: sampler, p0s0_decode: decode })).toEqual({ OldSampler: 'KSampler' });
  });

  it.each<[string, Graph]>([
    ['another slot without a replacement', { p0s0_decode: decode }],
    ['another seed', { p0s0_sample: { ...sampler, inputs: { ...sampler.inputs, seed: 6 } } }],
    ['another model', { p0s0_sample: { ...sampler, inputs: { ...sampler.inputs, model: ['a', 0] } } }],
    ['another text', { p0s0_text: { class_type: 'NewText', inputs: { text: 'a dog', clip: ['a', 1] } } }],
    [
      'another class for the output',
      { p0s0_out: { class_type: 'SaveImage', inputs: graph['p0s0_out']?.inputs ?? {} } },
    ],
    [
      'another class for the merge',
      { merge: { class_type: 'ModelMergeSD2', inputs: graph['merge']?.inputs ?? {} } },
    ],
    [
      'another weight',
      { merge: { class_type: 'ModelMergeSD1', inputs: { ...graph['merge']?.inputs, 'out.': 0 } } },
    ],
    ['another loader', { a: { class_type: 'CheckpointLoader', inputs: graph['a']?.inputs ?? {} } }],
    ['one node more', { x: sampler }],
  ])('sees %s', (_, changes) => {
    expect(found(changes)).toBe('another prompt');
  });

  it('takes values of the file as the server converts them, and those of the search as they are', () => {
    const sent: Graph = {
      own: { class_type: 'A', inputs: { ratio: 0.5, size: '8' } },
      user: {
        class_type: 'B',
        inputs: { a: '20', b: 1.9, c: 3, d: 'yes', e: 0, f: true, g: { __value__: ['x'] }, h: 0.25 },
      },
    };
    const after = (own: object, user: object = {}): Graph => ({
      own: { class_type: 'A', inputs: { ratio: 0.5, size: 8, ...own } },
      user: {
        class_type: 'B',
        inputs: { a: 20, b: 1, c: '3', d: true, e: false, f: 'True', g: ['x'], h: 0.25, ...user },
      },
    });
    const users = new Map([['user', []]]);
    expect(replacementsIn(sent, after({}), users)?.size).toBe(0);
    expect(replacementsIn(sent, after({ ratio: 0 }), users)).toBeUndefined();
    expect(replacementsIn(sent, after({}, { h: 0.3 }), users)).toBeUndefined();
    expect(replacementsIn(sent, after({}, { g: ['y'] }), users)).toBeUndefined();
    expect(replacementsIn(sent, after({}), new Map())).toBeUndefined();
  });
});

describe('a server that replaces nodes', () => {
  const replacing: Parameters<typeof start>[1] = {
    'GET /node_replacements': {
      status: 200,
      body: {
        OldSampler: [{ new_node_id: 'KSampler', old_node_id: 'OldSampler', input_mapping: null }],
        Odd: 'none',
      },
    },
  };

  it('says so before, and it is warned of once', async () => {
    const { renderer, world } = await start({ workflow }, replacing);
    await renderer.open(signal);
    const warnings = renderer.warnings?.([makeRequest()]) ?? [];
    expect(warnings.filter((one) => one.includes('OldSampler'))).toEqual([
      'The node OldSampler of "mine.json" is outdated, so this ComfyUI runs KSampler instead; export the workflow again to get the new node.',
    ]);
    world.behave = (posted) => {
      for (const [id, node] of Object.entries(posted.prompt)) {
        if (node.class_type !== 'OldSampler') continue;
        const { unet, noise, ...rest } = node.inputs;
        Object.assign(posted.prompt, {
          [id]: { class_type: 'KSampler', inputs: { ...rest, model: unet, seed: noise } },
        });
      }
      world.begin(posted);
      for (const id of ['p0s0_out', 'p1s0_out', 'p2s0_out']) world.make(posted, id);
      world.end(posted);
    };
    expect(await render(renderer)).toHaveLength(3);
    expect(await renderer.close()).toEqual([]);
    // Without a title such a server fails at the node.
    const [first] = world.server.bodies('POST /prompt') as { prompt: Record<string, object> }[];
    expect(first?.prompt['p0s0_sample']).toMatchObject({ _meta: { title: 'OldSampler' } });
  });

  it('says nothing before: it is told at the end, once', async () => {
    const { renderer, world } = await start({ workflow });
    world.nodes['OldSampler'] = { output_node: false, input: { required: {} } };
    await renderer.open(signal);
    world.behave = (posted) => {
      const prompt = structuredClone(posted.prompt);
      for (const id of ['p0s0_sample', 'p1s0_sample', 'p2s0_sample'])
        Object.assign(prompt[id] ?? {}, { class_type: 'NewSampler' });
      const changed = { ...posted, prompt };
      world.running = [changed];
      for (const id of ['p0s0_out', 'p1s0_out', 'p2s0_out']) world.make(posted, id);
      world.history[posted.prompt_id] = {
        prompt: [1, posted.prompt_id, prompt],
        outputs: { p0s0_out: { images: [imageOf('p0s0_out')] } },
        status: { status_str: 'success', completed: true, messages: [] },
      };
      world.running = [];
      world.tell(posted, 'executing', { node: null });
    };
    expect(await render(renderer)).toHaveLength(3);
    expect(await render(renderer)).toHaveLength(3);
    expect(await renderer.close()).toEqual([
      expect.stringContaining('runs NewSampler instead; export the workflow again'),
    ]);
  });

  it('has no use for a class without a replacement, or with one that it lacks', async () => {
    const none = await start({ workflow });
    await expect(none.renderer.open(signal)).rejects.toThrow('has no node OldSampler');
    const lacking = await start({ workflow }, replacing);
    delete lacking.world.nodes['KSampler'];
    await expect(lacking.renderer.open(signal)).rejects.toThrow('has no node KSampler');
    const other = await start(
      { workflow },
      { 'GET /node_replacements': { status: 200, body: { OldSampler: [{ new_node_id: 'Nowhere' }] } } },
    );
    await expect(other.renderer.open(signal)).rejects.toThrow('has no node OldSampler');
  });
});
