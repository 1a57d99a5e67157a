/** sd-mecha's recipes. `tests/fixtures/mecha/measure.py` made the files `applied-*` of those `written-*`; sd-mecha 0.0.29, 1.0.14 and 1.1.8 those with its version. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Architecture, BlockWeights } from '../../../src/architectures/architecture.ts';
import { allBlocksOf } from '../../../src/architectures/registry.ts';
import { fitWeights } from '../../../src/weights/fit.ts';
import { formatWeights } from '../../../src/weights/format.ts';
import { readMechaText } from '../../../src/weights/mecha/read.ts';
import { readWeights } from '../../../src/weights/read.ts';
import type { FoundWeights } from '../../../src/weights/weights-source.ts';
import { fuzz } from '../../fuzz/runs.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/mecha');
const folder = temporaryFolder('mecha');

async function fixture(name: string): Promise<FoundWeights> {
  return readWeights(path.join(FIXTURES, `${name}.mecha`), { folder });
}

function applied(family: string): BlockWeights {
  const text = readFileSync(path.join(FIXTURES, `applied-${family}.json`), 'utf8');
  return z.record(z.string(), z.number()).parse(JSON.parse(text));
}

const found = (weights: BlockWeights): FoundWeights => ({
  weights,
  origin: 'a test',
  models: { a: 'models/A.safetensors', b: 'models/B.safetensors' },
  sha256: {},
});

const PARTS = { sd1: ['TE', 'VAE'], sdxl: ['CLIP_L', 'CLIP_G', 'VAE'] } as const;

describe.each(['sd1', 'sdxl'] as const)('a recipe of %s', (family) => {
  it('gives every block the weight that sd-mecha was measured to give it', async () => {
    const weights = applied(family);
    expect(Object.keys(weights).toSorted()).toEqual([...allBlocksOf(family), ...PARTS[family]].toSorted());
    const text = readFileSync(path.join(FIXTURES, `written-${family}.mecha`), 'utf8');
    expect(formatWeights(found(weights), 'mecha')).toEqual({ text, warnings: [] });
    expect(allOf(await fixture(`written-${family}`), family)).toEqual(weights);
  });

  it('comes back with the same weights, whatever they are', () => {
    const weight = fc.oneof(
      fc.double({ min: -1, max: 2, noNaN: true }).map((value) => value + 0 || 0),
      fc.constantFrom(0, 1, 1 / 3, 1e-17, 5e-324),
    );
    const names = [...allBlocksOf(family), ...PARTS[family]];
    const all = fc.record(Object.fromEntries(names.map((name) => [name, weight])));
    fc.assert(
      fc.property(all, (weights) => {
        const { text, warnings } = formatWeights(found(weights), 'mecha', { architecture: family });
        expect(warnings).toEqual([]);
        const back = readMechaText(text, 'x.mecha');
        expect(allOf(back, family)).toEqual(weights);
        expect(back.models).toEqual(found({}).models);
      }),
      fuzz(60),
    );
  });
});

/** With base alpha as weights of its parts. */
function allOf(weights: FoundWeights, architecture: Architecture): BlockWeights {
  const zeros = Object.fromEntries(
    [...allBlocksOf(architecture), ...(architecture === 'sd1' ? PARTS.sd1 : PARTS.sdxl)].map((name) => [
      name,
      0,
    ]),
  );
  return { ...zeros, ...fitWeights(weights, architecture).weights };
}

describe('what sd-mecha wrote', () => {
  it('has base alpha for what is no block, and out with the last one', async () => {
    const { weights, baseAlpha, ...rest } = await fixture('1.1-sd1-blocks');
    expect(rest).toMatchObject({
      architectures: ['sd1'],
      models: { a: 'models/A.safetensors', b: 'models/B.safetensors' },
    });
    expect(weights).toMatchObject({ IN00: 0.238, OUT11: weights['OUT'], TIME_EMBED: baseAlpha });
    expect(Object.keys(weights)).toHaveLength(27);
  });

  it('names the third model of an add-difference', async () => {
    const read = await fixture('1.1-sdxl-add-difference');
    expect(read).toMatchObject({ method: 'add-difference', models: { c: 'models/C.safetensors' } });
  });

  it('takes what a block lacks from the fallback', async () => {
    const { weights, baseAlpha } = await fixture('1.1-sd1-fallback');
    expect(weights).toMatchObject({ IN00: 0.238, IN04: 0.626, IN05: 0.5, OUT11: 0.5 });
    expect(baseAlpha).toBe(0.5);
  });

  it('may pick components: the UNet a quarter, the VAE of model B, the rest of model A', async () => {
    const { weights, baseAlpha, vaeWeight } = await fixture('1.1-sdxl-components');
    expect(new Set(Object.values(weights))).toEqual(new Set([0.25]));
    expect([baseAlpha, vaeWeight]).toEqual([0, 1]);
  });

  it('is one of 1.0 as well', async () => {
    expect(Object.keys((await fixture('1.0-sdxl-blocks')).weights)).toHaveLength(22);
    const { weights, baseAlpha } = await fixture('1.0-sd1-number');
    expect([new Set(Object.values(weights)), baseAlpha]).toEqual([new Set([0.3]), 0.3]);
  });

  it('is one of 0.0 as well: the mean where blocks share a tensor, the VAE as model A has it', async () => {
    const { weights } = await fixture('0.0-sd1-text-encoder');
    expect(weights).toMatchObject({
      IN01: 0.5,
      OUT03: 0.25,
      IN02: 0.125,
      TIME_EMBED: 0.375,
      'TE.0': 0.127,
      'TE.embedding': 0.127,
      'TE.final': 0.205,
      VAE: 0,
    });
    const sdxl = await fixture('0.0-sdxl-blocks');
    expect(sdxl.weights).toMatchObject({ LABEL_EMB: 0, CLIP_L: 0.4, CLIP_G: 0 });
  });
});

const MODELS = [
  'version 0.1.0',
  'model "A" model_config="sd1-ldm" merge_space="weight"',
  'model "B" model_config="sd1-ldm" merge_space="weight"',
];

it.each([
  ['version 9.9.9\nmodel "a"', /line 1: .*"9\.9\.9"/],
  ['', /not an sd-mecha recipe/],
  ['version 0.1.0\n\n# nothing\n', /not merge/],
  [[...MODELS, 'merge "slerp" &0 &1 alpha=0.5'], /line 4: merge "slerp" has no equivalent/],
  [[...MODELS, 'merge "constructor" &0 &1'], /line 4: merge "constructor"/],
  [[...MODELS, 'merge "weighted_sum" &0 &7 alpha=0.5'], /line 4: &7 refers to a later line/],
  [[...MODELS, 'merge "weighted_sum" &0 &1 alpha=nan'], /line 4: "nan" is neither/],
  [[...MODELS, 'merge "weighted_sum" &0 &1 alpha=1e999'], /line 4: "1e999"/],
  [[...MODELS, 'merge "weighted_sum" &0 &1 beta=1'], /line 4: .* does not take beta/],
  [[...MODELS, 'merge "weighted_sum" &0'], /line 4: .* lacks b/],
  [[...MODELS, 'merge "weighted_sum &0 &1'], /line 4: A quotation mark is not closed/],
  [[...MODELS, 'mrege "weighted_sum" &0 &1'], /line 4: .*Did you mean "merge"\?$/],
  [[...MODELS, 'dict IN00=0.5', 'merge "weighted_sum" &0 &1 &2'], /line 5: .*sd_mecha\.convert/],
  [
    [...MODELS, 'dict IN12=0.5', 'merge "convert_sd1_blocks_to_ldm" &2', 'merge "weighted_sum" &0 &1 &3'],
    /line 5: There is no block "IN12"/,
  ],
  [
    [...MODELS, 'dict IN00=0.5', 'merge "convert_sd1_blocks_to_ldm" &2', 'merge "weighted_sum" &0 &1 &3'],
    /says nothing of TE/,
  ],
  [
    [
      ...MODELS,
      'dict model.diffusion_model.out.0.bias=1',
      'literal &2 model_config="sd1-ldm"',
      'merge "weighted_sum" &0 &1 &3',
    ],
    /line 5: It weights single tensors/,
  ],
  [[...MODELS, 'merge "subtract" &0 &1'], /not a merge of checkpoints/],
  [
    [...MODELS.slice(0, 2), 'model "B" model_config="sdxl-sgm"', 'merge "weighted_sum" &0 &1'],
    /line 4: It combines sd1-ldm and sdxl-sgm/,
  ],
  [
    [
      ...MODELS.slice(0, 2),
      'model "L" model_config="sd1-kohya" merge_space="delta"',
      'merge "add_difference" &0 &1',
    ],
    /line 3: .*"delta"/,
  ],
  ['version 0.1.0\nmodel "a\u0007b"\nmerge "fallback" &0 &0', /line 2: .*control characters: "a\\x07b"/],
  [`version 0.1.0\n${'x'.repeat(1_000_001)}`, /line 2: It has more than/],
  ['#\n'.repeat(10_002), /more than 10000 lines/],
])('refuses what it cannot express, by line (%#)', (text, message) => {
  expect(() => readMechaText(typeof text === 'string' ? text : text.join('\n'), 'x.mecha')).toThrow(message);
});

it.each(['1.1-sd1-nested', '1.1-sd1-clamp'])(
  'refuses %s of sd-mecha by the name of the node',
  async (name) => {
    await expect(fixture(name)).rejects.toThrow(/line \d+: merge "(?:weighted_sum|clamp)"/);
  },
);

it('flattens nested merges where each block is still one sum of two models', () => {
  const text = [
    ...MODELS,
    'dict key=1.0',
    'literal &2 model_config="singleton-mecha"',
    'merge "weighted_sum" &0 &1 alpha=0.25',
    'merge "pick_component" &4 "diffuser"',
    'merge "weighted_sum" &0 &1 &3',
    'merge "fallback" &5 &6',
  ].join('\n');
  expect(readMechaText(text, 'x.mecha')).toMatchObject({
    weights: { IN00: 0.25, TIME_EMBED: 0.25 },
    baseAlpha: 1,
  });
});

describe('writing', () => {
  const weights = applied('sd1');

  it.each([
    [{ ...found(weights), models: { a: 'A' } }, /does not name model B: give --model-b/],
    [{ ...found(weights), models: { a: 'a=b', b: 'B' } }, /equals sign/],
    [{ ...found(weights), method: 'slerp' }, /method slerp/],
    [found({ 'double_blocks.0': 0.5 }), /Stable Diffusion 1 and XL/],
    [found({ IN00: 0.5, IN09: 0 }), /--architecture sd1 or --architecture sdxl/],
  ])('refuses what sd-mecha could not read or do (%#)', (weights, message) => {
    expect(() => formatWeights(weights, 'mecha')).toThrow(message);
  });

  it('takes names as files, and says what is left out', () => {
    const { text, warnings } = formatWeights(
      { ...found({ ...weights, 'TE.3': 0.5 }), models: { a: String.raw`C:\m\a "1" [0123abcd]`, b: 'b' } },
      'mecha',
    );
    expect(text).toContain(String.raw`model "C:\\m\\a \"1\".safetensors"`);
    expect(warnings).toEqual([expect.stringContaining('TE.3 (0.5)')]);
    expect(readMechaText(text, 'x').models.a).toBe(String.raw`C:\m\a "1".safetensors`);
  });

  it('one number for all is one number there', () => {
    const before = { ...found({}), uniform: 0.4, baseAlpha: 0.4 };
    const { text } = formatWeights(before, 'mecha');
    expect(text.split('\n')).toHaveLength(4);
    expect(readMechaText(text, 'x')).toMatchObject({ uniform: 0.4, baseAlpha: 0.4, weights: {} });
  });

  it('is read from a file whose name says what it is, in any case', async () => {
    const file = path.join(folder, 'W.MECHA');
    writeFileSync(file, `\uFEFF${formatWeights(found(weights), 'mecha').text.replaceAll('\n', '\r\n')}`);
    expect(allOf(await readWeights(file, { folder }), 'sd1')).toEqual(weights);
  });
});
