/** What merges do to images and weights: the identities measured on the real server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { blocksOf } from '../../../../src/space/blocks.ts';
import type { BlockWeights } from '../../../../src/space/blocks.ts';
import { prefixOf } from '../../../../src/simulator/models/blocks.ts';
import { mergeGraph, plainGraph, withInputs, withMerge, withRatios } from './graphs.ts';
import type { Graph } from './graphs.ts';
import { shoot, startComfy } from './images.ts';
import type { Comfy, Shot } from './images.ts';
import { exchange, ExchangeSchema, recorded } from './recording.ts';

let comfy: Comfy;
let url = '';

beforeAll(async () => {
  comfy = await startComfy();
  ({ url } = comfy);
});
afterAll(async () => {
  await comfy.close();
});

const BLOCKS_INPUTS = { input: 0.25, middle: 0.5, out: 0.75 };

/** The runs of merge_measurements, in their order. */
const RUNS: readonly (readonly [name: string, graph: Graph])[] = [
  ['A_plain', plainGraph('1')],
  ['B_unet_A_clip_vae', plainGraph('2')],
  ['B_plain', withInputs(plainGraph('1'), { 1: { ckpt_name: 'modelB.safetensors' } })],
  ['SD1_all_1', withRatios(1)],
  ['SD1_all_0', withRatios(0)],
  ['SD1_all_0.5', withRatios(0.5)],
  ['SD1_all_0.5_same_prompt_again', withRatios(0.5)],
  ['SD1_all_0.5_new_seed_only', withInputs(withRatios(0.5), { 7: { seed: 2 } })],
  ['SD1_all_0.5_back_to_seed1', withRatios(0.5)],
  ['SD2_all_0.5', withMerge('ModelMergeSD2', ratiosOf(withRatios(0.5)))],
  ['Simple_0.5', withMerge('ModelMergeSimple', { ratio: 0.5 })],
  ['Blocks_0.5', withMerge('ModelMergeBlocks', { input: 0.5, middle: 0.5, out: 0.5 })],
  ['Blocks_order_input_first', withMerge('ModelMergeBlocks', BLOCKS_INPUTS)],
  ['Blocks_order_out_first', withMerge('ModelMergeBlocks', { out: 0.75, middle: 0.5, input: 0.25 })],
  ['SD1_same_as_Blocks_input_first', likeBlocks(0.25)],
  ['SD1_same_as_Blocks_out_first', likeBlocks(0.75)],
  ['SD1_0.123456789', withRatios(0.123456789)],
  ['SD1_0.12', withRatios(0.12)],
  ['SD1_label_emb_0_else_1', withRatios(1, { 'label_emb.': 0 })],
  ...[
    'input_blocks.1.',
    'input_blocks.10.',
    'middle_block.0.',
    'middle_block.1.',
    'middle_block.2.',
    'out.',
    'time_embed.',
    'output_blocks.0.',
  ].map((name) => [`SD1_1_except_${name}_0`, withRatios(1, { [name]: 0 })] as const),
  ['SD1_all_1_after_all', withRatios(1)],
];

it('has equal images and cached nodes where the recorded runs have them, and only there', async () => {
  const record = z
    .object({
      runs: z.record(z.string(), z.object({ pixels_sha256: z.string(), cached: z.array(z.string()) })),
      comparisons: z.array(z.object({ a: z.string(), b: z.string(), pixels_equal: z.boolean() })),
    })
    .parse(recorded('merge_measurements'));
  expect(RUNS.map(([name]) => name).toSorted()).toEqual(Object.keys(record.runs).toSorted());
  const own = new Map<string, Shot>();
  for (const [name, graph] of RUNS) own.set(name, await shoot(url, graph));
  const pairs = RUNS.flatMap(([a], i) => RUNS.slice(0, i).map(([b]) => [a, b] as const));
  const isEqual = (a: string, b: string): boolean => own.get(a)?.hash === own.get(b)?.hash;
  const wasEqual = (a: string, b: string): boolean =>
    record.runs[a]?.pixels_sha256 === record.runs[b]?.pixels_sha256;
  expect(pairs.filter(([a, b]) => isEqual(a, b) !== wasEqual(a, b))).toEqual([]);
  for (const { a, b, pixels_equal: wanted } of record.comparisons)
    expect([a, b, isEqual(a, b)]).toEqual([a, b, wanted]);
  // Before the first recorded run another one had left its nodes in the cache.
  for (const [name] of RUNS.slice(1)) {
    expect([name, own.get(name)?.cached]).toEqual([name, record.runs[name]?.cached]);
  }
});

it('moves one block alone, and the weights tell which', async () => {
  const { hash: plain } = await shoot(url, plainGraph('1'));
  for (const block of blocksOf('sd1')) {
    const names = Object.keys(ratiosOf(mergeGraph())).filter((name) => name.startsWith(prefixOf(block)));
    const { hash } = await shoot(url, withRatios(1, Object.fromEntries(names.map((name) => [name, 0]))));
    const moved = Object.entries(comfy.side.position()).filter(([, weight]) => weight !== 0);
    expect(moved).toEqual([[block, 1]]);
    expect(hash).not.toBe(plain);
  }
});

it('tells the order of ModelMergeBlocks inputs only after its cache is dropped', async () => {
  const record = z
    .object({ result: z.object({ cached_after_free: z.array(z.string()) }), free: ExchangeSchema })
    .parse(recorded('blocks_input_order'));
  const first = await shoot(url, withMerge('ModelMergeBlocks', BLOCKS_INPUTS));
  const response = await fetch(url + record.free.request.path, {
    method: 'POST',
    body: JSON.stringify(record.free.request.body),
  });
  expect([response.status, await response.text()]).toEqual([record.free.status, record.free.body]);
  const second = await shoot(url, withMerge('ModelMergeBlocks', { out: 0.75, middle: 0.5, input: 0.25 }));
  expect(second.cached).toEqual(record.result.cached_after_free);
  expect(second.hash).not.toBe(first.hash);
  expect(second.hash).toBe((await shoot(url, likeBlocks(0.75))).hash);
  expect(rounded(comfy.side.position())).toMatchObject({
    TIME_EMBED: 0.25,
    IN03: 0.75,
    M00: 0.5,
    OUT03: 0.25,
    OUT: 0.25,
  });
});

describe('SDXL', () => {
  let large: Comfy;
  beforeAll(async () => {
    large = await startComfy('sdxl');
  });
  afterEach(async () => {
    await large.close();
  });

  it('has the identities of its own merge node', async () => {
    const { body } = exchange('get_object_info_selected');
    const names = z
      .object({
        ModelMergeSDXL: z.object({ input: z.object({ required: z.record(z.string(), z.unknown()) }) }),
      })
      .parse(body).ModelMergeSDXL.input.required;
    const ratios = (ratio: number, but: object = {}): Graph =>
      withMerge('ModelMergeSDXL', {
        ...Object.fromEntries(
          Object.keys(names)
            .filter((name) => !name.startsWith('model'))
            .map((name) => [name, ratio]),
        ),
        ...but,
      });
    const hash = async (graph: Graph): Promise<string> => (await shoot(large.url, graph)).hash;
    expect(await hash(ratios(1))).toBe(await hash(plainGraph('1')));
    expect(await hash(ratios(0))).toBe(await hash(plainGraph('2')));
    expect(await hash(ratios(1, { 'label_emb.': 0 }))).not.toBe(await hash(plainGraph('1')));
    await hash(ratios(1, { 'input_blocks.4': 0.25 }));
    expect(Object.entries(rounded(large.side.position())).filter(([, weight]) => weight !== 0)).toEqual([
      ['IN04', 0.75],
    ]);
    // The node of another family finds the same keys.
    expect(await hash(withRatios(0.5))).toBe(await hash(ratios(0.5)));
  });
});

function rounded(position: BlockWeights): Record<string, number> {
  return Object.fromEntries(
    Object.entries(position).map(([block, weight]) => [block, Number(weight.toFixed(5))]),
  );
}

function ratiosOf(graph: Graph): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(graph['3']?.inputs ?? {}).filter(([, value]) => !Array.isArray(value)),
  );
}

/** What ModelMergeBlocks does with {@link BLOCKS_INPUTS}, in words of ModelMergeSD1. */
function likeBlocks(rest: number): Graph {
  const ratioOf = (name: string): number => {
    if (name.startsWith('input')) return BLOCKS_INPUTS.input;
    if (name.startsWith('middle')) return BLOCKS_INPUTS.middle;
    return name.startsWith('out') ? BLOCKS_INPUTS.out : rest;
  };
  return withMerge(
    'ModelMergeSD1',
    Object.fromEntries(Object.keys(ratiosOf(mergeGraph())).map((name) => [name, ratioOf(name)])),
  );
}
