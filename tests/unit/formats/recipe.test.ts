import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pythonFloat } from '../../../src/formats/python-float.ts';
import { formatRecipe, parseRecipe, recipeMetadata, type Recipe } from '../../../src/formats/recipe.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { SEARCH_ORDER, weightsToList } from '../../../src/architectures/sd-lists.ts';

const folder = new URL('../../fixtures/astolfomix/recipes/', import.meta.url);
const EXAMPLE = `modelA=08b-AstolfoMix-_13a_14a.safetensors
modelB=09b-AstolfoMix-_15a_16a.safetensors
modelO=15b-AstolfoMix-08b09b
position_id_fix=Keep Original
output_mode=Max Precision
0.4,0.9,0.5,0.6,0.5,0.0,0.9,0.9,1.0,0.4,0.3,0.8,0.3,0.9,0.6,0.8,0.9,0.7,0.6,1.0,0.9,0.6,0.7,0.3,0.6,1.0,0.0
`;

describe('parseRecipe', () => {
  it('names the weights by recipe order', () => {
    const recipe = parseRecipe(EXAMPLE);
    expect(recipe).toMatchObject({
      modelA: '08b-AstolfoMix-_13a_14a.safetensors',
      modelB: '09b-AstolfoMix-_15a_16a.safetensors',
      modelO: '15b-AstolfoMix-08b09b',
      positionIdFix: 'Keep Original',
      outputMode: 'Max Precision',
      order: 'recipe',
    });
    expect(recipe?.weights).toMatchObject({
      IN00: 0.4,
      M00: 0.3,
      OUT00: 0.9,
      OUT11: 0.6,
      OUT: 1,
      TIME_EMBED: 0,
    });
    expect(Object.keys(recipe?.weights ?? {})).toEqual([...SEARCH_ORDER]);
    // As the console of the same run printed it, in search order.
    expect(
      weightsToList(recipe?.weights ?? {}, 'search')
        .map(pythonFloat)
        .join(','),
    ).toBe(
      '0.4,0.9,0.5,0.6,0.5,0.0,0.9,0.9,1.0,0.4,0.3,0.8,0.3,1.0,0.9,0.6,0.8,0.9,0.7,0.6,1.0,0.9,0.6,0.7,0.3,0.6,0.0',
    );
  });

  it('swaps OUT and TIME_EMBED in legacy order', () => {
    expect(parseRecipe(EXAMPLE, 'legacy')?.weights).toMatchObject({ OUT11: 0.6, OUT: 0, TIME_EMBED: 1 });
  });

  it('takes BOM, CRLF, blank lines, signs of equality and blanks in paths, and no modelO', () => {
    const text = `\uFEFF${EXAMPLE}`
      .replace(/^(.)modelA=.*$/m, '$1modelA=E:\\My Models\\a=b c.safetensors')
      .replace(/^modelO=.*\n/m, '')
      .replace('Max Precision\n', 'Max Precision\n\n')
      .replaceAll('\n', '\r\n');
    const recipe = parseRecipe(`${text}\r\nmodelA=never read\r\n1,2\r\n`);
    expect(recipe?.modelA).toBe('E:\\My Models\\a=b c.safetensors');
    expect(recipe).not.toHaveProperty('modelO');
    expect(recipe?.weights).toEqual(parseRecipe(EXAMPLE)?.weights);
  });

  it.each([
    ['nothing', ''],
    ['a log', '2023-11-21 01:27:27,668 - AutoMBWrt - INFO - testweights: 0.1,0.2\n'],
    ['26 numbers', EXAMPLE.replace('0.4,', '')],
    ['a word for a number', EXAMPLE.replace('0.4,', 'e,')],
    ['no model', EXAMPLE.replace(/^modelB.*\n/m, '')],
    ['no weights', EXAMPLE.replace(/\n0\.4.*\n/, '\n')],
  ])('is undefined for %s', (_, text) => {
    expect(parseRecipe(text)).toBeUndefined();
  });
});

describe('formatRecipe', () => {
  it('writes the example as it was', () => {
    expect(formatRecipe(known(EXAMPLE))).toBe(EXAMPLE);
  });

  it.each(readdirSync(folder))('writes the first lines of %s as they were', (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const written = formatRecipe(known(text));
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    expect(written.split('\n').slice(0, -1)).toEqual(lines.slice(0, written.split('\n').length - 1));
  });

  it('writes recipe order whatever was read, and gives absent blocks 0.0', () => {
    expect(formatRecipe(known(EXAMPLE, 'legacy')).split('\n')[5]).toMatch(/,0\.6,0\.0,1\.0$/);
    const list = formatRecipe({ ...known(EXAMPLE), weights: uniformWeights(0.5, 'sdxl') }).split('\n')[5];
    expect(list?.split(',').filter((cell) => cell === '0.0')).toHaveLength(6);
  });
});

describe('recipeMetadata', () => {
  it('has the keys of the fork', () => {
    expect(recipeMetadata(known(EXAMPLE))).toEqual({
      type: 'auto-mbw-rt',
      modelA: '08b-AstolfoMix-_13a_14a.safetensors',
      modelB: '09b-AstolfoMix-_15a_16a.safetensors',
      modelO: '15b-AstolfoMix-08b09b',
      position_id_fix: 'Keep Original',
      output_mode: 'Max Precision',
      mbwrt_weights: EXAMPLE.split('\n')[5],
      mbwrt_weights_seq: '[*sl_INPUT, *sl_MID, *sl_OUTPUT, sl_OUT, sl_TIME_EMBED]',
    });
  });
});

describe('pythonFloat', () => {
  // repr() of Python 3.11.
  it.each([
    [1, '1.0'],
    [0, '0.0'],
    [-0, '-0.0'],
    [0.05, '0.05'],
    [0.1 + 0.2, '0.30000000000000004'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [1e-300, '1e-300'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [123456789012345680000, '1.2345678901234568e+20'],
    [-2, '-2.0'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ])('writes %d as %s', (value, text) => {
    expect(pythonFloat(value)).toBe(text);
  });
});

function known(text: string, order: 'recipe' | 'legacy' = 'recipe'): Recipe {
  const recipe = parseRecipe(text, order);
  if (recipe === undefined) throw new Error('the text is no recipe');
  return recipe;
}
