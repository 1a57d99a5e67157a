import { describe, expect, it } from 'vitest';
import { catalogOf } from '../../../../src/renderers/comfyui/attach.ts';
import { checkpointSource } from '../../../../src/renderers/comfyui/graph/model-source.ts';
import { replacementsIn } from '../../../../src/renderers/comfyui/graph/graph.ts';
import type { Graph } from '../../../../src/renderers/comfyui/graph/graph.ts';
import { mergeNodes, ratioInputsOf } from '../../../../src/renderers/comfyui/graph/merge.ts';
import { buildWorkflow, imageOfNode, portionsOf } from '../../../../src/renderers/comfyui/graph/workflow.ts';
import type { Workflow } from '../../../../src/renderers/comfyui/graph/workflow.ts';
import { ARCHITECTURES, blocksOf } from '../../../../src/architectures/registry.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import type { Architecture, BlockWeights } from '../../../../src/space/blocks.ts';
import type { ImageRequest } from '../../../../src/types.ts';
import { makeRequest } from '../make-request.ts';
import { objectInfo, postedGraph, withUpscaler } from './recordings.ts';
import { problemsOf } from './validate-graph.ts';

const files = { modelA: 'modelA.safetensors', modelB: 'modelB.safetensors' };
const nodes = withUpscaler();
const catalog = catalogOf(new Map(Object.entries(nodes)));

function build(requests: readonly ImageRequest[], weights: BlockWeights | 'model-a' = 'model-a'): Workflow {
  const workflow = buildWorkflow(
    { weights, requests },
    { source: checkpointSource(files, 'sd1'), catalog, workflow: undefined },
  );
  expect(problemsOf(workflow.graph, nodes)).toEqual([]);
  return workflow;
}

/** Another weight for every block, spread evenly from `low` to `high`. */
function distinctWeights(architecture: Architecture, low: number, high: number): BlockWeights {
  const blocks = blocksOf(architecture);
  const step = (high - low) / (blocks.length - 1);
  return Object.fromEntries(
    blocks.map((block, i) => [block, i === blocks.length - 1 ? high : low + i * step]),
  );
}

/** The weight that a key of the UNet gets: by the longest input that it starts with, and back from the ratio. */
function weightOfKey(graph: Graph, key: string): number {
  const { inputs = {} } = graph['merge'] ?? {};
  const name = Object.keys(inputs)
    .filter((input) => typeof inputs[input] === 'number' && key.startsWith(input))
    .toSorted((a, b) => b.length - a.length)[0];
  const ratio = Number(inputs[name ?? '']);
  const [model1] = (inputs['model1'] ?? []) as readonly unknown[];
  return model1 === 'a' ? 1 - ratio : (1 - ratio) * 3 - 1;
}

/** Keys of a UNet, as in the checkpoint less `model.diffusion_model.`, and their blocks. */
function keysOf(architecture: Architecture): (readonly [key: string, block: string])[] {
  const count = architecture === 'sdxl' ? 9 : 12;
  const pad = (i: number): string => String(i).padStart(2, '0');
  const numbers = Array.from({ length: count }, (_, i) => i);
  return [
    ...numbers.map((i) => [`input_blocks.${i}.0.weight`, `IN${pad(i)}`] as const),
    ...[0, 1, 2].map((i) => [`middle_block.${i}.proj_in.weight`, 'M00'] as const),
    ...numbers.map((i) => [`output_blocks.${i}.0.in_layers.0.weight`, `OUT${pad(i)}`] as const),
    ['out.0.weight', 'OUT'] as const,
    ['time_embed.0.weight', 'TIME_EMBED'] as const,
  ];
}

describe.each(ARCHITECTURES)('the merge of %s', (architecture) => {
  it.each([
    ['inside', 0, 1, 2],
    ['outside', -1, 2, 6],
    ['only above', 0.2, 1.01, 6],
    ['only below', -0.01, 0.8, 6],
  ] as const)('gives every key the weight of its block, %s 0..1', (_, low, high, loaders) => {
    const weights = distinctWeights(architecture, low, high);
    const { graph, model } = mergeNodes(files, architecture, weights);
    for (const [key, block] of keysOf(architecture)) {
      expect([key, weightOfKey(graph, key)]).toEqual([key, expect.closeTo(weights[block] ?? Number.NaN, 12)]);
    }
    // No block of the search: model A's, whatever is merged.
    expect(weightOfKey(graph, 'label_emb.0.0.weight')).toBeCloseTo(0, 12);
    expect(model).toEqual(['merge', 0]);
    expect(Object.keys(graph)).toHaveLength(loaders + 1);
    expect(problemsOf(graph, nodes)).toEqual([]);
  });

  it('sends every number that the recorded node takes, and no other', () => {
    const recorded = nodes[architecture === 'sdxl' ? 'ModelMergeSDXL' : 'ModelMergeSD1'];
    const numbers = Object.entries(recorded?.input.required ?? {}).filter(([, [type]]) => type === 'FLOAT');
    expect(ratioInputsOf(architecture).toSorted()).toEqual(numbers.map(([name]) => name).toSorted());
  });

  it('is exactly A at 0 and exactly B at 1', () => {
    for (const weight of [0, 1]) {
      const { graph } = mergeNodes(files, architecture, uniformWeights(weight, architecture));
      const { 'label_emb.': label, ...ratios } = graph['merge']?.inputs ?? {};
      expect(label).toBe(1);
      expect(Object.values(ratios).filter((value) => typeof value === 'number')).toEqual(
        Array.from({ length: ratioInputsOf(architecture).length - 1 }, () => 1 - weight),
      );
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1.001, 2.001, undefined])(
    'refuses the weight %s',
    (weight) => {
      const weights = { ...uniformWeights(0.5, architecture), OUT: weight } as BlockWeights;
      expect(() => mergeNodes(files, architecture, weights)).toThrow(RangeError);
    },
  );
});

describe('the merge outside 0..1', () => {
  it('has the recorded nodes', () => {
    const recorded = postedGraph('extrapolation_minus1_to_2', 'prompt_exchange', 'request', 'body', 'prompt');
    const { graph } = mergeNodes(files, 'sd1', uniformWeights(2, 'sd1'));
    const names = { a: '1', b: '2', a_less_b: 'dAB', b_less_a: 'dBA', lo: 'lo', hi: 'hi' };
    const renamed = JSON.stringify(graph).replaceAll(
      /"(a|b|a_less_b|b_less_a)"/g,
      (_, id: keyof typeof names) => `"${names[id]}"`,
    );
    const ours = JSON.parse(renamed) as Graph;
    for (const id of Object.values(names)) expect(ours[id]).toEqual(recorded[id]);
    expect(Object.keys(ours['merge']?.inputs ?? {}).toSorted()).toEqual(
      Object.keys(recorded['m']?.inputs ?? {}).toSorted(),
    );
  });

  it('is told from the inside by the blocks of the architecture only', () => {
    const weights = { ...uniformWeights(0.5, 'sdxl'), IN11: 1.5 };
    expect(Object.keys(mergeNodes(files, 'sdxl', weights).graph)).toEqual(['a', 'b', 'merge']);
  });
});

describe('the chain of a request', () => {
  it('takes text and VAE from model A, and the model from the merge', () => {
    const { graph } = build([makeRequest()], uniformWeights(0.5, 'sd1'));
    expect(graph['p0_pos']?.inputs).toEqual({ text: 'a cat', clip: ['a', 1] });
    expect(graph['p0s0_decode']?.inputs).toEqual({ samples: ['p0s0_sample', 0], vae: ['a', 2] });
    expect(graph['p0s0_sample']?.inputs).toEqual({
      model: ['merge', 0],
      seed: 1,
      steps: 4,
      cfg: 7,
      sampler_name: 'euler',
      scheduler: 'normal',
      positive: ['p0_pos', 0],
      negative: ['p0_neg', 0],
      latent_image: ['p0_latent', 0],
      denoise: 1,
    });
    expect(build([makeRequest()]).graph['p0s0_sample']?.inputs['model']).toEqual(['a', 0]);
  });

  it('has one sampler a seed, and one output', () => {
    const { graph, outputs } = build([
      makeRequest({}, { id: 'cats/0', seeds: [5] }),
      makeRequest({ width: 64 }, { id: 'dogs/0', seeds: [8, 9] }),
    ]);
    expect(
      [...outputs].map(([node, { request, index, sent }]) => [node, request.id, index, sent.seed]),
    ).toEqual([
      ['p0s0_out', 'cats/0', 0, 5],
      ['p1s0_out', 'dogs/0', 0, 8],
      ['p1s1_out', 'dogs/0', 1, 9],
    ]);
    expect(graph['p1s1_sample']?.inputs['seed']).toBe(9);
    expect(graph['p1_latent']?.inputs).toEqual({ width: 64, height: 128, batch_size: 1 });
    expect([...outputs.keys()].every((node) => graph[node]?.class_type === 'PreviewImage')).toBe(true);
  });

  it('has the wanted images alone, under the nodes that they have in the whole', () => {
    const requests = [
      makeRequest({}, { id: 'cats/0', seeds: [5] }),
      makeRequest({}, { id: 'dogs/0', seeds: [8, 9] }),
      makeRequest({}, { id: 'cows/0', seeds: [3] }),
    ];
    const wanted = ['dogs/0#1', 'cows/0#0'];
    const isWanted = (request: string, index: number): boolean => wanted.includes(`${request}#${index}`);
    const options = { source: checkpointSource(files, 'sd1'), catalog, workflow: undefined } as const;
    const { graph, outputs } = buildWorkflow({ weights: 'model-a', requests, isWanted }, options);
    expect(problemsOf(graph, nodes)).toEqual([]);
    expect(
      [...outputs].map(([node, { request, index, sent }]) => [node, request.id, index, sent.seed]),
    ).toEqual([
      ['p1s1_out', 'dogs/0', 1, 9],
      ['p2s0_out', 'cows/0', 0, 3],
    ]);
    const whole = build(requests).graph;
    for (const [id, node] of Object.entries(graph)) expect(node).toEqual(whole[id]);
    expect(Object.keys(graph).filter((id) => /^(p0|p1s0)/.test(id))).toEqual([]);
  });

  it('has at most sixteen images, and all wanted ones are in one of the prompts', () => {
    const requests = [0, 1, 2].map((n) =>
      makeRequest({}, { id: `x/${n}`, seeds: Array.from({ length: 7 }, (_, i) => 10 * n + i) }),
    );
    const isWanted = (request: string, index: number): boolean => request !== 'x/0' || index > 0;
    const portions = portionsOf({ requests, isWanted });
    const options = { source: checkpointSource(files, 'sd1'), catalog, workflow: undefined } as const;
    const seeds = portions.map((portion) => {
      const { outputs } = buildWorkflow({ weights: 'model-a', ...portion }, options);
      return [...outputs.values()].map(({ sent }) => sent.seed);
    });
    expect(seeds.map(({ length }) => length)).toEqual([16, 4]);
    expect(seeds.flat()).toEqual(requests.flatMap((request) => request.seeds).slice(1));
  });

  it('has what A1111 takes for fields that are left out', () => {
    const { body: _, ...request } = makeRequest();
    const { graph } = build([{ ...request, body: {} }]);
    expect(graph['p0s0_sample']?.inputs).toMatchObject({ steps: 50, cfg: 7, sampler_name: 'euler' });
    expect(graph['p0_latent']?.inputs).toMatchObject({ width: 512, height: 512 });
  });

  it('has clip skip and another VAE', () => {
    const { graph } = build([
      makeRequest({ override_settings: { CLIP_stop_at_last_layers: 2, sd_vae: 'pixel_space' } }),
      makeRequest({ clip_skip: 3 }),
      makeRequest({ clip_skip: 1, override_settings: { sd_vae: 'Automatic' } }),
    ]);
    expect(graph['p0_clip']).toEqual({
      class_type: 'CLIPSetLastLayer',
      inputs: { clip: ['a', 1], stop_at_clip_layer: -2 },
    });
    expect(graph['p0_neg']?.inputs['clip']).toEqual(['p0_clip', 0]);
    expect(graph['p0s0_decode']?.inputs['vae']).toEqual(['p0_vae', 0]);
    expect(graph['p1_clip']?.inputs['stop_at_clip_layer']).toBe(-3);
    expect(graph['p2_pos']?.inputs['clip']).toEqual(['a', 1]);
    expect(graph['p2s0_decode']?.inputs['vae']).toEqual(['a', 2]);
  });

  it('loads LoRAs after the merge, one after another', () => {
    const loras = ['ink.safetensors', 'detail.safetensors'];
    const loader = nodes['LoraLoader'];
    const withLoras = {
      ...nodes,
      LoraLoader: {
        output_node: false,
        input: { required: { ...loader?.input.required, lora_name: [loras] } },
      },
    };
    const requests = [
      { ...makeRequest({ clip_skip: 2 }), prompt: 'a cat <lora:ink:0.6><lora:detail:-0.2>' },
      makeRequest(),
    ];
    const { graph } = buildWorkflow(
      { weights: uniformWeights(0.5, 'sd1'), requests },
      { source: checkpointSource(files, 'sd1'), catalog: { ...catalog, loras }, workflow: undefined },
    );
    expect(problemsOf(graph, withLoras)).toEqual([]);
    expect(graph['p0_lora0']?.inputs).toEqual({
      model: ['merge', 0],
      clip: ['a', 1],
      lora_name: 'ink.safetensors',
      strength_model: 0.6,
      strength_clip: 0.6,
    });
    expect(graph['p0_lora1']?.inputs).toMatchObject({ model: ['p0_lora0', 0], clip: ['p0_lora0', 1] });
    expect(graph['p0_clip']?.inputs['clip']).toEqual(['p0_lora1', 1]);
    expect(graph['p0s0_sample']?.inputs['model']).toEqual(['p0_lora1', 0]);
    expect(graph['p0_pos']?.inputs).toEqual({ text: 'a cat', clip: ['p0_clip', 0] });
    expect(graph['p1s0_sample']?.inputs['model']).toEqual(['merge', 0]);
  });

  it('enlarges the latent as recorded, and samples again', () => {
    const { graph } = build([
      makeRequest({
        enable_hr: true,
        denoising_strength: 0.5,
        steps: 8,
        hr_scale: 2,
        sampler_name: 'DPM++ 2M',
      }),
    ]);
    expect(graph['p0s0_upscale']).toEqual({
      class_type: 'LatentUpscaleBy',
      inputs: { samples: ['p0s0_sample', 0], upscale_method: 'bilinear', scale_by: 2 },
    });
    expect(graph['p0s0_sample2']?.inputs).toMatchObject({
      denoise: 0.5,
      steps: 4,
      seed: 1,
      latent_image: ['p0s0_upscale', 0],
      sampler_name: 'dpmpp_2m',
      scheduler: 'karras',
    });
    expect(graph['p0s0_decode']?.inputs['samples']).toEqual(['p0s0_sample2', 0]);
    expect(graph['p0s0_sample']?.inputs['denoise']).toBe(1);
    const recorded = postedGraph('settings_checks', 'hires_fix_workflow');
    expect(Object.keys(graph['p0s0_upscale']?.inputs ?? {})).toEqual(
      Object.keys(recorded['40']?.inputs ?? {}),
    );
  });

  it('enlarges to a size, and with text and sampler of its own', () => {
    const { graph } = build([
      makeRequest({
        enable_hr: true,
        denoising_strength: 0.7,
        hr_second_pass_steps: 10,
        hr_resize_x: 256,
        hr_upscaler: 'Latent (nearest-exact)',
        hr_prompt: 'a large cat',
        hr_sampler_name: 'Euler a',
        hr_scheduler: 'Use same scheduler',
      }),
    ]);
    expect(graph['p0s0_upscale']).toMatchObject({
      class_type: 'LatentUpscale',
      inputs: { width: 256, height: 256, upscale_method: 'nearest-exact', crop: 'center' },
    });
    expect(graph['p0s0_sample2']?.inputs).toMatchObject({
      steps: 7,
      sampler_name: 'euler_ancestral',
      positive: ['p0_hr_pos', 0],
      negative: ['p0_neg', 0],
    });
    expect(graph['p0_hr_pos']?.inputs['text']).toBe('a large cat');
  });

  it('enlarges the image with an upscaler of the server, or without one', () => {
    const hires = { enable_hr: true, denoising_strength: 0.5, hr_scale: 1.5 };
    const { graph } = build([
      makeRequest({ ...hires, hr_upscaler: '4x-ultrasharp' }, { seeds: [1, 2] }),
      makeRequest({ ...hires, hr_upscaler: 'Lanczos' }),
    ]);
    expect(graph['p0_upscaler']?.inputs).toEqual({ model_name: '4x-UltraSharp.pth' });
    expect(graph['p0s1_enlarge']?.inputs).toEqual({
      upscale_model: ['p0_upscaler', 0],
      image: ['p0s1_small', 0],
    });
    expect(graph['p0s1_scale']?.inputs).toMatchObject({
      image: ['p0s1_enlarge', 0],
      width: 192,
      height: 192,
    });
    expect(graph['p0s1_sample2']?.inputs['latent_image']).toEqual(['p0s1_encode', 0]);
    expect(graph['p1s0_scale']?.inputs).toMatchObject({
      image: ['p1s0_small', 0],
      upscale_method: 'lanczos',
    });
  });

  it('belongs to its request by the ids of its nodes', () => {
    const requests = [makeRequest({}, { id: 'x/0' }), makeRequest({}, { id: 'y/0' })];
    const { graph } = build(requests);
    expect(imageOfNode('p1s0_sample', requests)).toEqual({ request: 'y/0', index: 0 });
    expect(imageOfNode('p0_pos', requests)).toEqual({ request: 'x/0' });
    expect(Object.keys(graph).filter((id) => imageOfNode(id, requests) === undefined)).toEqual(['a']);
    expect(imageOfNode('p2_pos', requests)).toBeUndefined();
  });
});

describe('replacementsIn', () => {
  const isSameGraph = (sent: Graph, had: Graph): boolean => replacementsIn(sent, had) !== undefined;
  const { graph } = build([makeRequest()], uniformWeights(0.3, 'sd1'));
  const changed = (id: string, input: string, value: unknown): Graph => {
    const copy = structuredClone(graph) as Record<
      string,
      { class_type: string; inputs: Record<string, unknown> }
    >;
    Object.assign(copy[id]?.inputs ?? {}, { [input]: value });
    return copy;
  };

  it('does not mind the order, more fields, or numbers that were text', () => {
    const reversed = Object.fromEntries(
      Object.entries(graph)
        .toReversed()
        .map(([id, node]) => [
          id,
          {
            ...node,
            _meta: { title: id },
            inputs: Object.fromEntries(Object.entries(node.inputs).toReversed()),
          },
        ]),
    );
    expect(isSameGraph(graph, reversed)).toBe(true);
    expect(isSameGraph(changed('p0s0_sample', 'steps', '4'), graph)).toBe(true);
  });

  it.each([
    ['p0s0_sample', 'seed', 2],
    ['p0s0_sample', 'seed', '1'.repeat(2)],
    ['p0s0_sample', 'model', ['a', 0]],
    ['p0s0_sample', 'model', ['merge', 1]],
    ['p0s0_sample', 'model', null],
    ['merge', 'out.', 0.699999],
    ['p0_pos', 'text', ''],
    ['p0_pos', 'more', 1],
  ])('sees a change of %s.%s to %s', (id, input, value) => {
    expect(isSameGraph(graph, changed(id, input, value))).toBe(false);
    expect(isSameGraph(changed(id, input, value), graph)).toBe(false);
  });

  it('sees nodes that are gone, more, or of another class', () => {
    const { p0_pos: node, ...fewer } = graph;
    expect(isSameGraph(graph, fewer)).toBe(false);
    expect(isSameGraph(fewer, graph)).toBe(false);
    expect(
      isSameGraph(graph, { ...fewer, p0_pos: { class_type: 'Other', inputs: node?.inputs ?? {} } }),
    ).toBe(false);
  });

  it('finds the recorded history equal to the recorded prompt', () => {
    const posted = postedGraph('ws_cold_run', 'prompt_exchange', 'request', 'body', 'prompt');
    const id = 'a115d02c-0577-4687-a023-a6abd4e9919b';
    expect(isSameGraph(posted, postedGraph('ws_cold_run', 'history', 'body', id, 'prompt', 2))).toBe(true);
  });
});

it('the validator of these tests refuses what the recorded server refused', () => {
  for (const name of [
    'missing_weight',
    'weight_above_1',
    'weight_null',
    'unknown_sampler',
    'seed_minus_1',
    'steps_0',
    'width_too_small',
    'link_of_wrong_length',
    'unknown_checkpoint',
  ]) {
    const graph = postedGraph('post_prompt_errors', name, 'request', 'body', 'prompt');
    expect([name, problemsOf(graph, objectInfo()).length]).toEqual([name, expect.not.closeTo(0)]);
  }
});
