import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { looksLikePresets, parsePresets } from '../../../src/space/presets.ts';

const shipped = readFileSync(new URL('../../../csv/preset.tsv', import.meta.url), 'utf8');
const LIST = Array.from({ length: 25 }, (_, i) => i / 10).join(',');

describe('parsePresets', () => {
  it('reads the presets that are shipped', () => {
    const presets = parsePresets(shipped);
    expect(presets).toHaveLength(38);
    expect(presets[0]?.name).toBe('GRAD_V');
    expect(presets.map(({ weights }) => Object.keys(weights).length)).toEqual(presets.map(() => 25));
    const hermite = presets.find(({ name }) => name === 'SMOOTHSTEP*2');
    expect(hermite?.weights).toMatchObject({ IN00: 0, M00: 1, OUT10: 0.0101273148148153 });
    expect(hermite?.weights).not.toHaveProperty('OUT');
    expect(presets.at(-1)).toMatchObject({ name: 'ALL_B', weights: { IN00: 1, OUT00: 1, OUT11: 1 } });
  });

  it('takes CRLF, BOM, blank lines and no header', () => {
    const [preset] = parsePresets(`\uFEFF\r\nMINE\t${LIST}\r\n`);
    expect(preset).toMatchObject({ name: 'MINE', weights: { IN00: 0, M00: 1.2, OUT00: 1.3, OUT11: 2.4 } });
  });

  it('takes a header in the first line alone, comments, and a colon in place of the tab', () => {
    const text = `preset_name\tpreset_weights\n# mine\n  # too\nA : ${LIST}\nB\t ${LIST} \t\n`;
    expect(parsePresets(text).map(({ name }) => name)).toEqual(['A', 'B']);
    expect(parsePresets(`# 1\t${LIST}\n`)[0]?.name).toBe('# 1');
    expect(() => parsePresets(`A\t${LIST}\npreset_name\tweights\n`)).toThrow(/^Line 2 of the presets/);
  });

  it.each([
    ['no name', `\t${LIST}\n`],
    ['no list', 'A\t\n'],
    ['no name before a colon', `:${LIST}\n`],
    ['a third cell', `A\t${LIST}\tB\n`],
    ['one number', 'A\t1\n'],
  ])('refuses %s, and quotes the line', (_, text) => {
    expect(() => parsePresets(text)).toThrow(/^Line 1 of the presets is ".*": it must be a name, a tab/);
  });

  it.each([
    ['an empty place', LIST.replace('0.3', ' '), /has "" as number 4: write a number/],
    ['a letter that draws', LIST.replace('0.3', 'R'), /has "R" as number 4 \(lora-block-weight draws/],
    ['infinity', LIST.replace('0.3', 'Infinity'), /has "Infinity" as number 4: write/],
  ])('refuses %s', (_, list, message) => {
    expect(() => parsePresets(`A\t${list}\n`)).toThrow(message);
  });

  it('quotes no more of a long line or a long cell than fits', () => {
    expect(() => parsePresets(`${'x'.repeat(100)}\n`)).toThrow(`is "${'x'.repeat(60)}":`);
    expect(() => parsePresets(`A\t${'x'.repeat(100)},1\n`)).toThrow(`has "${'x'.repeat(40)}" as number 1:`);
  });

  it.each([
    [
      '24 numbers',
      `A\t${LIST}\nB\t0,1\n`,
      'Line 2 of the presets (B) has 2 numbers: it must have 25 (IN00 to IN11, M00, OUT00 to OUT11) or 26 (BASE first); for SDXL 19',
    ],
    [
      'a word',
      `A\t${LIST.replace('0.3', 'x')}\n`,
      'Line 1 of the presets (A) has "x" as number 4: write a number.',
    ],
    [
      'no tab',
      'A 0,1\n',
      'Line 1 of the presets is "A 0,1": it must be a name, a tab or a colon, and numbers joined by commas, such as 25 for IN00 to OUT11.',
    ],
    [
      'a name twice',
      `A\t${LIST}\n\nA\t${LIST}\n`,
      'Line 3 of the presets names A a second time: rename or remove it.',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parsePresets(text)).toThrow(message);
  });
});

describe('looksLikePresets', () => {
  it.each([
    ['a header', 'preset_name\tpreset_weights\n'],
    ['a list', `A\t${LIST}\n`],
    ['a list behind comments and blank lines', `\n# mine\n\nA\t${LIST}\n`],
    ['a list behind a colon', `A:-0.5, 1e-3,${LIST}\n`],
  ])('by %s', (_, text) => {
    expect(looksLikePresets(text)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['comments alone', '# A\n\n'],
    ['a list without a name', `${LIST}\n`],
    ['words', 'weights: none, or some\n'],
    ['a recipe', `IN00\t0.5\nIN01\t0.5\n`],
    ['a list behind something else', `hello\nA\t${LIST}\n`],
  ])('and not by %s', (_, text) => {
    expect(looksLikePresets(text)).toBe(false);
  });
});
