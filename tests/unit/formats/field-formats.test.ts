/** What the Python tool and its users read, letter by letter: fields, their order, the forms of numbers. */
import { describe, expect, it } from 'vitest';
import { mergeMetadata, RECIPE_VERSION } from '../../../src/checkpoints/metadata.ts';
import { formatHistoryCsv } from '../../../src/formats/history-csv.ts';
import { HISTORY_TSV_HEADER, historyTsvRow } from '../../../src/formats/history-tsv.ts';
import { pythonDatetime } from '../../../src/formats/python-datetime.ts';
import { pythonFloat } from '../../../src/formats/python-float.ts';
import { formatRecipe, recipeMetadata } from '../../../src/formats/recipe.ts';
import { uniformWeights, type BlockWeights } from '../../../src/space/blocks.ts';
import { SEARCH_ORDER } from '../../../src/architectures/sd-lists.ts';

/** Every block its own number: the place in search order, in hundredths. */
const WEIGHTS: BlockWeights = Object.fromEntries(SEARCH_ORDER.map((name, place) => [name, place / 100]));
const SEARCH =
  '0.0,0.01,0.02,0.03,0.04,0.05,0.06,0.07,0.08,0.09,0.1,0.11,0.12,0.13,0.14,0.15,0.16,0.17,0.18,0.19,0.2,0.21,0.22,0.23,0.24,0.25,0.26';
const RECIPE =
  '0.0,0.01,0.02,0.03,0.04,0.05,0.06,0.07,0.08,0.09,0.1,0.11,0.12,0.14,0.15,0.16,0.17,0.18,0.19,0.2,0.21,0.22,0.23,0.24,0.25,0.13,0.26';
const recipe = {
  modelA: 'a.safetensors',
  modelB: 'b.safetensors',
  modelO: 'O',
  positionIdFix: 'Keep Original',
  outputMode: 'Max Precision',
  weights: WEIGHTS,
  order: 'recipe' as const,
};

it('recipe: five keys, then the weights in recipe order on the sixth line', () => {
  expect(formatRecipe(recipe)).toBe(
    `modelA=a.safetensors\nmodelB=b.safetensors\nmodelO=O\nposition_id_fix=Keep Original\noutput_mode=Max Precision\n${RECIPE}\n`,
  );
});

it('history CSV: 27 columns in search order, score, two times', () => {
  const row = { weights: WEIGHTS, score: 0.6132534303822829, evalTimes: 646.76, iterTimes: 647, extra: {} };
  expect(formatHistoryCsv([row, { ...row, score: null }])).toBe(
    [
      '0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,score,eval_times,iter_times',
      `${SEARCH},0.6132534303822829,646.76,647.0`,
      `${SEARCH},NaN,646.76,647.0`,
      '',
    ].join('\n'),
  );
});

describe('history.tsv', () => {
  it('has the columns of the tool in its order', () => {
    expect(HISTORY_TSV_HEADER).toBe(
      'datetime current_pass model_A model_B model_O weights clamp_lower clamp_upper search_type_A search_type_B classifier tally_type init_grid init_vertices init_random warm_start'.replaceAll(
        ' ',
        '\t',
      ),
    );
    const row = historyTsvRow({
      datetime: '2026-01-31 15:04:05',
      currentPass: 1,
      modelA: 'a',
      modelB: 'b',
      modelO: 'o',
      weights: WEIGHTS,
      clampLower: uniformWeights(-1, 'sd1'),
      clampUpper: uniformWeights(2, 'sd1'),
      searchTypeA: 'A',
      searchTypeB: 'B',
      classifier: 'c',
      tallyType: 't',
      initGrid: 4,
      initVertices: 3,
      initRandom: 2,
      warmStart: true,
    });
    const lower = Array.from({ length: 27 }, () => '-1.0').join(',');
    const upper = Array.from({ length: 27 }, () => '2.0').join(',');
    expect(row).toBe(
      `2026-01-31 15:04:05\t1\ta\tb\to\t${SEARCH}\t${lower}\t${upper}\tA\tB\tc\tt\t4\t3\t2\tTrue`,
    );
  });

  it.each([
    ['csv/history/A - B/O-0-2026-01-31-15-04-05', '2026-01-31 15:04:05'],
    ['O-0-2026-01-31-15-04-05-2', '2026-01-31 15:04:05.000002'],
    ['model-2026-01-31-0-2027-02-01-00-00-00', '2027-02-01 00:00:00'],
    ['anything', ''],
  ])('dates %s as Python would', (stem, text) => {
    expect(pythonDatetime(stem)).toBe(text);
  });
});

describe('metadata', () => {
  it('has the fork’s fields and no other inside its recipe', () => {
    expect(JSON.stringify(recipeMetadata(recipe))).toBe(
      JSON.stringify({
        type: 'auto-mbw-rt',
        modelA: 'a.safetensors',
        modelB: 'b.safetensors',
        modelO: 'O',
        position_id_fix: 'Keep Original',
        output_mode: 'Max Precision',
        mbwrt_weights: RECIPE,
        mbwrt_weights_seq: '[*sl_INPUT, *sl_MID, *sl_OUTPUT, sl_OUT, sl_TIME_EMBED]',
      }),
    );
  });

  it('keeps what autombw adds beside it, and every value a text', () => {
    const model = { file: 'a.safetensors', sha256: null };
    const metadata = mergeMetadata(
      {
        version: RECIPE_VERSION,
        output: 'O',
        architecture: 'sd1',
        method: 'weighted-sum',
        dtype: 'keep',
        positionIds: 'keep',
        pruneEma: false,
        weights: WEIGHTS,
        models: { a: model, b: { file: 'b.safetensors', sha256: null } },
      },
      new Map(),
    );
    expect(metadata['format']).toBe('pt');
    expect(metadata['sd_mbwrt_recipe']).toBe(JSON.stringify(recipeMetadata(recipe)));
    for (const value of Object.values(metadata)) expect(typeof value).toBe('string');
  });
});

// The right side was printed by repr() of CPython 3.11.7.
it.each([
  [0, '0.0'],
  [1, '1.0'],
  [-1, '-1.0'],
  [0.1 + 0.2, '0.30000000000000004'],
  [1e-5, '1e-05'],
  [0.0001, '0.0001'],
  [1e-17, '1e-17'],
  [1.5e-7, '1.5e-07'],
  [123_456_789.125, '123456789.125'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1e22, '1e+22'],
  [5e-324, '5e-324'],
])('%d is written %s', (value, text) => {
  expect(pythonFloat(value)).toBe(text);
});
