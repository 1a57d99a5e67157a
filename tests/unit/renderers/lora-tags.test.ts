/** The words with which a prompt calls a LoRA: with one strength, two, or a list. */
import { describe, expect, it } from 'vitest';
import { lorasIn } from '../../../src/checkpoints/lora/searched-loras.ts';
import { loraTag, tagFormOf } from '../../../src/renderers/lora-tags.ts';
import { parametersOfLoras } from '../../../src/renderers/prompt-loras.ts';
import type { Architecture, BlockWeights } from '../../../src/space/blocks.ts';

function tag(weights: BlockWeights, architecture: Architecture = 'sd1'): string {
  const [lora = { name: '', strength: 0, parts: [] }] = lorasIn(weights);
  const names = Object.keys(weights).map((name) => name.replace('lora:', ''));
  return loraTag('x', lora, tagFormOf(names, architecture), architecture);
}

const list = (of: Readonly<Record<number, number>>, count = 26): string =>
  Array.from({ length: count }, (_, i) => of[i] ?? 0).join();
/** `[from, to)` of one strength. */
const run = (from: number, to: number, value: number): Record<number, number> =>
  Object.fromEntries(Array.from({ length: to - from }, (_, i) => [from + i, value]));

describe('a tag', () => {
  it.each<[BlockWeights, string]>([
    [{ 'lora:x': 0.7 }, '<lora:x:0.7>'],
    [{ 'lora:x': 1e-9 }, '<lora:x:0>'],
    [{ 'lora:x': 0 }, ''],
    [{ 'lora:x': 0.7, 'lora:x@BASE': 0.2 }, '<lora:x:0.2:0.7>'],
    [{ 'lora:x@base': 0.2 }, '<lora:x:0.2:0>'],
    [{ 'lora:x': 0, 'lora:x@BASE': 0 }, ''],
    [{ 'lora:x@IN*': 0.5 }, `<lora:x:1:lbw=${list(run(1, 13, 0.5))}>`],
    // The more exact one counts, whatever their order.
    [
      { 'lora:x@IN04': 1, 'lora:x@IN*': 0.5, 'lora:x': 0.1 },
      `<lora:x:1:lbw=${list({ ...run(0, 26, 0.1), ...run(1, 13, 0.5), 5: 1 })}>`,
    ],
    // Beyond 0 to 1 the greatest stands before the list.
    [{ 'lora:x@OUT*': -0.5 }, `<lora:x:-0.5:lbw=${list(run(14, 26, 1))}>`],
    [{ 'lora:x@M00': 2, 'lora:x@BASE': 0.5 }, `<lora:x:2:lbw=${list({ 0: 0.25, 13: 1 })}>`],
    [{ 'lora:x@M00': 0, 'lora:x@IN*': 0 }, ''],
  ])('of %j', (weights, expected) => {
    expect(tag(weights)).toBe(expected);
  });

  it('has as many numbers as the family has blocks with layers', () => {
    expect(tag({ 'lora:x@OUT*': 1 }, 'sdxl')).toBe(`<lora:x:1:lbw=${list(run(11, 20, 1), 20)}>`);
  });
});

describe('what can be searched of a LoRA', () => {
  it('is the whole, and each part that is named', () => {
    const names = parametersOfLoras(['a@IN*', 'b', 'a@BASE'], 'sd1').map(({ name }) => name);
    expect(names).toEqual(['lora:a', 'lora:a@IN*', 'lora:a@BASE', 'lora:b']);
  });

  it('are blocks that a LoRA has', () => {
    expect(() => parametersOfLoras(['a@IN12'], 'sd1')).toThrow(
      /lora:a@IN12: "IN12" does not match any block of a LoRA for Stable Diffusion 1.x; its blocks are BASE, IN00,/,
    );
    expect(() => parametersOfLoras(['a@IN09'], 'sdxl')).toThrow(
      '"IN09" does not match any block of a LoRA for Stable Diffusion XL; its blocks are BASE, IN00,',
    );
  });
});
