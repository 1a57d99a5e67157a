import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { recipeMetadata } from '../../../src/formats/recipe.ts';
import { SEARCH_ORDER, WEIGHT_ORDERS, weightsFromList } from '../../../src/architectures/sd-lists.ts';
import { loadPresets } from '../../../src/weights/presets.ts';
import { readWeights } from '../../../src/weights/read.ts';
import { formatHistoryCsv, type HistoryRow } from '../../../src/formats/history-csv.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { temporaryFolder } from '../../helpers/run-search.ts';
import { checkpointBytes, sd1Tensors, writeTo } from '../checkpoints/make-checkpoint.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures');
const RECIPES = path.join(FIXTURES, 'astolfomix/recipes');
const HISTORIES = path.join(FIXTURES, 'astolfomix/histories');
const JOURNAL = path.join(FIXTURES, 'journals/v0.1.0.journal.jsonl');
const NUMBERS = Array.from({ length: 27 }, (_, i) => (i + 1) / 100);
const LIST = NUMBERS.join(',');
const LIST25 = NUMBERS.slice(0, 25).join(',');

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
const read = (source: string, presetFiles: readonly string[] = []) =>
  readWeights(source, { folder, presetFiles });
const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

describe('lists', () => {
  it.each([
    ['27 numbers: search order', LIST, weightsFromList(NUMBERS, 'search')],
    ['25 numbers: preset order', LIST25, weightsFromList(NUMBERS.slice(0, 25), 'preset')],
    ['recipe:', `recipe:${LIST}`, weightsFromList(NUMBERS, 'recipe')],
    ['legacy:', `legacy:${LIST}`, weightsFromList(NUMBERS, 'legacy')],
    ['search:, brackets and blanks', `search:[${NUMBERS.join(', ')}]`, weightsFromList(NUMBERS, 'search')],
    ['preset:', `preset:${LIST25}`, weightsFromList(NUMBERS.slice(0, 25), 'preset')],
  ])('%s', async (_, source, weights) => {
    expect((await read(source)).weights).toEqual(weights);
  });

  it('mbw: has time_embed follow IN00 and out follow OUT11, with and without base alpha', async () => {
    const { weights, baseAlpha } = await read(`mbw:${LIST25}`);
    expect(weights).toMatchObject({ IN00: 0.01, TIME_EMBED: 0.01, OUT11: 0.25, OUT: 0.25 });
    expect(baseAlpha).toBeUndefined();
    const based = await read(`mbw:0.3,${LIST25}`);
    expect(based.baseAlpha).toBe(0.3);
    expect(based.weights).toEqual(weights);
  });

  it.each([
    ['1,2,3', /27 numbers \(search order\), 25 .* got 3\./],
    [`recipe:${LIST25}`, /in recipe order must have 27 numbers; got 25/],
    [LIST.replace('0.04', '0x4'), /Number 4 of the list of weights is "0x4", not a number/],
    [LIST.replace('0.27', '1e999'), /Number 27 .* is "1e999"/],
    ['nowhere.txt', /"nowhere.txt" is not a list of numbers, a file or a run. .*preset:NAME/],
    ['a\u0000b', /is not a list of numbers/],
    ['x'.repeat(5000), /is not a list of numbers/],
  ])('refuses %j in a sentence', async (source, message) => {
    await expect(read(source)).rejects.toThrow(message);
  });
});

describe('recipes', () => {
  it('are known by what they hold, with names; legacy: swaps the last two', async () => {
    const file = path.join(RECIPES, '10b-AstolfoMix-_17a_18a.recipe.txt');
    const line = readFileSync(file, 'utf8').split(/\r*\n/)[5] ?? '';
    const found = await read(file);
    expect(found).toMatchObject({ weights: weightsFromList(line.split(',').map(Number), 'recipe') });
    expect(found.name).toContain('10b-AstolfoMix');
    expect(Object.values(found.models)).toHaveLength(2);
    const legacy = await read(`legacy:${file}`);
    expect(legacy.weights).toMatchObject({ OUT: found.weights.TIME_EMBED, TIME_EMBED: found.weights.OUT });
  });

  it.each(readdirSync(RECIPES))('%s is read', async (name) => {
    expect(Object.keys((await read(path.join(RECIPES, name))).weights)).toHaveLength(27);
  });

  it('are found inside a merged checkpoint', async () => {
    const recipe = {
      modelA: 'a.safetensors',
      modelB: 'b.safetensors',
      modelO: 'O',
      positionIdFix: 'Fix',
      outputMode: 'Max Precision',
      weights: weightsFromList(NUMBERS, 'search'),
      order: 'recipe' as const,
    };
    const metadata = { sd_mbwrt_recipe: JSON.stringify(recipeMetadata(recipe)) };
    const file = writeTo(folder, 'merged.safetensors', checkpointBytes(sd1Tensors(1), metadata));
    expect(await read(file)).toMatchObject({
      weights: recipe.weights,
      name: 'O',
      models: { a: 'a.safetensors', b: 'b.safetensors' },
      positionIds: 'fix',
    });
    expect((await read(`legacy:${file}`)).weights).toMatchObject({ OUT: 0.27, TIME_EMBED: 0.14 });
  });
});

describe('histories and runs', () => {
  it('of a CSV with unequal images the best is one of those with the most, and its origin says so', async () => {
    const row = (weight: number, score: number, images: number): HistoryRow => ({
      weights: uniformWeights(weight, 'sd1'),
      score,
      evalTimes: 1,
      iterTimes: 1,
      images,
      extra: {},
    });
    const file = path.join(folder, 'uneven.csv');
    writeFileSync(file, formatHistoryCsv([row(0.1, 0.9, 2), row(0.2, 0.5, 12)]));
    expect((await read(file)).origin).toMatch(
      /^row 2 of .*, the best of those with 12 images with score 0\.5/,
    );
    writeFileSync(file, formatHistoryCsv([row(0.1, 0.9, 2), row(0.2, 0.5, 2)]));
    expect((await read(file)).origin).toMatch(/^row 1 of .*, the best with score 0\.9/);
  });

  it('a CSV gives its best row, or one by number', async () => {
    const file = path.join(HISTORIES, '10b-AstolfoMix-_17a_18a-0-2023-11-17-04-13PM-01.csv');
    const best = await read(file);
    const row = Number(/row (\d+) of/.exec(best.origin)?.[1]);
    expect(await read(`${file}#${row}`)).toMatchObject({ weights: best.weights, score: best.score });
    const others = await Promise.all([1, 2, 3].map((n) => read(`${file}#${n}`)));
    for (const { score = 0 } of others) expect(score).toBeLessThanOrEqual(best.score ?? 0);
    await expect(read(`${file}#100000`)).rejects.toThrow(/has no row 100000; it has \d+\./);
    await expect(read(`${file}#x`)).rejects.toThrow(/whole number from 1/);
  });

  it('a journal gives what its run recommends, or an iteration', async () => {
    expect((await read(JOURNAL)).origin).toMatch(/^iteration 1 of .*, the best with score 0.4822/);
    expect(await read(`${JOURNAL}#2`)).toMatchObject({ weights: { IN00: 0.7, IN01: 0.4 }, name: 'O' });
    await expect(read(`${JOURNAL}#9`)).rejects.toThrow(/no iteration 9; it has \d/);
  });

  it('a run is found by the name of its merged model, and its recipe preferred', async () => {
    write('csv/history/A - B/O-0-2026-11-23-05-55-04.journal.jsonl', readFileSync(JOURNAL, 'utf8'));
    expect((await read('O#3')).weights).toMatchObject({ IN02: 0.6, TIME_EMBED: 1 });
    write('recipes/O.recipe.txt', `modelA=A\nmodelB=B\n${LIST}\n`);
    const found = await read('O');
    expect(found.weights).toEqual(weightsFromList(NUMBERS, 'recipe'));
    expect(found.models).toEqual({ a: 'A.safetensors', b: 'B.safetensors' });
  });
});

describe('presets', () => {
  it('are taken by name in any case, and the nearest is named', async () => {
    const { weights, name } = await read('preset:grad_v');
    expect(name).toBe('GRAD_V');
    expect(Object.keys(weights)).toEqual([...WEIGHT_ORDERS.preset]);
    expect((await read('preset:SMOOTHSTEP*2')).weights).toMatchObject({ M00: 1 });
    await expect(read('preset:GRADV')).rejects.toThrow(/no preset "GRADV"\. Did you mean "GRAD_V"\?/);
  });

  it('of a file win over those of the package', async () => {
    const file = write('mine.tsv', `grad_v\t${LIST25}\nother\t${LIST25}\n`);
    const presets = await loadPresets([file]);
    expect(presets).toHaveLength(39);
    expect((await read('preset:GRAD_V', [file])).weights).toMatchObject({ IN00: 0.01 });
    expect((await read(`${file}#OTHER`)).name).toBe('other');
  });

  it('of a wrong length are refused with file and line', async () => {
    const file = write('mine.tsv', `fine\t${LIST25}\nshort\t${LIST25.slice(5)}\n`);
    await expect(read('preset:fine', [file])).rejects.toThrow(
      `Line 2 of ${file} (short) has 24 numbers: it must have 25 (IN00 to IN11, M00, OUT00 to OUT11) or 26 (BASE`,
    );
  });
});

describe('other files', () => {
  it('best.log of bayesian-merger', async () => {
    const file = write('best.log', `0.25\n\n${LIST25}\n\n0.5\n\n${LIST25}\n\n`);
    expect(await read(file)).toMatchObject({ baseAlpha: 0.25, weights: { M00: 0.13, OUT: 0.25 } });
  });

  it('a line of numbers', async () => {
    expect((await read(write('list.txt', `${LIST}\n`))).weights).toEqual(weightsFromList(NUMBERS, 'search'));
    const legacy = await read(`legacy:${path.join(folder, 'list.txt')}`);
    expect(legacy.weights).toEqual(weightsFromList(NUMBERS, 'legacy'));
    const recipe = write('a.recipe.txt', `modelA=A\nmodelB=B\n${LIST}\n`);
    await expect(read(`search:${recipe}`)).rejects.toThrow(/never in search order/);
    const short = write('short.txt', '1,2,3\n');
    await expect(read(short)).rejects.toThrow(`${short}: a list of weights must have 27 numbers`);
  });

  it('JSON, with block names checked', async () => {
    const weights = Object.fromEntries(SEARCH_ORDER.map((name, i) => [name, i / 10]));
    const found = await read(write('w.json', JSON.stringify({ name: 'O', weights })));
    expect(found).toMatchObject({ name: 'O', weights });
    await expect(read(write('x.json', '{"weights":{"IN12":1}}'))).rejects.toThrow(
      /"IN12", which is not a block/,
    );
    await expect(read(write('y.json', '[]'))).rejects.toThrow(/does not contain a recipe/);
  });

  it('anything else is refused', async () => {
    await expect(read(write('some.log', 'hello\nworld\n'))).rejects.toThrow(
      /does not contain weights: .*autombw recover/,
    );
  });
});
