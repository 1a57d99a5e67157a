/** What is said about merges that can be written, but give no usable file or not the one that the weights promise. */
import { beforeEach, describe, expect, it } from 'vitest';
import { requireArchitecture } from '../../../src/checkpoints/architecture.ts';
import { prepareBake } from '../../../src/checkpoints/bake.ts';
import { warningsOfMerge, warningsOfBake } from '../../../src/checkpoints/warnings.ts';
import { inspectCheckpoint } from '../../../src/checkpoints/inspect.ts';
import { prepareMerge, type MergeSettings } from '../../../src/checkpoints/merge.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { sd1Tensors, UNET, writeTo, type RawTensor } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const { folder, file, write } = useModelFolder();
const said = (more: Partial<MergeSettings> = {}): string[] =>
  warningsOfMerge(
    prepareMerge({
      modelA: file('a'),
      modelB: file('b'),
      output: file('o'),
      weights: uniformWeights(0.3, 'sd1'),
      hashes: false,
      ...more,
    }),
  );
beforeEach(() => {
  write('a', sd1Tensors(1));
  write('b', sd1Tensors(2));
});

const empty: RawTensor = { data: new Float32Array(0) };
const FIRST = `${UNET}input_blocks.0.0.weight`;
const firstLayer = (channels: number): Record<string, RawTensor> => ({
  [FIRST]: { shape: [2, channels, 1, 1], data: new Float32Array(2 * channels) },
});

it('nothing about two sound models', () => {
  expect(said()).toEqual([]);
});

describe('what the models predict', () => {
  const V: readonly (readonly [
    sign: string,
    tensors: Record<string, RawTensor>,
    metadata: Record<string, string>,
  ])[] = [
    ['its key v_pred', { v_pred: empty, ztsnr: empty }, {}],
    ['its key edm_vpred.sigma_max', { 'edm_vpred.sigma_max': { data: Float32Array.of(120) } }, {}],
    ['its key edm_mean', { edm_mean: empty, edm_std: empty }, {}],
    ['modelspec.prediction_type "v"', {}, { 'modelspec.prediction_type': 'v' }],
    ['modelspec.prediction_type "v_prediction"', {}, { 'modelspec.prediction_type': 'v_prediction' }],
    ['modelspec.predict_key "v"', {}, { 'modelspec.predict_key': 'v' }],
    ['prediction_type "v_prediction"', {}, { prediction_type: 'v_prediction' }],
    ['modelspec.prediction_type "flow"', {}, { 'modelspec.prediction_type': 'flow' }],
    ['modelspec.prediction_type "rectified_flow"', {}, { 'modelspec.prediction_type': 'rectified_flow' }],
    ['modelspec.prediction_type "sample"', {}, { 'modelspec.prediction_type': 'sample' }],
    ['ss_v_parameterization', {}, { ss_v_parameterization: 'True' }],
    ['modelspec.architecture', {}, { 'modelspec.architecture': 'stable-diffusion-v2-768-v-unclip' }],
  ];

  it.each(V)('%s', (sign, tensors, metadata) => {
    const hasKeys = Object.keys(tensors).length > 0;
    write('a', { ...sd1Tensors(1), ...tensors }, metadata);
    const [forward, ...more] = said();
    expect(more).toEqual([]);
    expect(forward).toMatch(
      /^The models predict different things: \S+a\.safetensors predicts (v|EDM|v \(EDM\)|flow|the image itself) \(/,
    );
    expect(forward).toContain(sign);
    expect(forward).toMatch(/b\.safetensors predicts noise \(epsilon: the file does not say otherwise\)/);
    expect(forward).toContain(
      hasKeys ? 'will assume that it predicts ' : 'will assume that it predicts noise (epsilon)',
    );
    const backward = said({ modelA: file('b'), modelB: file('a') });
    expect(backward).toHaveLength(1);
    expect(backward[0]).toMatch(
      /the WebUI will assume that it predicts noise \(epsilon\), whatever the weights are\.$/,
    );
  });

  it('nothing where both predict v; where only the metadata say so, that a WebUI will not see it', async () => {
    for (const name of ['a', 'b']) write(name, { ...sd1Tensors(name === 'a' ? 1 : 2), v_pred: empty });
    expect(said()).toEqual([]);
    expect((await inspectCheckpoint(file('a'))).prediction).toMatchObject({
      kind: 'v',
      sign: 'its key v_pred',
    });
    for (const name of ['a', 'b']) write(name, sd1Tensors(3), { 'modelspec.prediction_type': 'v' });
    expect(said()).toEqual([expect.stringMatching(/model A has no key that says so/)]);
  });

  it('model C too, and zero terminal SNR', () => {
    write('c', { ...sd1Tensors(3), v_pred: empty });
    expect(said({ modelC: file('c'), method: 'add-difference' })).toEqual([
      expect.stringMatching(/c\.safetensors predicts v \(its key v_pred\)/),
    ]);
    write('a', { ...sd1Tensors(1), v_pred: empty, ztsnr: empty });
    write('b', { ...sd1Tensors(2), v_pred: empty });
    expect(said()).toEqual([
      expect.stringMatching(
        /a\.safetensors was trained with zero terminal SNR \(ztsnr\), but \S+b\.safetensors was not/,
      ),
    ]);
  });

  it('of SD2, which is told by its numbers', () => {
    const sd2 = (seed: number, bias: number): Record<string, RawTensor> => ({
      ...sd1Tensors(seed),
      [`${UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight`]: {
        shape: [1, 1024],
        data: new Float32Array(1024).fill(seed),
      },
      [`${UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias`]: {
        data: Float32Array.of(bias, -bias, bias, -bias),
      },
    });
    write('a', sd2(1, 0.05));
    write('b', sd2(2, 0.08));
    const weights = uniformWeights(0.5, 'sd2');
    expect(said({ weights })).toEqual([]);
    write('b', sd2(2, 0.2));
    expect(said({ weights })).toEqual([
      expect.stringMatching(
        /predicts noise \(epsilon: the spread .*b\.safetensors predicts v \(the spread .*The WebUI will guess from the merged weights/,
      ),
    ]);
  });
});

describe('what the weights do not reach', () => {
  it('models for other inputs, either way round', () => {
    write('a', { ...sd1Tensors(1), ...firstLayer(9) });
    write('b', { ...sd1Tensors(2), ...firstLayer(4) });
    const texts = said();
    expect(texts[0]).toMatch(
      /a\.safetensors is a model for inpainting; \S+b\.safetensors is an ordinary model\. Model A's first layer is kept/,
    );
    expect(texts[1]).toMatch(
      /^1 tensor of IN00 keeps model A's values although these blocks have weights.*"input_blocks\.0\.0\.weight"/,
    );
    expect(said({ modelA: file('b'), modelB: file('a') })[0]).toMatch(
      /a\.safetensors is a model for inpainting/,
    );
  });

  it('tensors of one model only, where their block has a weight', () => {
    const { [`${UNET}input_blocks.3.0.weight`]: _, ...less } = sd1Tensors(2);
    write('b', { ...less, [`${UNET}input_blocks.4.9.weight`]: { data: new Float32Array(2) } });
    expect(said()).toEqual([
      expect.stringMatching(/^1 tensor of IN03 keeps model A's values/),
      expect.stringMatching(
        /^Only model B has 1 tensor of the merged blocks; .*"input_blocks\.4\.9\.weight"/,
      ),
    ]);
    expect(said({ weights: { OUT: 1, IN03: 0, IN04: 0 } })).toEqual([]);
  });

  it('a merge of which nothing fits is refused', () => {
    write(
      'b',
      Object.fromEntries(
        Object.keys(sd1Tensors(2)).map((name) => [name, { shape: [2, 3], data: new Float32Array(6) }]),
      ),
    );
    expect(() => said()).toThrow(expect.objectContaining({ code: 'nothing-merged', kind: 'usage' }));
    expect(() => said({ weights: uniformWeights(0, 'sd1') })).not.toThrow();
  });

  it('the same file twice', () => {
    expect(said({ modelB: file('a') })).toEqual([expect.stringMatching(/are the same file/)]);
  });
});

describe('a result that is no whole model', () => {
  const without = (pattern: RegExp): Record<string, RawTensor> =>
    Object.fromEntries(Object.entries(sd1Tensors(1)).filter(([name]) => !pattern.test(name)));

  it.each([
    [
      'its text encoder',
      /^cond/,
      /has no text encoder .*most WebUIs cannot load it as a checkpoint; model B has it\.$/,
    ],
    ['its VAE', /^first_stage/, /has no VAE .*add one with --vae; model B has one\.$/],
    ['a block', /input_blocks\.7\./, /has no tensors for the block IN07, so the result has none either/],
  ])('for want of %s', (_, pattern, sentence) => {
    write('a', without(pattern));
    expect(said()).toContainEqual(expect.stringMatching(sentence));
  });

  it('one of the encoders of SDXL', () => {
    const xl = Object.fromEntries(
      Object.entries(sd1Tensors(1)).filter(([name]) => !/(put_blocks\.(9|10|11)\.|cond_stage)/.test(name)),
    );
    const both = {
      ...xl,
      [`${UNET}label_emb.0.0.weight`]: { data: new Float32Array(5) },
      'conditioner.embedders.0.transformer.text_model.final_layer_norm.weight': { data: new Float32Array(5) },
    };
    write('a', both);
    write('b', both);
    expect(said({ weights: uniformWeights(0.5, 'sdxl') })).toEqual([
      expect.stringMatching(/has no text encoder 2 \(conditioner\.embedders\.1\.…\)/),
    ]);
  });

  it('an EMA copy that stays behind, unless it is left out', () => {
    write('a', { ...sd1Tensors(1), 'model_ema.x': { data: new Float32Array(1) } });
    expect(said()).toEqual([expect.stringMatching(/contains an EMA copy .* --prune-ema\.$/)]);
    expect(said({ pruneEma: true })).toEqual([]);
  });

  it('positions that are not counted from 0, unless they are corrected', () => {
    const ids = 'cond_stage_model.transformer.text_model.embeddings.position_ids';
    const floats = Float32Array.from({ length: 77 }, (_, i) => i);
    write('a', { ...sd1Tensors(1), [ids]: { shape: [1, 77], data: floats } });
    expect(said()).toEqual([]);
    write('a', {
      ...sd1Tensors(1),
      [ids]: { shape: [1, 77], data: floats.map((x) => (x > 74 ? x - 0.25 : x)) },
    });
    expect(said()).toEqual([expect.stringMatching(/^2 of the 77 numbers in .*--position-ids fix\.$/)]);
    expect(said({ positionIds: 'fix' })).toEqual([]);
    const whole = BigInt64Array.from({ length: 77 }, (_, i) => BigInt(i === 3 ? 2 : i));
    write('a', { ...sd1Tensors(1), [ids]: { dtype: 'I64', shape: [1, 77], data: whole } });
    expect(said()).toEqual([expect.stringMatching(/^1 of the 77 numbers in /)]);
  });
});

it('a file beside model A that tells a WebUI how to use it', () => {
  writeTo(folder, 'a.yaml', Buffer.from('model: {}'));
  expect(said()).toEqual([expect.stringMatching(/a\.yaml tells the WebUI .* copy it to \S+o\.yaml\.$/)]);
  writeTo(folder, 'o.yaml', Buffer.from('model: {}'));
  expect(said()).toEqual([]);
});

it('a LoRA for a model that predicts something else, either way round', () => {
  const of = (model: string): string[] =>
    warningsOfBake(
      prepareBake({
        model: file(model),
        loras: [{ file: file('l'), strength: 1, weights: undefined }],
        output: file('o'),
        hashes: false,
      }),
    );
  const lora = { 'lora_unet_input_blocks_3_0.diff': { data: new Float32Array(5) } };
  write('b', { ...sd1Tensors(1), v_pred: empty });
  write('l', lora, { ss_v_parameterization: 'True' });
  expect(of('a')).toEqual([
    expect.stringMatching(/l\.safetensors was trained on a model that predicts v \(/),
  ]);
  expect(of('b')).toEqual([]);
  write('l', lora, { ss_v_parameterization: 'False' });
  expect(of('a')).toEqual([]);
  expect(of('b')).toEqual([expect.stringMatching(/predicts noise \(epsilon: ss_v_parameterization/)]);
  write('l', lora);
  expect([of('a'), of('b')]).toEqual([[], []]);
});

describe('files of other kinds in place of a model', () => {
  it.each([
    ['unet.down_blocks.0.attentions.0.proj_in.lora.down.weight', 'a LoRA file'],
    ['unet.down_blocks.0.attentions.0.proj_in.lora_linear_layer.up.weight', 'a LoRA file'],
    ['down_blocks.0.attentions.0.processor.to_q_lora.up.weight', 'a LoRA file'],
    ['text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1.lora_up.weight', 'a LoRA file'],
    ['unet.down_blocks.0.attentions.0.proj_in.lora_A.default_0.weight', 'a LoRA file'],
    ['diffusion_model.input_blocks.1.1.norm.diff', 'a LoRA file'],
    ['lycoris_down_blocks_0_attentions_0_proj_in.x', 'a LoRA file'],
    ['model_ema.diffusion_modelinput_blocks00weight', 'only the EMA copy of a model'],
  ])('%s is %s', (name, what) => {
    write('b', { [name]: { data: new Float32Array(1) } });
    expect(() => requireArchitecture('b', openCheckpoint(file('b')))).toThrow(
      `b is ${what}, which cannot be merged`,
    );
    expect(() => said()).toThrow(expect.objectContaining({ code: 'checkpoint-architecture' }));
  });
});
