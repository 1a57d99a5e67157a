import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { architectureRow } from '../../../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../../src/architectures/transformers/families.ts';
import { effectiveWeights } from '../../../../src/renderers/effective-weights.ts';
import type { Graph } from '../../../../src/renderers/comfyui/graph/graph.ts';
import { mergeLoaded } from '../../../../src/renderers/comfyui/graph/merge.ts';
import { chooseMerge, type MergeChoice } from '../../../../src/renderers/comfyui/merge/choose.ts';
import { mergeClassesIn, type MergeClass } from '../../../../src/renderers/comfyui/merge/classes.ts';
import { UNMOVED } from '../../../../src/renderers/comfyui/merge/coverage.ts';
import { describeMerge } from '../../../../src/renderers/comfyui/merge/words.ts';
import { allNodesSchema, nodeInfoSchema } from '../../../../src/renderers/comfyui/schemas.ts';
import { createUniform } from '../../../../src/shared/random.ts';
import { startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator } from '../../../../src/simulator/index.ts';
import { blocksOf } from '../../../../src/space/blocks.ts';
import type { Architecture, BlockWeights } from '../../../../src/space/blocks.ts';
import { fullSize } from '../../architectures/transformer-headers.ts';

let simulator: Simulator;
/** Of the recorded ComfyUI 0.27.0. */
let core: readonly MergeClass[] = [];
beforeAll(async () => {
  simulator = await startSimulator({ family: 'comfyui', architecture: 'flux1' });
  const reply: unknown = await (await fetch(`${simulator.url}/object_info`)).json();
  core = mergeClassesIn(Object.entries(allNodesSchema.parse(reply)));
});
afterAll(async () => simulator.close());

function choose(architecture: Architecture, classes: readonly MergeClass[] = core): MergeChoice | undefined {
  const { layout, optionalBlocks } = architectureRow(architecture);
  return layout && chooseMerge(layout, optionalBlocks, classes);
}

function chosen(architecture: Architecture, classes: readonly MergeClass[] = core): MergeChoice {
  const choice = choose(architecture, classes);
  if (choice === undefined) throw new Error(`nothing merges ${architecture}`);
  return choice;
}

/** What becomes of a tensor that no input is for: ComfyUI's own nodes give it the first number, some extensions leave it. */
type Law = 'first' | 'leaves';

/** How much of model B a tensor gets, by the law of the nodes. */
function weightOfKey(graph: Graph, key: string, law: Law): number {
  const model: Record<string, number> = { a: 0, b: 1, lo: -1, hi: 2 };
  for (const [id, { inputs }] of Object.entries(graph)) {
    if (!id.startsWith('merge')) continue;
    const ratios = Object.entries(inputs).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, value] as const] : [],
    );
    const own = ratios
      .filter(([name]) => key.startsWith(name))
      .toSorted(([x], [y]) => y.length - x.length)[0];
    const ratio = own?.[1] ?? (law === 'first' ? ratios[0]?.[1] : 1) ?? Number.NaN;
    const [first, second] = [inputs['model1'], inputs['model2']].map(
      (link) => model[String(Reflect.get(Object(link), 0))] ?? Number.NaN,
    );
    model[id] = ratio * (first ?? Number.NaN) + (1 - ratio) * (second ?? Number.NaN);
  }
  return Object.values(model).at(-1) ?? Number.NaN;
}

const loader = { class_type: 'UNETLoader', inputs: {} };
const loaders = { a: loader, b: loader };

/** Every tensor of the family's file gets the weight of its block, or of the one that it follows. */
function expectLawful(architecture: Architecture, choice: MergeChoice, asked: BlockWeights, law: Law): void {
  const row = architectureRow(architecture);
  const weights = effectiveWeights(asked, choice, architecture);
  const { graph } = mergeLoaded(loaders, { architecture, steps: choice.steps }, weights);
  for (const key of Object.keys(fullSize(architecture))) {
    const block = row.blockOf(row.network.prefix + key);
    if (block === undefined || UNMOVED.has(block)) continue;
    const weight = weightOfKey(graph, key, law);
    expect([key, weight]).toEqual([key, expect.closeTo(weights[block] ?? 0, 9)]);
  }
}

function ladder(architecture: Architecture, low: number, high: number): BlockWeights {
  const blocks = blocksOf(architecture);
  const step = (high - low) / (blocks.length - 1);
  return Object.fromEntries(blocks.map((block, i) => [block, low + step * i]));
}

function pack(name: string, inputs: readonly string[]): MergeClass {
  return { name, inputs, slot: 0, isCore: false };
}

const WITH_NODES: Readonly<Record<string, string>> = {
  sd3: 'ModelMergeSD3_2B',
  auraflow: 'ModelMergeAuraflow',
  'hunyuan-video': 'ModelMergeFlux1',
  flux2: 'ModelMergeFlux1',
  chroma: 'ModelMergeFlux1',
  flux1: 'ModelMergeFlux1',
  wan: 'ModelMergeWAN2_1',
  anima: 'ModelMergeCosmosPredict2_2B',
  'cosmos-predict2': 'ModelMergeCosmosPredict2_2B',
  cosmos1: 'ModelMergeCosmos7B',
  lens: 'ModelMergeQwenImage',
  'qwen-image-2.1': 'ModelMergeQwenImage',
  'mage-flow': 'ModelMergeQwenImage',
  'qwen-image': 'ModelMergeQwenImage',
  krea2: 'ModelMergeKrea2',
};

describe('of ComfyUI’s own nodes', () => {
  it.each(TRANSFORMER_FAMILIES.map(({ id }) => id))('the one that fits %s best is taken', (id) => {
    expect(choose(id)?.steps.map(({ className }) => className)).toEqual(
      WITH_NODES[id] === undefined ? undefined : [WITH_NODES[id]],
    );
  });

  it.each([
    ['sd3:joint_blocks=38', 'ModelMergeSD35_Large'],
    ['cosmos-predict2:blocks=36', 'ModelMergeCosmosPredict2_14B'],
    ['wan:blocks=40', 'ModelMergeWAN2_1'],
    ['flux1:double_blocks=8', 'ModelMergeFlux1'],
  ])('sizes count: %s', (id, name) => {
    expect(chosen(id).steps.map(({ className }) => className)).toEqual([name]);
  });

  it.each(Object.keys(WITH_NODES))(
    'every tensor of %s gets the weight of its block, also outside 0..1',
    (id) => {
      const choice = chosen(id);
      expect(choice.isWide).toBe(true);
      for (const [low, high] of [
        [0, 1],
        [-1, 2],
        [0.3, 0.4],
      ] as const) {
        expectLawful(id, choice, ladder(id, low, high), 'first');
      }
    },
  );

  it('what has no input follows no block that somebody would set for itself, where an input is to spare', () => {
    expect(chosen('chroma')).toMatchObject({ tied: {}, fixed: {}, uncovered: ['distilled_guidance_layer'] });
    expect(chosen('qwen-image')).toMatchObject({
      tied: {},
      fixed: { pos_embeds: 0 },
      uncovered: ['norm_out'],
    });
    // All inputs are for blocks of it: the rest goes along with the first one.
    expect(chosen('hunyuan-video').tied).toEqual({
      'double_blocks.19': 'img_in',
      'single_blocks.38': 'img_in',
      'single_blocks.39': 'img_in',
    });
  });

  it('the adapter of Anima moves for who asks for it, and nothing moves it otherwise', () => {
    const choice = chosen('anima');
    expect(choice).toMatchObject({ tied: {}, fixed: { pos_embedder: 0 }, uncovered: ['llm_adapter'] });
    expectLawful('anima', choice, ladder('anima', 0.2, 1), 'first');
    expectLawful('anima', choice, { ...ladder('anima', 0.2, 1), llm_adapter: 0.7 }, 'first');
    expect(describeMerge(architectureRow('anima'), choice)).toBe(
      "ModelMergeCosmosPredict2_2B merges all 28 numbered blocks. It has no input for llm_adapter, which stays model A's unless --block asks for it.",
    );
  });

  it('tensors of the network as a whole stay model A’s, as ComfyUI leaves them', () => {
    expect(chosen('sd3').fixed).toEqual({ pos_embed: 0 });
    expect(chosen('auraflow').fixed).toEqual({ positional_encoding: 0, register_tokens: 0 });
  });
});

describe('nodes of extensions', () => {
  const layers = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `layers.${from + i}.`);
  const REFINERS = [0, 1].flatMap((i) => [`noise_refiner.${i}.`, `context_refiner.${i}.`]);
  const ENDS = ['x_embedder.', 't_embedder.', 'cap_embedder.', 'final_layer.'];

  it('are taken where ComfyUI has none, whatever they do with what they have no input for', () => {
    const choice = chosen('z-image', [...core, pack('Pack_Z', [...layers(0, 30), ...REFINERS, ...ENDS])]);
    expect(choice.steps.map(({ className }) => className)).toEqual(['Pack_Z']);
    expect(choice).toMatchObject({ tied: {}, fixed: { cap_pad_token: 0, x_pad_token: 0 }, isWide: true });
    for (const law of ['first', 'leaves'] as const)
      expectLawful('z-image', choice, ladder('z-image', -1, 2), law);
  });

  it('come after ComfyUI’s own where both fit as well', () => {
    const own = core.find(({ name }) => name === 'ModelMergeFlux1');
    const same = pack('A_Pack', own?.inputs ?? []);
    expect(chosen('flux1', [same, ...core]).steps[0]?.className).toBe('ModelMergeFlux1');
    // Three parts more than ComfyUI's own has.
    const klein = pack('Klein', [
      ...(own?.inputs ?? []).filter((input) => !input.startsWith('vector_in')),
      'double_stream_modulation_img.',
      'double_stream_modulation_txt.',
      'single_stream_modulation.',
    ]);
    expect(chosen('flux2', [...core, klein]).steps[0]?.className).toBe('Klein');
  });

  it('with inputs for parts of a block give these the weight of the block', () => {
    const parts = layers(0, 36).flatMap((layer) => [layer, `${layer}mlp.`, `${layer}self_attention.to_q.`]);
    const choice = chosen('ernie-image', [pack('Pack_E', [...parts, 'x_embedder.', 'final_norm.'])]);
    // What the node does with the others is not known: they stay, and so does the block that would move them.
    expect(choice.fixed).toMatchObject({
      text_proj: 0,
      time_embedding: 0,
      adaLN_modulation: 0,
      final_linear: 0,
    });
    for (const law of ['first', 'leaves'] as const) {
      expectLawful('ernie-image', choice, ladder('ernie-image', 0, 1), law);
    }
  });

  it('stand one behind the other where none has an input for all', () => {
    const first = pack('Pack_1', [...layers(0, 20), ...REFINERS, 'x_embedder.', 'llm.']);
    const second = pack('Pack_2', [...layers(15, 30), 't_embedder.', 'cap_embedder.', 'final_layer.']);
    const choice = chosen('z-image', [first, second]);
    expect(choice.steps.map(({ className }) => className)).toEqual(['Pack_1', 'Pack_2']);
    expect(choice).toMatchObject({ tied: {}, fixed: { cap_pad_token: 0, x_pad_token: 0 }, isWide: false });
    for (const law of ['first', 'leaves'] as const)
      expectLawful('z-image', choice, ladder('z-image', 0, 1), law);
  });

  it('of any kind give every tensor the weight that they say', () => {
    const random = createUniform(7);
    const ids = ['z-image', 'flux1', 'anima', 'hidream', 'qwen-image'];
    const nodes: number[] = [];
    for (let run = 0; run < 60; run++) {
      const id = ids[run % ids.length] ?? '';
      const { blocks, optionalBlocks, path } = architectureRow(id);
      const all = [...blocks, ...optionalBlocks];
      const packs = [1, 2, 3].map((n) => {
        const share = random();
        const inputs = all
          .filter(() => random() < share)
          .map((block) => (path.includes(block) ? `${block}.` : block));
        return pack(
          `Pack_${n}`,
          [...inputs, ...(random() < 0.5 ? ['nothing.'] : [])].toSorted(() => random() - 0.5),
        );
      });
      const choice = choose(id, packs);
      if (choice === undefined) continue;
      nodes.push(choice.steps.length);
      const [low, high] = choice.isWide ? [-1, 2] : [0, 1];
      const asked = Object.fromEntries(all.map((block) => [block, low + (high - low) * random()]));
      for (const law of ['first', 'leaves'] as const) expectLawful(id, choice, asked, law);
      expectLawful(id, choice, ladder(id, low, high), 'first');
    }
    expect(nodes.filter((count) => count === 1).length).toBeGreaterThan(3);
    expect(nodes.filter((count) => count > 1).length).toBeGreaterThan(9);
  });

  it('that want more than two models and numbers, or numbers that do not reach from 0 to 1, are left alone', () => {
    const info = (required: object): [string, ReturnType<typeof nodeInfoSchema.parse>] => [
      'X',
      nodeInfoSchema.parse({ input: { required }, output: ['MODEL'] }),
    ];
    const models = { model1: ['MODEL'], model2: ['MODEL'] };
    const ratio = ['FLOAT', { min: 0, max: 1 }];
    expect(mergeClassesIn([info({ ...models, 'layers.0.': ratio })])).toHaveLength(1);
    expect(mergeClassesIn([info({ ...models, 'layers.0.': ratio, mode: [['a', 'b']] })])).toEqual([]);
    expect(mergeClassesIn([info({ ...models, 'layers.0.': ['FLOAT', { min: 0.1, max: 1 }] })])).toEqual([]);
    expect(mergeClassesIn([info({ model1: ['MODEL'], 'layers.0.': ratio })])).toEqual([]);
  });
});
