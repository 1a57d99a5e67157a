/** Sums of models by nodes: what the graph comes to, for models that are told apart by their own direction. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { methodValue } from '../../../../src/checkpoints/searched-merge.ts';
import type { Graph, Link } from '../../../../src/renderers/comfyui/graph/graph.ts';
import { mergeNodes } from '../../../../src/renderers/comfyui/graph/merge.ts';
import { uniformWeights, type BlockWeights } from '../../../../src/space/blocks.ts';

const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** By how much each model takes part in a block of what a link gives, as the real nodes compute it. */
function partsOf(graph: Graph, [id]: Link, input: string): number[] {
  const node = graph[id];
  if (node === undefined) throw new Error(`no node ${id}`);
  const { class_type: name, inputs } = node;
  if (name === 'CheckpointLoaderSimple')
    return LETTERS.map((letter) => Number(inputs['ckpt_name'] === letter));
  const [first, second] = ['model1', 'model2'].map((key) => {
    const link = inputs[key];
    if (!Array.isArray(link)) throw new Error(`${id} has no ${key}`);
    return partsOf(graph, [String(link[0]), 0], input);
  });
  const [x, y] = factorsOf(name, inputs, input);
  return (first ?? []).map((value, n) => x * value + y * (second?.[n] ?? 0));
}

function factorsOf(name: string, inputs: Graph[string]['inputs'], input: string): readonly [number, number] {
  if (name === 'ModelMergeAdd') return [1, 1];
  const number = Number(inputs[name === 'ModelMergeSubtract' ? 'multiplier' : input]);
  if (name === 'ModelMergeSubtract') {
    expect(Math.abs(number)).toBeLessThanOrEqual(10);
    return [number, -number];
  }
  expect(number).toBeGreaterThanOrEqual(0);
  expect(number).toBeLessThanOrEqual(1);
  return [number, 1 - number];
}

function sum(weights: readonly number[]): { readonly graph: Graph; readonly model: Link } {
  const others = LETTERS.slice(2, 1 + weights.length);
  const named: BlockWeights = {
    ...uniformWeights(0, 'sd1'),
    IN04: weights[0] ?? 0,
    'merge:method': methodValue(weights.length > 1 ? 'multi-sum' : 'weighted-sum'),
    ...Object.fromEntries(others.map((id, n) => [`multi-sum:${id}@IN04`, weights[n + 1] ?? 0])),
  };
  return mergeNodes({ modelA: 'a', modelB: 'b', others }, 'sd1', named);
}

const amounts = (low: number, high: number): fc.Arbitrary<number[]> =>
  fc.array(fc.double({ min: low, max: high, noNaN: true }), { minLength: 1, maxLength: 7 });

it.each([-1, 0])(
  'is A + w (B - A) + c (C - A) … in its block, and model A everywhere else, from %d to 2',
  (low) => {
    fc.assert(
      fc.property(amounts(low, 2), (weights) => {
        const { graph, model } = sum(weights);
        const own = 1 - weights.reduce((all, weight) => all + weight, 0);
        const expected = [own, ...weights, ...Array.from({ length: 7 - weights.length }, () => 0)];
        for (const [n, part] of partsOf(graph, model, 'input_blocks.4.').entries())
          expect(part).toBeCloseTo(expected[n] ?? 0, 9);
        for (const [n, part] of partsOf(graph, model, 'input_blocks.5.').entries())
          expect(part).toBeCloseTo(Number(n === 0), 9);
      }),
    );
  },
);

it('needs no nodes but those that mix where the weights are shares', () => {
  fc.assert(
    fc.property(amounts(0, 1 / 7), (weights) => {
      const classes = Object.values(sum(weights).graph).map(({ class_type: name }) => name);
      expect(classes.filter((name) => name.startsWith('ModelMerge'))).toEqual(
        weights.map(() => 'ModelMergeSD1'),
      );
    }),
  );
});

it('leaves the same nodes for the same models, whatever the weights: only those that mix differ', () => {
  const stay = (weights: readonly number[]): Graph =>
    Object.fromEntries(Object.entries(sum(weights).graph).filter(([id]) => !id.startsWith('merge')));
  expect(stay([-0.5, 1.2, 0.1])).toEqual(stay([1.9, 0.4, -1]));
  expect(stay([0.5, 1.2, 0.1])).toEqual(stay([1.9, 2, 2]));
  // Without weights below 0 there are fewer of them.
  expect(Object.keys(stay([1, 1, 1]))).toHaveLength(4 + 2 * 3);
  expect(Object.keys(stay([1, 1, -1]))).toHaveLength(4 + 4 * 3);
});
