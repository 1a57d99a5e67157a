/** Merges of transformers: what may go together, and which weights go to which blocks. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allBlocksOf, ARCHITECTURES } from '../../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../src/architectures/transformers/families.ts';
import { takesLoras } from '../../../src/architectures/transformers/lora-names.ts';
import { bakeLoras } from '../../../src/checkpoints/bake.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { inspectCheckpoint } from '../../../src/checkpoints/inspect.ts';
import { mergeCheckpoints, prepareMerge } from '../../../src/checkpoints/merge.ts';
import { remergeBlocks } from '../../../src/checkpoints/remerge.ts';
import { warningsOfMerge } from '../../../src/checkpoints/warnings.ts';
import { findWeights } from '../../../src/cli/commands/files/merge-weights.ts';
import { fitWeights } from '../../../src/weights/fit.ts';
import { shapesOf, without, type Shapes } from '../architectures/transformer-headers.ts';
import { FIXTURES, floatsOf, tensorBytes, UNET, writeTo, type RawTensor } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const { folder, file, write } = useModelFolder();
const made = (name: string): string => path.join(FIXTURES, 'transformers', `${name}.safetensors`);

function model(name: string, shapes: Shapes, value = 1): string {
  const tensors = Object.entries(shapes).map(([key, shape]) => [key, filled(shape, value)] as const);
  return write(name, Object.fromEntries(tensors));
}

function filled(shape: readonly number[], value: number): RawTensor {
  return { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value) };
}

describe('models that do not go together are refused in a sentence', () => {
  const flux = shapesOf('flux1');
  const predict2 = shapesOf('cosmos-predict2');
  const qwen21 = shapesOf('qwen-image-2.1');

  it.each([
    [
      'schnell with dev',
      flux,
      without(flux, /^guidance_in/),
      /Flux\.1 \(dev\), but .+ is Flux\.1 \(schnell\)/,
    ],
    [
      'Chroma with Flux',
      flux,
      shapesOf('chroma'),
      /is Flux\.1, but .+ is Chroma: only models of the same family/,
    ],
    ['Anima with Cosmos', shapesOf('anima'), predict2, /is Anima, but .+ is Cosmos-Predict2/],
    [
      '2B with 14B',
      predict2,
      { ...predict2, 'x_embedder.proj.1.weight': [5120, 1] },
      /Cosmos-Predict2 \(2B\), but .+ is Cosmos-Predict2 \(14B\): only models of the same variant/,
    ],
    [
      'unequal numbers of blocks',
      flux,
      without(flux, /^single_blocks\.2\./),
      /has 2 double_blocks and 3 single_blocks, but .+ has 2 double_blocks and 2 single_blocks/,
    ],
    [
      'another width',
      flux,
      { ...flux, 'img_in.weight': [8, 64] },
      /Flux\.1 with a width of 4, but .+ a width of 8/,
    ],
    [
      'a fused MLP with a separate one',
      qwen21,
      { ...qwen21, 'transformer_blocks.0.img_mlp.gate_up.weight': [10, 4] },
      /\(separate MLP\), but .+ \(fused MLP\)/,
    ],
  ] as const)('%s', (_, a, b, message) => {
    const [modelA, modelB] = [model('a', a), model('b', b)];
    expect(() => prepareMerge({ modelA, modelB, output: file('o'), weights: {} })).toThrow(message);
  });

  it('but parts that only one has do not matter: they stay as they are in A, and that is said', () => {
    const modelA = model('a', { ...flux, 'extra.weight': [2] });
    const modelB = model('b', { ...flux, 'img_in.weight': [4, 384] });
    const weights = { 'double_blocks.0': 0.5, extra: 1, img_in: 1 };
    const warnings = warningsOfMerge(prepareMerge({ modelA, modelB, output: file('o'), weights })).join(' ');
    expect(warnings).toMatch(/one of dev, 384 input channels/);
    expect(warnings).toMatch(/2 tensors of extra, img_in keep model A's values/);
    expect(warnings).not.toMatch(/VAE|predict/);
  });
});

describe('weights by name', () => {
  const id = 'flux1:double_blocks=2,single_blocks=3';
  const fitted = async (weights: string, architecture = id): Promise<unknown> =>
    fitWeights(await findWeights({ weights }), architecture).weights;

  it('names beat patterns, whatever their order, and longer patterns shorter ones', async () => {
    expect(await fitted('double_blocks.0=0.3,double_blocks.*=0.5,single_blocks.2=1')).toEqual({
      'double_blocks.0': 0.3,
      'double_blocks.1': 0.5,
      'single_blocks.2': 1,
    });
    expect(await fitted('single_blocks.*=0.1,*=0.2,*_in=0.4,double_blocks.1=0,img_in=0.9')).toEqual({
      ...Object.fromEntries(allBlocksOf(id).map((name) => [name, name.startsWith('single') ? 0.1 : 0.2])),
      txt_in: 0.4,
      time_in: 0.4,
      vector_in: 0.4,
      guidance_in: 0.4,
      img_in: 0.9,
      'double_blocks.1': 0,
    });
  });

  it('come on top of one number for every block', async () => {
    expect(await fitted('0.5,img_in=0,double_*=1')).toEqual({
      ...Object.fromEntries(allBlocksOf(id).map((name) => [name, 0.5])),
      img_in: 0,
      'double_blocks.0': 1,
      'double_blocks.1': 1,
    });
  });

  it('patterns are for Stable Diffusion as well', async () => {
    expect(await fitted('IN0*=0.5,IN00=0', 'sdxl')).toEqual(
      Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`IN0${i}`, i === 0 ? 0 : 0.5])),
    );
  });

  it('that fit no block are refused, with the blocks there are', async () => {
    await expect(fitted('double_block.0=1')).rejects.toThrow(
      /Flux\.1, which has no block matching double_block\.0\. Did you mean "double_blocks\.0"\? The blocks are double_blocks\.0 to double_blocks\.1, single_blocks\.0 to single_blocks\.2, img_in, /,
    );
    await expect(fitted('layers.*=1')).rejects.toThrow(/no block matching layers\.\*/);
    await expect(fitted('double_blocks.0=1', 'sd1')).rejects.toThrow(
      /Stable Diffusion 1\.x, which has no block matching double_blocks\.0/,
    );
    await expect(fitted('double_blocks.*=x')).rejects.toThrow(/is "x", not a number/);
  });

  it('lists of numbers are not for transformers', async () => {
    await expect(fitted(Array.from({ length: 25 }, () => '0.5').join(','))).rejects.toThrow(
      /are for Stable Diffusion, but these models are Flux\.1: .+ such as double_blocks\.0=0\.5/,
    );
  });

  it('from a JSON file: blocks and patterns alone, or what convert writes', async () => {
    const plain = writeTo(folder, 'w.json', Buffer.from('{"double_blocks.*":0.5,"double_blocks.0":0.25}'));
    const expected = { 'double_blocks.0': 0.25, 'double_blocks.1': 0.5 };
    expect(await fitted(plain)).toEqual(expected);
    expect(fitWeights(await findWeights({ recipe: plain }), id).weights).toEqual(expected);
    const own = writeTo(folder, 'own.json', Buffer.from('{"weights":{"double_blocks.0":0.25}}'));
    expect(await fitted(own)).toEqual({ 'double_blocks.0': 0.25 });
    await expect(fitted(own, 'sd1')).rejects.toThrow(
      /Stable Diffusion 1\.x, which has no block double_blocks\.0/,
    );
  });
});

describe('files', () => {
  it('keep model A where a block has no weight, to the bit, and take B where it is 1', async () => {
    const output = file('o');
    await mergeCheckpoints({
      modelA: made('flux2-a'),
      modelB: made('flux2-b'),
      output,
      weights: { img_in: 1 },
    });
    const [a, merged] = [openCheckpoint(made('flux2-a')), openCheckpoint(output)];
    const differing = a.tensors.filter(({ name }) => !tensorBytes(a, name).equals(tensorBytes(merged, name)));
    expect(differing.map(({ name }) => name)).toEqual(['img_in.weight']);
  });

  it('with a key under the usual prefix beside the one that is renamed to it keep both', async () => {
    const own = Object.entries(shapesOf('anima')).map(([key, shape]) => [`net.${key}`, shape] as const);
    const shapes = { ...Object.fromEntries(own), [`${UNET}final_layer.linear.weight`]: [3, 4] };
    const output = file('o');
    await mergeCheckpoints({
      modelA: model('a', shapes, 1),
      modelB: model('b', shapes, 2),
      output,
      weights: { 'blocks.0': 0.5 },
    });
    expect(openCheckpoint(output).tensors.map(({ name }) => name)).toEqual(Object.keys(shapes));
  });

  it.each(['keep', 'fp8-scaled'] as const)(
    'made from the last merge are those of a whole one (%s)',
    async (dtype) => {
      const [first, again, whole] = ['first', 'again', 'whole'].map((name) => file(name));
      const [modelA, modelB] = [made('flux1-a'), made('flux1-b')];
      const shared = { modelA, modelB, dtype, hashes: false, name: 'x', alignment: 4096 } as const;
      const weights = { 'double_blocks.0': 0.25, 'single_blocks.1': 0.5 };
      await mergeCheckpoints({ ...shared, output: first ?? '', weights });
      const others = { ...weights, 'double_blocks.0': 0.75 };
      const remerge = await remergeBlocks(first ?? '', { ...shared, output: again ?? '', weights: others });
      expect(remerge?.changed).toEqual(['double_blocks.0']);
      await mergeCheckpoints({ ...shared, output: whole ?? '', weights: others });
      expect(readFileSync(again ?? '').equals(readFileSync(whole ?? ''))).toBe(true);
    },
  );

  it('with numbers that are not finite are named by their own keys, and refused', async () => {
    const modelA = model('a', shapesOf('flux1'), Number.NaN);
    const settings = { modelA, modelB: model('b', shapesOf('flux1')), output: file('o') };
    await expect(mergeCheckpoints({ ...settings, weights: { 'double_blocks.0': 0.5 } })).rejects.toThrow(
      /\d+ NaN in "double_blocks\.0\..+; they would ruin every image/,
    );
  });

  it('as fp8 have their marker and scales under the prefix of model A', async () => {
    const own = Object.entries(shapesOf('anima')).map(([key, shape]) => [`net.${key}`, shape] as const);
    const shapes = Object.fromEntries(own);
    const [modelA, modelB] = [model('a', shapes, 1), model('b', shapes, 2)];
    const output = file('o');
    await mergeCheckpoints({ modelA, modelB, output, weights: { 'blocks.0': 0.5 }, dtype: 'fp8-scaled' });
    const others = openCheckpoint(output).tensors.filter(({ name }) => !Object.hasOwn(shapes, name));
    expect(others.map(({ name }) => name.replace(/^net\.blocks\..*scale_weight$/, 'scale'))).toEqual([
      'net.scaled_fp8',
      ...Array.from({ length: others.length - 1 }, () => 'scale'),
    ]);
  });

  it('take another VAE where they have one, and have no position ids to mend', async () => {
    const key = 'first_stage_model.decoder.conv_in.weight';
    const shapes = { ...shapesOf('flux1'), [key]: [4] };
    const vae = write('vae', { 'decoder.conv_in.weight': filled([4], 7) });
    const settings = { modelA: model('a', shapes), modelB: model('b', shapes), output: file('o') };
    await mergeCheckpoints({ ...settings, weights: {}, vae, positionIds: 'fix' });
    expect(floatsOf(openCheckpoint(file('o')), key)).toEqual([7, 7, 7, 7]);
    expect(openCheckpoint(file('o')).tensors).toHaveLength(Object.keys(shapes).length);
  });

  it('take no VAE where there is none to replace', () => {
    const vae = write('vae', { 'decoder.conv_in.weight': { data: new Float32Array(4) } });
    expect(() =>
      prepareMerge({ modelA: made('flux1-a'), modelB: made('flux1-b'), output: file('o'), weights: {}, vae }),
    ).toThrow(/has no VAE \(first_stage_model\.…\) for .+ to replace/);
  });

  it.each(
    TRANSFORMER_FAMILIES.filter((family) => !takesLoras(family)).map(({ id, title }) => [id, title] as const),
  )('of %s are refused for a bake, by name', async (id, title) => {
    await expect(bakeLoras({ model: made(`${id}-a`), loras: [], output: file('o') })).rejects.toThrow(
      `is a model of ${title}; autombw cannot bake LoRAs`,
    );
  });

  it('are in the table of the docs, with what is true of them', () => {
    const text = readFileSync(path.resolve(import.meta.dirname, '../../../docs/families.md'), 'utf8');
    const rows = [...text.matchAll(/^\| [^|]+\| `([^`]+)` +\|((?:[^|\n]+\|){5})$/gm)].map(
      ([, id = '', cells = '']) =>
        [
          id,
          cells
            .split('|')
            .slice(0, 3)
            .map((cell) => cell.trim())
            .join(' '),
        ] as const,
    );
    const wanted = [
      ...ARCHITECTURES.map((id) => [id, 'yes yes yes'] as const),
      ...TRANSFORMER_FAMILIES.map(
        (family) => [family.id, `yes yes ${takesLoras(family) ? 'yes' : 'no'}`] as const,
      ),
    ];
    expect(rows).toEqual(wanted);
  });

  it('are in the table of the docs as searched by what inspect says', () => {
    const text = readFileSync(path.resolve(import.meta.dirname, '../../../docs/families.md'), 'utf8');
    for (const { id, drawing } of TRANSFORMER_FAMILIES) {
      const row = text.split('\n').find((line) => line.includes(`| \`${id}\``)) ?? '';
      const [nodes = '', files = ''] = row
        .split('|')
        .slice(6, 8)
        .map((cell) => cell.trim());
      expect([id, nodes === 'own workflow']).toEqual([id, drawing === 'own workflow']);
      expect([id, nodes === 'no' && files === 'no']).toEqual([id, drawing === 'never']);
    }
  });

  it.each([
    ['bitsandbytes nf4', { 'double_blocks.0.img_attn.qkv.weight.quant_state.bitsandbytes__nf4': U8() }],
    ['nvfp4', { 'double_blocks.0.img_attn.qkv.weight_scale_2': { data: new Float32Array(1) } }],
    ['int8_tensorwise', { 'double_blocks.0.img_attn.qkv.comfy_quant': described('int8_tensorwise') }],
    ['mxfp8', { 'double_blocks.0.img_attn.qkv.comfy_quant': described('mxfp8') }],
  ])('stored as %s are named, and what to take instead', async (name, extra) => {
    const shapes = Object.entries(shapesOf('flux1'));
    const own = shapes.map(([key, shape]): [string, RawTensor] => [
      key,
      { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
    ]);
    const modelA = write('q', { ...Object.fromEntries(own), ...extra });
    expect(() => prepareMerge({ modelA, modelB: modelA, output: file('o'), weights: {} })).toThrow(
      new RegExp(`is stored as ${name} .+ Use the bf16 or fp16 file of the model`),
    );
    const found = await inspectCheckpoint(modelA);
    expect(found).toMatchObject({ quantisation: name, commands: [], kind: 'Flux.1 (dev)' });
  });

  it('a whole checkpoint: encoders and VAE are named, and come from model A', async () => {
    const found = await inspectCheckpoint(made('flux1-a'));
    expect(found).toMatchObject({
      kind: 'Flux.1 (dev)',
      counts: '2 double_blocks and 3 single_blocks',
      prefix: UNET,
      encoders: ['clip_l'],
      quantisation: 'scaled fp8 (e4m3)',
    });
    expect(Object.keys(found.parts).toSorted()).toEqual(['VAE', 'text encoder', 'transformer']);
    expect(await inspectCheckpoint(made('anima-a'))).toMatchObject({ prefix: 'net.', encoders: [] });
  });
});

function U8(): RawTensor {
  return { dtype: 'U8', data: new Uint8Array(4) };
}

function described(format: string): RawTensor {
  return { dtype: 'U8', data: Buffer.from(JSON.stringify({ format })) };
}
