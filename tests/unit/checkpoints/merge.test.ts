import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { mergeCheckpoints, prepareMerge, type MergeSettings } from '../../../src/checkpoints/merge.ts';
import { PIECE_ELEMENTS } from '../../../src/checkpoints/kernel/job.ts';
import { remergeBlocks } from '../../../src/checkpoints/remerge.ts';
import { readMergeRecipe } from '../../../src/checkpoints/metadata.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { floatsOf, makeRandom, sd1Tensors, tensorBytes, UNET, type RawTensor } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const models = useModelFolder();
const { folder, file } = models;
const write = (name: string, tensors: Readonly<Record<string, RawTensor>>, padding = 0): string =>
  models.write(name, tensors, {}, padding);
const here = { workers: 0 } as const;
const IN03 = `${UNET}input_blocks.3.0.weight`;
const TEXT = 'cond_stage_model.transformer.text_model.final_layer_norm.weight';

let settings: MergeSettings & { readonly modelB: string };
beforeEach(() => {
  settings = {
    modelA: write('a', sd1Tensors(1)),
    modelB: write('b', sd1Tensors(2), 3),
    output: file('o'),
    weights: uniformWeights(0.3, 'sd1'),
    hashes: false,
  };
});

describe('what a merge writes', () => {
  it('A + w (B - A) in every block with its own weight, the rest from A', async () => {
    const weights = { IN03: 0.5, OUT: 1, M00: -1 };
    await mergeCheckpoints({ ...settings, weights }, here);
    const [a, b, o] = [settings.modelA, settings.modelB, settings.output].map(openCheckpoint);
    if (a === undefined || b === undefined || o === undefined) throw new Error('three files were expected');
    expect(o.tensors.map(({ name, shape }) => [name, shape])).toEqual(
      a.tensors.map(({ name, shape }) => [name, shape]),
    );
    const half = floatsOf(a, IN03).map((x, i) =>
      Math.fround(x + Math.fround(0.5 * Math.fround((floatsOf(b, IN03)[i] ?? 0) - x))),
    );
    expect(floatsOf(o, IN03)).toEqual(half);
    expect(floatsOf(o, `${UNET}out.2.weight`)).not.toEqual(floatsOf(a, `${UNET}out.2.weight`));
    expect(floatsOf(o, TEXT)).toEqual(floatsOf(a, TEXT));
    expect(floatsOf(o, `${UNET}time_embed.0.weight`)).toEqual(floatsOf(a, `${UNET}time_embed.0.weight`));
  });

  it('reports keys of one model only and other shapes, and takes A', async () => {
    const { [IN03]: _, ...b } = sd1Tensors(2);
    b[`${UNET}middle_block.0.weight`] = { shape: [2, 2], data: new Float32Array(4) };
    b[`${UNET}out.2.weight`] = { dtype: 'I32', shape: [5], data: new Int32Array(5) };
    b['model_ema.decay'] = { data: new Float32Array(1) };
    write('b', b);
    const { plan } = await mergeCheckpoints(settings, here);
    expect(plan.onlyInA).toEqual([IN03]);
    expect(plan.onlyInB).toEqual(['model_ema.decay']);
    expect(plan.mismatched).toEqual([`${UNET}middle_block.0.weight`, `${UNET}out.2.weight`]);
    const [a, o] = [openCheckpoint(settings.modelA), openCheckpoint(settings.output)];
    for (const name of [IN03, ...plan.mismatched]) expect(floatsOf(o, name)).toEqual(floatsOf(a, name));
  });

  it('integers from A, other types byte by byte, empty tensors, F8_E4M3FN under its usual name', async () => {
    const extra = {
      [`${UNET}input_blocks.0.0.steps`]: { dtype: 'I64', shape: [2], data: BigInt64Array.of(7n, -7n) },
      [`${UNET}input_blocks.0.0.odd`]: { dtype: 'F8_E4M3FNUZ', shape: [3], data: Uint8Array.of(1, 128, 255) },
      [`${UNET}input_blocks.0.0.none`]: { shape: [0, 4], data: new Float32Array(0) },
      [`${UNET}input_blocks.0.0.small`]: { dtype: 'F8_E4M3FN', shape: [1], data: Uint8Array.of(0x38) },
    };
    write('a', { ...sd1Tensors(1), ...extra });
    write('b', { ...sd1Tensors(2), ...extra });
    await mergeCheckpoints({ ...settings, dtype: 'keep' }, here);
    const [a, o] = [openCheckpoint(settings.modelA), openCheckpoint(settings.output)];
    for (const name of Object.keys(extra)) expect(tensorBytes(o, name)).toEqual(tensorBytes(a, name));
    expect(o.byName.get(`${UNET}input_blocks.0.0.small`)?.dtype.name).toBe('F8_E4M3');
  });

  it('a whole model in another type, integers excepted', async () => {
    write('a', {
      ...sd1Tensors(1),
      [`${TEXT}.ids`]: { dtype: 'I64', shape: [1], data: BigInt64Array.of(3n) },
    });
    await mergeCheckpoints({ ...settings, dtype: 'bf16' }, here);
    const types = new Set(openCheckpoint(settings.output).tensors.map(({ dtype }) => dtype.name));
    expect([...types].toSorted()).toEqual(['BF16', 'I64']);
  });

  it('position ids as they were, or 0 to 76 as whole numbers, also where there were none', async () => {
    const ids = 'cond_stage_model.transformer.text_model.embeddings.position_ids';
    const expected = Array.from({ length: 77 }, (_, i) => BigInt(i));
    const read = (): bigint[] => [
      ...new BigInt64Array(Uint8Array.from(tensorBytes(openCheckpoint(settings.output), ids)).buffer),
    ];
    await mergeCheckpoints({ ...settings, positionIds: 'fix' }, here);
    expect(read()).toEqual(expected);
    write('a', { [ids]: { shape: [1, 77], data: new Float32Array(77).fill(0.5) }, ...sd1Tensors(1) });
    await mergeCheckpoints({ ...settings, positionIds: 'fix', force: true }, here);
    expect(read()).toEqual(expected);
    expect(openCheckpoint(settings.output).byName.get(ids)).toMatchObject({
      shape: [1, 77],
      begin: 0,
      dtype: { name: 'I64' },
    });
    await mergeCheckpoints({ ...settings, force: true }, here);
    expect(floatsOf(openCheckpoint(settings.output), ids)).toEqual(Array.from({ length: 77 }, () => 0.5));
  });

  it('without the EMA copy, and with another VAE', async () => {
    write('a', { ...sd1Tensors(1), 'model_ema.x': { data: new Float32Array(3) } });
    const vae = write(
      'vae',
      {
        'decoder.conv_in.weight': { data: Float32Array.of(1, 2, 3, 4, 5) },
        'loss.x': { data: new Float32Array(1) },
      },
      1,
    );
    const { plan } = await mergeCheckpoints({ ...settings, vae, pruneEma: true }, here);
    const o = openCheckpoint(settings.output);
    expect([plan.pruned, plan.fromVae, o.byName.has('model_ema.x')]).toEqual([1, 1, false]);
    expect(floatsOf(o, 'first_stage_model.decoder.conv_in.weight')).toEqual([1, 2, 3, 4, 5]);
    const wrong = write('vae', { 'decoder.conv_in.weight': { data: new Float32Array(4) } });
    expect(() => prepareMerge({ ...settings, vae: wrong })).toThrow(
      /does not fit: .* has shape \[4\], but model A's has \[5\]/,
    );
    expect(() => prepareMerge({ ...settings, vae: settings.modelB })).not.toThrow();
    const none = write('vae', { x: { data: new Float32Array(4) } });
    expect(() => prepareMerge({ ...settings, vae: none })).toThrow(/does not contain a VAE/);
  });

  it('tensors larger than a piece: the same bytes whatever shares their block', async () => {
    const large = (seed: number): Record<string, RawTensor> => sd1Tensors(seed, PIECE_ELEMENTS / 8 + 3);
    const hugeOf = (seed: number): RawTensor => {
      const random = makeRandom(seed);
      return { data: Float32Array.from({ length: 2 * PIECE_ELEMENTS + 5 }, () => random() * 2 - 1) };
    };
    const huge = { [IN03]: hugeOf(5) };
    const other = { [IN03]: hugeOf(6) };
    write('a', { ...large(3), ...huge }, 1);
    write(
      'b',
      {
        ...other,
        ...Object.fromEntries(
          Object.entries(large(4))
            .filter(([name]) => name !== IN03)
            .toReversed(),
        ),
      },
      2,
    );
    await mergeCheckpoints({ ...settings, method: 'slerp' }, here);
    const whole = tensorBytes(openCheckpoint(settings.output), IN03);
    // The angle is that of the whole tensor, not of its last piece.
    const [x, y] = [settings.modelA, settings.modelB].map((model) => floatsOf(openCheckpoint(model), IN03));
    if (x === undefined || y === undefined) throw new Error('two models were expected');
    const dot = (one: readonly number[], other: readonly number[]): number =>
      one.reduce((sum, value, i) => sum + value * (other[i] ?? NaN), 0);
    const angle = Math.acos(dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y)));
    const merged = floatsOf(openCheckpoint(settings.output), IN03);
    for (const i of [0, PIECE_ELEMENTS, x.length - 1])
      expect(merged[i]).toBeCloseTo(
        (Math.sin(0.7 * angle) * (x[i] ?? NaN) + Math.sin(0.3 * angle) * (y[i] ?? NaN)) / Math.sin(angle),
        6,
      );
    await mergeCheckpoints(
      { ...settings, method: 'slerp', weights: { IN03: 0.3 }, force: true },
      { ...here, kernel: 'js' },
    );
    expect(tensorBytes(openCheckpoint(settings.output), IN03).equals(whole)).toBe(true);
  });
});

describe('metadata', () => {
  it('has the recipe of the field, ours, and modelspec, and no date', async () => {
    const { recipe } = await mergeCheckpoints({ ...settings, hashes: undefined }, here);
    const { metadata } = openCheckpoint(settings.output);
    expect(Object.fromEntries(metadata)).toMatchObject({
      format: 'pt',
      'modelspec.sai_model_spec': '1.0.0',
      'modelspec.architecture': 'stable-diffusion-v1',
      'modelspec.title': 'o',
      'modelspec.merged_from': 'a.safetensors,b.safetensors',
    });
    expect(JSON.parse(metadata.get('sd_mbwrt_recipe') ?? '')).toEqual({
      type: 'auto-mbw-rt',
      modelA: 'a.safetensors',
      modelB: 'b.safetensors',
      modelO: 'o',
      position_id_fix: 'Keep Original',
      output_mode: 'Max Precision',
      mbwrt_weights: Array.from({ length: 27 }, () => '0.3').join(','),
      mbwrt_weights_seq: '[*sl_INPUT, *sl_MID, *sl_OUTPUT, sl_OUT, sl_TIME_EMBED]',
    });
    expect(readMergeRecipe(metadata)).toEqual(recipe);
    expect(recipe.models.a?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect([...metadata.values()].join()).not.toMatch(/20\d\d-\d\d/);
  });
});

describe('a merge that cannot be', () => {
  it.each([
    [
      'another architecture',
      () => ({
        modelB: write('b', { ...sd1Tensors(2), 'cond_stage_model.model.x': { data: new Float32Array(1) } }),
      }),
      /a\.safetensors is Stable Diffusion 1\.x, but .*b\.safetensors is Stable Diffusion 2\.x/,
    ],
    [
      'a weight out of range',
      () => ({ weights: { IN00: 2.01 } }),
      /weight of IN00 is 2\.01; it must be from -1 to 2/,
    ],
    [
      'no model C',
      () => ({ method: 'add-difference' }),
      /add-difference is A \+ w \(B - C\): also give model C/,
    ],
    ['a model C too many', () => ({ modelC: settings.modelB }), /weighted-sum takes no model C/],
    ['another ending', () => ({ output: path.join(folder, 'o.ckpt') }), /must end in \.safetensors/],
    ['no folder', () => ({ output: path.join(folder, 'none', 'o.safetensors') }), /does not exist/],
    [
      'the output an input',
      () => ({ output: settings.modelA, force: true }),
      /is also the input .*: choose another name/,
    ],
    [
      'the output there',
      () => ({ output: (writeFileSync(file('there'), ''), file('there')) }),
      /there\.safetensors exists; choose another name, or replace it with --force/,
    ],
  ])('%s', async (_, change, message) => {
    const changed = { ...settings, ...change() };
    const before = readdirSync(folder);
    await expect(mergeCheckpoints(changed, here)).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('aborted: no file, also no temporary one', async () => {
    const controller = new AbortController();
    const merging = mergeCheckpoints(settings, { ...here, signal: controller.signal });
    controller.abort(new Error('stopped'));
    await expect(merging).rejects.toThrow('stopped');
    expect(readdirSync(folder).toSorted()).toEqual(['a.safetensors', 'b.safetensors']);
  });

  it('a model changed meanwhile: no file', async () => {
    const touch = (): void => utimesSync(settings.modelB, 1, 1);
    await expect(mergeCheckpoints(settings, { ...here, onProgress: touch })).rejects.toThrow(
      /b\.safetensors changed while it was being merged/,
    );
    expect(existsSync(settings.output)).toBe(false);
  });
});

describe('one block merged anew', () => {
  it('has the bytes of a whole merge, under the new name only', async () => {
    const roomy = { ...settings, alignment: 4096 };
    const first = { ...roomy, output: file('first') };
    await mergeCheckpoints(first, here);
    const weights = { ...settings.weights, IN03: 0.7654321, OUT: 0 };
    const next = await remergeBlocks(first.output, { ...roomy, weights, output: file('next') }, here);
    expect(next?.changed).toEqual(['IN03', 'OUT']);
    await mergeCheckpoints({ ...roomy, weights, output: file('whole'), name: 'next' }, here);
    expect(readFileSync(file('next')).equals(readFileSync(file('whole')))).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(
      ['a', 'b', 'next', 'whole'].map((name) => `${name}.safetensors`),
    );
  });

  it.each([
    ['the type', { dtype: 'fp16' as const }],
    ['the method', { method: 'slerp' }],
    ['the header', { name: 'x'.repeat(500), alignment: 8 }],
  ])('is refused, and nothing touched, where %s differs', async (_, change) => {
    const first = { ...settings, output: file('first') };
    await mergeCheckpoints(first, here);
    const before = readFileSync(first.output);
    expect(
      await remergeBlocks(first.output, { ...first, ...change, output: file('next') }, here),
    ).toBeUndefined();
    expect(readFileSync(first.output).equals(before)).toBe(true);
  });
});
