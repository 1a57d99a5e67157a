/** Lists without names: how many numbers there are tells what they are. */
import { describe, expect, it } from 'vitest';
import { readFieldList } from '../../../src/space/field-lists.ts';

const list = (count: number): number[] => Array.from({ length: count }, (_, i) => i / 100);

describe('lists of the field', () => {
  it('26: BASE, then 25; out and time_embed follow as their tools merge', () => {
    expect(readFieldList(list(26))).toMatchObject({
      baseAlpha: 0,
      weights: { IN00: 0.01, IN11: 0.12, M00: 0.13, OUT00: 0.14, OUT11: 0.25, OUT: 0.25, TIME_EMBED: 0.01 },
    });
  });

  it('25: nothing but the blocks', () => {
    const { weights, baseAlpha } = readFieldList(list(25));
    expect({ blocks: Object.keys(weights).length, baseAlpha }).toEqual({ blocks: 25, baseAlpha: undefined });
  });

  it.each([
    [19, {}, 'IN00', 0],
    [20, { baseAlpha: 0 }, 'IN00', 0.01],
    [21, { baseAlpha: 0, vaeWeight: 0.2 }, 'OUT08', 0.19],
  ] as const)('%d: SDXL', (count, rest, block, weight) => {
    const found = readFieldList(list(count));
    expect(found).toMatchObject({ ...rest, architectures: ['sdxl'] });
    expect(found.weights[block]).toBe(weight);
    expect(Object.keys(found.weights).filter((name) => /0[9]|1\d/.test(name))).toEqual([]);
  });

  it.each([
    [17, { IN01: 0.01, IN08: 0.06, M00: 0.07, OUT03: 0.08, OUT11: 0.16 }],
    [12, { IN04: 0.01, IN08: 0.04, M00: 0.05, OUT00: 0.06, OUT05: 0.11 }],
  ])('%d: the blocks of a LoRA', (count, weights) => {
    expect(readFieldList(list(count))).toMatchObject({ weights, isLora: true, baseAlpha: 0 });
  });

  it('say which models have their blocks, and which weights are not of the list', () => {
    const told = (count: number) => {
      const { architectures, follows, isLora } = readFieldList(list(count));
      return { architectures, follows, isLora };
    };
    const none = { architectures: undefined, follows: undefined, isLora: undefined };
    const lora = { ...none, isLora: true };
    expect(told(25)).toEqual(none);
    expect(told(26)).toEqual({ ...none, follows: true });
    expect(told(19)).toEqual({ ...none, architectures: ['sdxl'] });
    expect(told(20)).toEqual({ ...none, architectures: ['sdxl'], follows: true });
    expect(told(17)).toEqual({ ...lora, architectures: ['sd1', 'sd2'] });
    expect(told(12)).toEqual({ ...lora, architectures: ['sdxl'] });
    expect(Object.keys(readFieldList(list(25)))).toEqual(['weights', 'layout']);
  });

  it('refuse what is no number, and say where it stands', () => {
    const numbers = list(26);
    numbers[3] = Number.POSITIVE_INFINITY;
    expect(() => readFieldList(numbers)).toThrow('The weight of IN02 (number 4) is Infinity, not a number.');
  });

  it.each([
    [61, /; got 61 \(supermerger writes 61 for Flux \(CLIP, T5, IN, D00/],
    [110, /extended form/],
    [34, /Z-Image/],
    [30, /Anima/],
    [23, /sd-optim/],
    [33, /; got 33\.$/],
    [27, /search or recipe order/],
  ])('%d is refused with who writes it', (count, message) => {
    expect(() => readFieldList(list(count))).toThrow(message);
  });
});
