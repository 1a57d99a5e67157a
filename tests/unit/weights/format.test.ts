/** Lossless both ways: what a format can hold comes back to the last bit. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHistoryCsv } from '../../../src/formats/history-csv.ts';
import { type BlockWeights } from '../../../src/space/blocks.ts';
import { SEARCH_ORDER, weightsFromList } from '../../../src/architectures/sd-lists.ts';
import { formatWeights, type WeightFormat } from '../../../src/weights/format.ts';
import type { FoundWeights } from '../../../src/weights/weights-source.ts';
import { followers } from '../../../src/weights/list.ts';
import { readWeights } from '../../../src/weights/read.ts';
import { readRows, toJournal } from '../../../src/weights/rows.ts';
import { fuzz } from '../../fuzz/runs.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const folder = temporaryFolder('convert');
const options = { folder };
const FILE: Readonly<Record<WeightFormat, string>> = {
  recipe: 'a.recipe.txt',
  csv: 'a.csv',
  preset: 'a.tsv',
  list: 'a.txt',
  metadata: 'metadata.json',
  'bayesian-merger': 'best.log',
  mbw: 'mbw.txt',
  mecha: 'a.mecha',
  json: 'a.json',
};

/** Zero has one sign in JSON. */
const weight = fc.oneof(
  fc.double({ min: -1, max: 2, noNaN: true }).map((value) => value + 0 || 0),
  fc.constantFrom(0, 1, 0.1 + 0.2, 1e-17, 1e-5, 0.0001, -1, 2, 1 / 3, 1e16, 5e-324, 123_456_789.123),
);
const all27 = fc
  .array(weight, { minLength: 27, maxLength: 27 })
  .map((values) => weightsFromList(values, 'search'));
const name = fc
  .stringMatching(/^[A-Za-z0-9_.+= -]{1,20}$/)
  .map((text) => text.trim().replaceAll(/ +/g, ' ') || 'x');

const found = (weights: BlockWeights): FoundWeights => ({
  weights,
  origin: 'a test',
  models: { a: 'a.safetensors', b: 'b.safetensors' },
  sha256: {},
});

async function back(before: FoundWeights, format: WeightFormat, prefix = ''): Promise<FoundWeights> {
  const file = path.join(folder, FILE[format]);
  writeFileSync(file, formatWeights(before, format).text);
  return readWeights(`${prefix}${file}`, options);
}

describe('27 weights', () => {
  it.each(['recipe', 'csv', 'list', 'metadata', 'mecha', 'json'] as const)(
    'come back from %s',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(all27, async (weights) => {
          expect((await back(found(weights), format)).weights).toEqual(weights);
          expect(formatWeights(found(weights), format).warnings).toEqual([]);
        }),
        fuzz(60),
      );
    },
  );

  it.each(['search', 'recipe', 'legacy'] as const)('come back from a list in %s order', async (order) => {
    await fc.assert(
      fc.asyncProperty(all27, async (weights) => {
        const { text } = formatWeights(found(weights), 'list', { order });
        expect((await readWeights(`${order}:${text}`, options)).weights).toEqual(weights);
      }),
      fuzz(60),
    );
  });

  it('go round all formats and orders and are the same', async () => {
    await fc.assert(
      fc.asyncProperty(all27, async (weights) => {
        let now = found(weights);
        for (const format of ['csv', 'recipe', 'json', 'metadata', 'list', 'recipe'] as const) {
          now = { ...(await back(now, format)), models: now.models };
        }
        expect(now.weights).toEqual(weights);
      }),
      fuzz(20),
    );
  });

  it('a recipe for the first extension is read back as legacy', async () => {
    const weights = weightsFromList(
      [...SEARCH_ORDER.keys()].map((n) => n / 100),
      'search',
    );
    const file = path.join(folder, 'legacy.recipe.txt');
    writeFileSync(file, formatWeights(found(weights), 'recipe', { order: 'legacy' }).text);
    expect((await readWeights(`legacy:${file}`, options)).weights).toEqual(weights);
    expect((await readWeights(file, options)).weights).toMatchObject({ OUT: 0.26, TIME_EMBED: 0.13 });
  });
});

describe('25 weights', () => {
  const all25 = fc
    .array(weight, { minLength: 25, maxLength: 25 })
    .map((values) => weightsFromList(values, 'preset'));

  it('come back from a preset with their name', async () => {
    await fc.assert(
      fc.asyncProperty(all25, name, async (weights, named) => {
        const before = { ...found(weights), name: named };
        expect(await back(before, 'preset')).toMatchObject({ weights, name: named });
      }),
      fuzz(60),
    );
  });

  it.each(['mbw', 'bayesian-merger'] as const)('come back from %s, base alpha too', async (format) => {
    await fc.assert(
      fc.asyncProperty(all25, weight, async (weights, baseAlpha) => {
        const merged = followers(weights);
        const before = { ...found(merged), baseAlpha };
        const after = await back(before, format, format === 'mbw' ? 'mbw:' : '');
        expect(after).toMatchObject({ weights: merged, baseAlpha });
        expect(formatWeights(before, format).warnings).toEqual([]);
      }),
      fuzz(60),
    );
  });
});

describe('names and settings', () => {
  it('come back from a recipe and from metadata', async () => {
    await fc.assert(
      fc.asyncProperty(name, name, name, fc.boolean(), async (a, b, output, isFixed) => {
        const before: FoundWeights = {
          ...found(
            weightsFromList(
              Array.from({ length: 27 }, () => 0.5),
              'search',
            ),
          ),
          models: { a, b },
          name: output,
          outputMode: 'Runtime Snapshot',
          ...(isFixed && { positionIds: 'fix' }),
        };
        const { origin: _, ...known } = before;
        expect(await back(before, 'recipe')).toMatchObject(known);
        expect(await back(before, 'metadata')).toMatchObject(known);
        expect(await back(before, 'json')).toMatchObject(known);
      }),
      fuzz(60),
    );
  });

  it('a line break in a name is no second line', () => {
    const before = {
      ...found(
        weightsFromList(
          Array.from({ length: 27 }, () => 0),
          'search',
        ),
      ),
      name: 'a\nb\tc',
    };
    expect(formatWeights(before, 'recipe').text.split('\n')).toHaveLength(7);
    expect(formatWeights(before, 'preset').text).toMatch(/^a b c\t0\.0,/);
  });
});

describe('what is lost is said', () => {
  const half = weightsFromList(
    Array.from({ length: 27 }, () => 0.5),
    'search',
  );
  const { OUT: _, ...withoutOut } = half;
  it.each([
    ['preset', half, [/no place for OUT \(0\.5\) and TIME_EMBED \(0\.5\)/]],
    ['mbw', half, []],
    ['mbw', { ...half, OUT: 0.25 }, [/no place for OUT \(0\.25\): these tools/]],
    ['recipe', withoutOut, [/have no OUT: recipe must have 27 numbers, so 0 is written for it/]],
  ] as const)('%s', (format, weights, expected) => {
    const { warnings } = formatWeights(found(weights), format);
    expect(warnings).toHaveLength(expected.length);
    for (const [at, pattern] of expected.entries()) expect(warnings[at]).toMatch(pattern);
  });

  it('model C, method and base alpha', () => {
    const before: FoundWeights = {
      ...found(half),
      models: { a: 'a', b: 'b', c: 'c' },
      method: 'add-difference',
      baseAlpha: 0.3,
    };
    expect(formatWeights(before, 'recipe').warnings.join(' ')).toMatch(
      /base alpha 0\.3.*no place for the method add-difference, model C \(c\)/,
    );
    expect(formatWeights(before, 'json').warnings).toEqual([]);
  });

  it('models that nobody named', () => {
    const { warnings } = formatWeights({ ...found(half), models: {} }, 'recipe');
    expect(warnings).toEqual([expect.stringMatching(/--model-a and --model-b/)]);
  });
});

describe('many rows', () => {
  const row = fc.record({ weights: all27, score: weight });

  it('go from CSV to a journal and back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (rows) => {
        const text = formatHistoryCsv(
          rows.map((one) => ({ ...one, evalTimes: null, iterTimes: null, extra: {} })),
        );
        const csv = path.join(folder, 'rows.csv');
        writeFileSync(csv, text);
        const journal = path.join(folder, 'rows.journal.jsonl');
        const records = toJournal(await readRows(csv, options), 'rows.csv');
        writeFileSync(journal, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
        const again = await readRows(journal, options);
        expect(formatHistoryCsv(again.rows)).toBe(text);
      }),
      fuzz(30),
    );
  });
});
