import { describe, expect, it } from 'vitest';
import { parseLoraArgument } from '../../../../src/checkpoints/lora/argument.ts';
import { nameLoraWeights } from '../../../../src/checkpoints/lora/block-weights.ts';
import type { Architecture } from '../../../../src/space/blocks.ts';

describe('--lora', () => {
  it.each([
    ['x.safetensors', 'x.safetensors', 1, undefined],
    ['x.safetensors:0.7', 'x.safetensors', 0.7, undefined],
    ['x.safetensors:-1', 'x.safetensors', -1, undefined],
    [String.raw`C:\a b\x.safetensors:.5`, String.raw`C:\a b\x.safetensors`, 0.5, undefined],
    [String.raw`C:\x.SAFETENSORS`, String.raw`C:\x.SAFETENSORS`, 1, undefined],
    ['/a.safetensors:/x.safetensors:2', '/a.safetensors:/x.safetensors', 2, undefined],
    ['x.safetensors.safetensors:1e-1', 'x.safetensors.safetensors', 0.1, undefined],
    ['x.safetensors:1:0,0.5, -1', 'x.safetensors', 1, [0, 0.5, -1]],
  ])('%s', (text, file, strength, weights) => {
    expect(parseLoraArgument(text)).toEqual({ file, strength, weights });
  });

  it('may have its weights by name', () => {
    expect(parseLoraArgument('x.safetensors:0.7:*=0, IN*=.5,BASE=-1')).toEqual({
      file: 'x.safetensors',
      strength: 0.7,
      weights: undefined,
      parts: [
        ['*', 0],
        ['IN*', 0.5],
        ['BASE', -1],
      ],
    });
  });

  it.each([
    ['x.ckpt:1', /^The LoRA x\.ckpt:1 does not end in \.safetensors; use /],
    ['x', /does not end in \.safetensors/],
    ['x.safetensors:', /has nothing after the colon/],
    ['x.safetensors:much', /^The strength of the LoRA x\.safetensors is "much", which is not a number/],
    ['x.safetensors::1,2', /strength .* is "", which is not a number/],
    ['x.safetensors:Infinity', /is not a number/],
    ['x.safetensors:1e999', /is not a number/],
    ['x.safetensors:1:1,,2', /^Block weight 2 of the LoRA x\.safetensors is "", which is not a number/],
    ['x.safetensors:1:ALL', /^Block weight 1 .* is "ALL"/],
    [
      'x.safetensors:1:IN*=0.5,1',
      /"1" among the weights of the LoRA x\.safetensors is not of the form NAME=WEIGHT; use/,
    ],
    ['x.safetensors:1:=1', /"=1" among the weights/],
    ['x.safetensors:1:IN*=', /^The weight of IN\* in the LoRA x\.safetensors is "", which is not a number/],
    ['x.safetensors:1:1:1', /has too many colons/],
  ])('refuses %s', (text, message) => {
    expect(() => parseLoraArgument(text)).toThrow(message);
  });
});

describe('lists of block weights', () => {
  const named = (count: number, architecture: Architecture): string[] =>
    Object.entries(
      nameLoraWeights(
        'x',
        Array.from({ length: count }, (_, i) => i),
        architecture,
      ),
    )
      .toSorted(([, x], [, y]) => x - y)
      .map(([name]) => name);

  it('have the names and the order of the prompt extension', () => {
    const seventeen =
      'BASE IN01 IN02 IN04 IN05 IN07 IN08 M00 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08 OUT09 OUT10 OUT11';
    expect(named(17, 'sd1').join(' ')).toBe(seventeen);
    expect(named(17, 'sd2').join(' ')).toBe(seventeen);
    expect(named(12, 'sdxl').join(' ')).toBe(
      'BASE IN04 IN05 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05',
    );
    expect(named(20, 'sdxl').join(' ')).toBe(
      'BASE IN00 IN01 IN02 IN03 IN04 IN05 IN06 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08',
    );
    const all = named(26, 'sd1');
    expect(all.slice(0, 2)).toEqual(['BASE', 'IN00']);
    expect(all.slice(12, 15)).toEqual(['IN11', 'M00', 'OUT00']);
    expect(named(26, 'sdxl')).toEqual(all);
  });

  it.each([
    [
      16,
      'sd1',
      /^The LoRA x was given 16 block weights; for Stable Diffusion 1\.x a list has 17 or 26 numbers\.$/,
    ],
    [12, 'sd1', /a list has 17 or 26 numbers/],
    [20, 'sd2', /a list has 17 or 26 numbers/],
    [17, 'sdxl', /for Stable Diffusion XL a list has 12 or 20 or 26 numbers/],
    [0, 'sdxl', /was given 0 block weights/],
  ] as const)('%i numbers for %s are refused', (count, architecture, message) => {
    expect(() => named(count, architecture)).toThrow(message);
  });
});
