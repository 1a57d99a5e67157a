/** The built command: real worker threads. `npm test` builds dist first. */
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { bakeLoras } from '../../../src/checkpoints/bake.ts';
import { runCli, type CliResult } from '../../helpers/run-cli.ts';
import {
  checkpointBytes,
  makeRandom,
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
const fixture = (name: string): void =>
  copyFileSync(
    path.resolve(import.meta.dirname, `../../fixtures/lora/${name}.safetensors`),
    path.join(cwd, `${name}.safetensors`),
  );
const bake = async (...args: string[]): Promise<CliResult> => runCli(['bake', ...args], { cwd });
const random = (shape: readonly number[], seed: number): RawTensor => {
  const next = makeRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length: count }, () => next() - 0.5) };
};

/** Two tensors of several blocks each, off every alignment. */
function writeModel(): void {
  const model = {
    ...sd1Tensors(1, 10_001),
    [`${UNET}input_blocks.1.1.proj_in.weight`]: random([1501, 1003], 2),
    [`${UNET}input_blocks.2.1.proj_in.weight`]: random([1009, 1501], 3),
  };
  writeTo(cwd, 'm.safetensors', checkpointBytes(model, {}, 1));
  const lora = {
    'lora_unet_input_blocks_1_1_proj_in.lora_up.weight': random([1501, 4], 4),
    'lora_unet_input_blocks_1_1_proj_in.lora_down.weight': random([4, 1003], 5),
    'lora_unet_input_blocks_2_1_proj_in.hada_w1_a': random([1009, 3], 6),
    'lora_unet_input_blocks_2_1_proj_in.hada_w1_b': random([3, 1501], 7),
    'lora_unet_input_blocks_2_1_proj_in.hada_w2_a': random([1009, 3], 8),
    'lora_unet_input_blocks_2_1_proj_in.hada_w2_b': random([3, 1501], 9),
  };
  writeTo(cwd, 'l.safetensors', checkpointBytes(lora, {}, 3));
}

describe('autombw bake', () => {
  it('in threads writes what one thread writes', async () => {
    writeModel();
    const list = Array.from({ length: 17 }, (_, i) => i / 10).join(',');
    const { code, stdout, stderr } = await bake(
      '--lora',
      `l.safetensors:-0.5:${list}`,
      '--lora',
      'l.safetensors',
      '--model',
      'm.safetensors',
      '--output',
      'o.safetensors',
      '--dtype',
      'fp16',
      '--json',
    );
    expect([code, stderr]).toEqual([0, '']);
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      output: 'o.safetensors',
      architecture: 'sd1',
      tensors: 31,
      changed: 2,
      recipe: {
        dtype: 'fp16',
        loras: [
          { strength: -0.5, weights: { IN01: 0.1 } },
          { strength: 1, weights: null },
        ],
      },
      loras: [
        {
          file: 'l.safetensors',
          kinds: { LoRA: 1, LoHa: 1 },
          matched: 2,
          modules: 2,
          blocks: { IN01: 1, IN02: 1 },
        },
        { matched: 2 },
      ],
    });
    const here = { workers: 0 } as const;
    await bakeLoras(
      {
        model: path.join(cwd, 'm.safetensors'),
        loras: [
          { file: path.join(cwd, 'l.safetensors'), strength: -0.5, weights: list.split(',').map(Number) },
          { file: path.join(cwd, 'l.safetensors'), strength: 1, weights: undefined },
        ],
        output: path.join(cwd, 'x', '..', 'p.safetensors'),
        dtype: 'fp16',
      },
      here,
    );
    const [threads, alone] = ['o', 'p'].map((name) => readFileSync(path.join(cwd, `${name}.safetensors`)));
    // Alike but for the title, which is the name of the file.
    const title = alone?.indexOf('"modelspec.title":"p"') ?? -1;
    expect(title).toBeGreaterThan(0);
    alone?.write('o', title + '"modelspec.title":"'.length);
    expect(threads?.equals(alone ?? Buffer.alloc(0))).toBe(true);
  });

  it('a dry run tells kinds, modules and blocks of every LoRA, and writes nothing', async () => {
    for (const name of ['sd1', 'sd1-lokr', 'sd1-locon-original']) fixture(name);
    const zeros = ['1', ...Array<string>(16).fill('0')].join(',');
    const { code, stdout, stderr } = await bake(
      '--lora',
      'sd1-lokr.safetensors:0.7',
      '--lora',
      `sd1-locon-original.safetensors:1:${zeros}`,
      '--model',
      'sd1.safetensors',
      '--output',
      'o.safetensors',
      '--dry-run',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'Stable Diffusion 1.x sd1.safetensors',
      '+ sd1-lokr.safetensors, strength 0.7: 85 of 85 modules (85 LoKr)',
      '  BASE 4, IN01 10, IN02 10, IN03 1, IN04 11, IN05 10, IN06 1, IN07 11, IN08 10, IN09 1, IN10 2, IN11 2, M00 12',
      '+ sd1-locon-original.safetensors, strength 1: 294 of 294 modules (242 LoRA, 52 LoCon)',
      '  BASE 12 × 1',
      '  282 modules without effect: their strength or block weight is 0',
      '712 tensors: 93 changed, 619 from the model',
      expect.stringMatching(
        /^Would write o\.safetensors: .+ \(dry run\)\. The weights of the models were not read: /,
      ),
      '',
    ]);
    expect(readdirSync(cwd)).not.toContain('o.safetensors');
  });

  it('inspect tells what was baked in', async () => {
    for (const name of ['sd2', 'sd2-qv']) fixture(name);
    const args = ['--model', 'sd2.safetensors', '--output', 'o.safetensors', '--no-hashes'];
    const { code, stdout } = await bake('--lora', 'sd2-qv.safetensors:0.5', ...args);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\nWrote o\.safetensors: .+\n$/)]);
    const inspected = await runCli(['inspect', 'o.safetensors'], { cwd });
    expect(inspected.stdout).toContain(
      'LoRAs baked in by autombw\n  into   sd2.safetensors\n  0.5    sd2-qv.safetensors\n',
    );
  });

  it.each([
    [['--lora', 'l.safetensors:x'], 2, /The strength of the LoRA l\.safetensors is "x"/],
    [['--lora', 'l.safetensors:1:1,2'], 2, /was given 2 block weights/],
    [['--lora', 'none.safetensors'], 2, /none\.safetensors cannot be read/],
    [[], 2, /bake needs --lora <file/],
    [
      ['--lora', 'bad.safetensors'],
      1,
      /The LoRA tensor lora_unet_input_blocks_1_1_proj_in\.diff holds numbers/,
    ],
  ])('%s is one sentence and exit %i', async (args, exit, message) => {
    writeModel();
    const bad = { shape: [1501, 1003], data: new Float32Array(1501 * 1003).fill(NaN) };
    writeTo(cwd, 'bad.safetensors', checkpointBytes({ 'lora_unet_input_blocks_1_1_proj_in.diff': bad }));
    const before = readdirSync(cwd);
    const { code, stdout, stderr } = await bake(
      ...args,
      '--model',
      'm.safetensors',
      '--output',
      'o.safetensors',
    );
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^autombw: [^\n]+\n$/);
    expect(readdirSync(cwd)).toEqual(before);
  });
});
