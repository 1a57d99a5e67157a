import { describe, expect, it } from 'vitest';
import { infotextSettings } from '../../../src/images/infotext-settings.ts';

const pairs = (text: string): (readonly [string, string])[] =>
  infotextSettings(text).map(({ name, value }) => [name, value]);

describe('the settings of an infotext', () => {
  it('are the pairs of the last line of settings, and of what stands behind it', () => {
    const text =
      'Steps: 3 on a hill\nNegative prompt: a, b: c\nSteps: 20, Sampler: Euler a, Size: 512x768\nTemplate: x';
    expect(pairs(text)).toEqual([
      ['Steps', '20'],
      ['Sampler', 'Euler a'],
      ['Size', '512x768'],
      ['Template', 'x'],
    ]);
  });

  it('keep commas and colons that stand in quotes', () => {
    const text = String.raw`Steps: 2, Lora hashes: "one: 12, two: 34", Note: "say \"a, b\"", Seed: 5`;
    expect(pairs(text)).toEqual([
      ['Steps', '2'],
      ['Lora hashes', 'one: 12, two: 34'],
      ['Note', 'say "a, b"'],
      ['Seed', '5'],
    ]);
  });

  it.each([
    ['no settings at all', []],
    ['', []],
    [
      'Steps: 2, nonsense, : x, Seed: ',
      [
        ['Steps', '2'],
        ['Seed', ''],
      ],
    ],
    [
      'Steps: 2, Open: "never closed, Seed: 5',
      [
        ['Steps', '2'],
        ['Open', '"never closed, Seed: 5'],
      ],
    ],
    [
      String.raw`Steps: 2, Bad: "\x"`,
      [
        ['Steps', '2'],
        ['Bad', String.raw`\x`],
      ],
    ],
  ] as const)('of %j are %j', (text, expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  it('are no more than anybody could look at, however many there seem to be', () => {
    const text = `Steps: 2${', a: "\\"'.repeat(200_000)}${', b: 1'.repeat(200_000)}`;
    expect(infotextSettings(text).length).toBeLessThanOrEqual(500);
    expect(infotextSettings(`Steps: 2${', b: 1'.repeat(200_000)}`)).toHaveLength(500);
  });
});
