/** The built commands on files that people have: exit codes, sentences, and what is left in the folder. Baking runs in threads. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { bakeLoras } from '../../../src/checkpoints/bake.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { runCli, type CliResult } from '../../helpers/run-cli.ts';
import {
  checkpointBytes,
  floatsOf,
  sd1Tensors,
  temporaryFolder,
  UNET,
  writeTo,
  type RawTensor,
} from '../../unit/checkpoints/make-checkpoint.ts';

let cwd = '';
beforeEach(() => {
  cwd = temporaryFolder();
});
const write = (
  name: string,
  tensors: Record<string, RawTensor>,
  metadata: Record<string, string> = {},
): string => writeTo(cwd, `${name}.safetensors`, checkpointBytes(tensors, metadata));
const MODELS = ['--model-a', 'a.safetensors', '--model-b', 'b.safetensors', '--no-hashes'];
const WEIGHTS = ['--weights', Array.from({ length: 27 }, () => 0.5).join(','), '--order', 'search'];
const merge = async (...args: string[]): Promise<CliResult> =>
  runCli(['merge', ...WEIGHTS, ...MODELS, '--output', 'o.safetensors', ...args], { cwd });
const bake = async (...args: string[]): Promise<CliResult> =>
  runCli(
    [
      'bake',
      '--model',
      'm.safetensors',
      '--lora',
      'l.safetensors',
      '--no-hashes',
      '--output',
      'o.safetensors',
      ...args,
    ],
    { cwd },
  );

const Q = `${UNET}input_blocks.4.1.transformer_blocks.0.attn1.to_q`;
const ones: RawTensor = { shape: [4, 4], data: new Float32Array(16).fill(1) };
/** Codes of 1. */
const codes: RawTensor = { dtype: 'F8_E4M3', shape: [4, 4], data: new Uint8Array(16).fill(0x38) };

describe('autombw merge', () => {
  it('of scaled fp8 with a plain model is that of its values', async () => {
    write('a', { ...sd1Tensors(1), [`${Q}.weight`]: ones });
    write('b', {
      ...sd1Tensors(2),
      [`${Q}.weight`]: codes,
      [`${Q}.scale_weight`]: { shape: [], data: Float32Array.of(0.01) },
      [`${UNET}scaled_fp8`]: { dtype: 'F8_E4M3', data: new Uint8Array(2) },
    });
    const { code, stdout, stderr } = await merge();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/only in model B/);
    const found = floatsOf(openCheckpoint(path.join(cwd, 'o.safetensors')), `${Q}.weight`);
    expect(found.every((x) => Math.abs(x - 0.505) < 1e-6)).toBe(true);
    const swapped = await runCli(
      [
        'merge',
        ...WEIGHTS,
        '--model-a',
        'b.safetensors',
        '--model-b',
        'a.safetensors',
        '--output',
        'p.safetensors',
        '--json',
      ],
      { cwd },
    );
    expect(JSON.parse(swapped.stdout)).toMatchObject({ warnings: [], onlyInA: [], onlyInB: [] });
    const plain = await runCli(
      [
        'merge',
        ...WEIGHTS,
        '--model-a',
        'b.safetensors',
        '--model-b',
        'a.safetensors',
        '--output',
        'q.safetensors',
        '--no-hashes',
      ],
      { cwd },
    );
    expect(plain.stdout).toMatch(/^1 scaled fp8 tensor of model A is written as plain numbers in F16$/m);
    const { stdout: shown } = await runCli(['inspect', 'b.safetensors'], { cwd });
    expect(shown).toMatch(/^Stored as scaled fp8 \(e4m3\)$/m);
  });

  it('with NaN in a model is refused, unless that is allowed', async () => {
    write('a', { ...sd1Tensors(1), [`${Q}.weight`]: ones });
    write('b', {
      ...sd1Tensors(2),
      [`${Q}.weight`]: {
        shape: [4, 4],
        data: Float32Array.from({ length: 16 }, (_, i) => (i === 3 ? NaN : i === 7 ? Infinity : 1)),
      },
    });
    const refused = await merge();
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(
      /^autombw: b\.safetensors holds numbers that are not finite: 1 NaN and 1 infinite in ".*to_q\.weight"; [^\n]+\n$/,
    );
    expect(readdirSync(cwd).toSorted()).toEqual(['a.safetensors', 'b.safetensors']);
    const allowed = await merge('--allow-non-finite');
    expect(allowed.code).toBe(0);
    expect(allowed.stderr).toMatch(
      /^! b\.safetensors holds numbers that are not finite: 1 NaN and 1 infinite in /,
    );
  });

  it.each([
    ['model_ema.diffusion_modeloutweight', /in the EMA copy of its weights, .*--prune-ema/],
    ['first_stage_model.decoder.conv_in.weight', /in the VAE; .*--vae/],
    ['loss.logvar', /"loss\.logvar"\. Nothing was kept\. Use another copy/],
  ])('with NaN in %s alone says what can be done', async (name, advice) => {
    write('a', { ...sd1Tensors(1), [name]: { data: Float32Array.of(1, NaN) } });
    write('b', sd1Tensors(2));
    const { code, stderr } = await merge();
    expect(code).toBe(1);
    expect(stderr).toMatch(advice);
    const isPruned = name.startsWith('model_ema');
    expect((await merge('--prune-ema')).code).toBe(isPruned ? 0 : 1);
  });

  it('in a dry run says that the numbers were not read', async () => {
    write('a', sd1Tensors(1));
    write('b', { ...sd1Tensors(2), [`${Q}.weight`]: { shape: [1], data: Float32Array.of(NaN) } });
    const { code, stdout } = await merge('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\(dry run\)\. The weights of the models were not read: NaN, /);
  });

  it('says what is wrong with two models, also in a dry run and in JSON', async () => {
    write('a', { ...sd1Tensors(1), v_pred: { data: new Float32Array(0) } });
    write('b', sd1Tensors(2));
    const sentence =
      /^! The models predict different things: a\.safetensors predicts v \(its key v_pred\); b\.safetensors predicts noise/;
    expect((await merge('--dry-run')).stderr).toMatch(sentence);
    const { code, stdout, stderr } = await merge('--json');
    expect(code).toBe(0);
    expect(stderr).toMatch(sentence);
    expect(JSON.parse(stdout)).toMatchObject({
      warnings: [expect.stringMatching(/predict different things/)],
    });
    write('b', sd1Tensors(1));
    expect((await merge('--force')).stderr).toMatch(/^! Models A and B are identical in every merged block/m);
  });

  it('with a model that is codes is refused by name', async () => {
    write('a', sd1Tensors(1));
    write('b', {
      ...sd1Tensors(2),
      [`${Q}.weight`]: { dtype: 'U8', shape: [8, 1], data: new Uint8Array(8) },
      [`${Q}.weight.absmax`]: ones,
    });
    const { code, stderr } = await merge();
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^autombw: b\.safetensors is stored as bitsandbytes nf4 or fp4 \(".*absmax"\): .* Use the bf16 or fp16 file of the model\.\n$/,
    );
    const { stdout } = await runCli(['inspect', 'b.safetensors'], { cwd });
    expect(stdout).toMatch(/^Stored as bitsandbytes nf4 or fp4$/m);
  });
});

describe('autombw bake', () => {
  const model = (): Record<string, RawTensor> => ({
    ...sd1Tensors(1, 30_001),
    [`${Q}.weight`]: codes,
    [`${Q}.weight_scale`]: { shape: [4, 1], data: Float32Array.of(1, 2, 3, 4) },
  });
  const LORA = { 'diffusion_model.input_blocks.4.1.transformer_blocks.0.attn1.to_q.diff': ones };

  it('of a scaled model in threads is what one thread writes', async () => {
    const [m, l] = [write('m', model()), write('l', LORA)];
    expect((await bake()).code).toBe(0);
    const loras = [{ file: l, strength: 1, weights: undefined }];
    const single = path.join(cwd, 'single', 'o.safetensors');
    mkdirSync(path.dirname(single));
    await bakeLoras({ model: m, loras, output: single, hashes: false }, { workers: 0 });
    expect(readFileSync(path.join(cwd, 'o.safetensors')).equals(readFileSync(single))).toBe(true);
    const o = openCheckpoint(single);
    expect(o.byName.get(`${Q}.weight`)?.dtype.name).toBe('F16');
    expect([...o.byName.keys()].filter((name) => name.includes('scale'))).toEqual([]);
  });

  it('of a scaled model says that its codes become plain numbers', async () => {
    write('m', { ...model(), [`${UNET}out.2.weight`]: codes });
    write('l', { ...LORA, 'diffusion_model.out.2.diff': ones });
    for (const args of [['--dry-run'], []]) {
      const { stdout } = await bake(...args);
      expect(stdout).toMatch(/^1 scaled fp8 tensor of the model is written as plain numbers in F16$/m);
      expect(stdout).toMatch(/^1 changed tensor is rounded to fp8, the type in the model; --dtype fp16/m);
    }
  });

  it('finds in its threads what is not finite', async () => {
    const bad = { data: new Float32Array(30_001).fill(1) };
    bad.data[20_000] = NaN;
    write('m', { ...model(), [`${UNET}out.2.weight`]: bad });
    write('l', LORA);
    const { code, stderr } = await bake();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^autombw: m\.safetensors holds numbers that are not finite: 1 NaN in "model\.diffusion_model\.out\.2\.weight"; /,
    );
    expect(readdirSync(cwd).toSorted()).toEqual(['l.safetensors', 'm.safetensors']);
  });

  it('that would leave modules out fails, in a dry run too, unless that is allowed', async () => {
    write('m', model());
    write('l', { ...LORA, 'text_encoders.t5xxl.x.diff': ones });
    for (const args of [[], ['--dry-run']]) {
      const { code, stderr } = await bake(...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^autombw: 1 of 2 modules in l\.safetensors does not match anything in m\.safetensors: "text_encoders_t5xxl_x"\. [^\n]+\n$/,
      );
    }
    expect(readdirSync(cwd).toSorted()).toEqual(['l.safetensors', 'm.safetensors']);
    const { code, stderr } = await bake('--allow-unmatched');
    expect([code, stderr]).toEqual([0, '! 1 of the 2 modules of l.safetensors was skipped.\n']);
  });
});
