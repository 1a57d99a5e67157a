/** The built command on models of other families than Stable Diffusion, and the threads of a merge with new scales. */
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { readMergeRecipe } from '../../../src/checkpoints/metadata.ts';
import { openSafetensors } from '../../../src/shared/safetensors/read.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { FIXTURES, rawCheckpoint, temporaryFolder, writeTo } from '../../unit/checkpoints/make-checkpoint.ts';

let cwd = '';
beforeEach(() => {
  cwd = temporaryFolder();
});
const made = (name: string): string => path.join(FIXTURES, 'transformers', `${name}.safetensors`);
const models = (id: string): string[] => ['--model-a', made(`${id}-a`), '--model-b', made(`${id}-b`)];

it('merge takes patterns, says what it did, and leaves a recipe that merge takes again', async () => {
  const weights = 'double_blocks.0=0.3,double_blocks.*=0.5,single_*=1';
  const args = ['merge', ...models('flux1')];
  const { code, stdout } = await runCli([...args, '--weights', weights, '--output', 'o.safetensors'], {
    cwd,
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Flux\.1, weighted-sum, weights from the names given$/m);
  expect(stdout).toMatch(/12 merged in 5 blocks/);
  const again = ['merge', '--recipe', 'o.safetensors', ...models('flux1'), '--output', 'p.safetensors'];
  expect(await runCli(again, { cwd })).toMatchObject({ code: 0 });
  writeTo(cwd, 'w.json', Buffer.from('{"double_blocks.0":0.3,"double_blocks.*":0.5,"single_*":1}'));
  expect(await runCli([...args, '--weights', 'w.json', '--output', 'q.safetensors'], { cwd })).toMatchObject({
    code: 0,
  });
  const data = ['o', 'p', 'q'].map((name) => dataOf(path.join(cwd, `${name}.safetensors`)).toString('hex'));
  expect(new Set(data).size).toBe(1);
});

it('merge names a part that the files lack, and merges the others where those have a weight', async () => {
  const args = ['merge', ...models('sd3'), '--output', 'o.safetensors', '--weights'];
  const nothing = await runCli([...args, 'T5=1'], { cwd });
  expect(nothing.code).toBe(2);
  expect(nothing.stderr).toMatch(/sd3-a\.safetensors has no tensors of T5, and no other block has a weight/);
  const done = await runCli([...args, '0.5,T5=1'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/15 merged in 9 blocks/) });
  expect(done.stderr).toMatch(/has no tensors of T5 .* has no effect/);
});

it('merge takes weights by kind of layer, and its recipe says so', async () => {
  const args = ['merge', ...models('flux1'), '--weights', 'single_blocks.fused=1,double_blocks.mod*=0.5'];
  const done = await runCli([...args, '--output', 'o.safetensors', '--json'], { cwd });
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({
    recipe: { architecture: 'flux1:double_blocks=2,single_blocks=3/kinds' },
  });
  const { metadata } = openSafetensors(path.join(cwd, 'o.safetensors'));
  expect(readMergeRecipe(metadata)?.weights).toEqual({
    'double_blocks.modulation': 0.5,
    'single_blocks.fused': 1,
  });
  const again = ['merge', '--recipe', 'o.safetensors', ...models('flux1'), '--output', 'p.safetensors'];
  expect(await runCli(again, { cwd })).toMatchObject({ code: 0 });
  const data = ['o', 'p'].map((name) => dataOf(path.join(cwd, `${name}.safetensors`)).toString('hex'));
  expect(new Set(data).size).toBe(1);
  const mixed = ['merge', ...models('flux1'), '--weights', 'single_blocks.fused=1,double_blocks.0=0.5'];
  const { code, stderr } = await runCli([...mixed, '--output', 'q.safetensors'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toMatch(/no block/);
});

it('inspect says what it is, what is in it, and what autombw does with it', async () => {
  const { stdout } = await runCli(['inspect', made('flux1-a')], { cwd });
  expect(stdout).toMatch(/^Flux\.1 \(dev\), 2 double_blocks and 3 single_blocks$/m);
  expect(stdout).toMatch(/^Text encoders clip_l$/m);
  expect(stdout).toMatch(/^Stored as scaled fp8 \(e4m3\)$/m);
  expect(stdout).toMatch(/^For autombw merge, bake, search$/m);
  expect(stdout).toMatch(/^Searched as --architecture flux1:double_blocks=2,single_blocks=3$/m);
  expect(stdout).toMatch(/^ {2}double_blocks\.0-1 +6 tensors/m);
});

it('threads find the same scales as one alone', () => {
  const library = pathToFileURL(path.resolve(import.meta.dirname, '../../../dist/checkpoints/index.js')).href;
  const script = `
    import { mergeCheckpoints } from ${JSON.stringify(library)};
    const [modelA, modelB] = ${JSON.stringify([made('wan-a'), made('wan-b')])};
    for (const workers of [0, 2])
      await mergeCheckpoints(
        { modelA, modelB, output: workers + '.safetensors', weights: { 'blocks.0': 0.5 }, dtype: 'fp8-scaled', method: 'slerp', hashes: false, name: 'x' },
        { workers },
      );`;
  execFileSync(process.execPath, [writeTo(cwd, 'merge.mjs', Buffer.from(script))], { cwd });
  const [alone, threads] = ['0', '2'].map((name) => readFileSync(path.join(cwd, `${name}.safetensors`)));
  expect(threads?.equals(alone ?? Buffer.alloc(0))).toBe(true);
});

// Elsewhere the file system would have to make room for the zeros.
it.skipIf(process.platform !== 'linux')('a merge of 41 GB is planned in less than 200 MB of memory', () => {
  writeQwenImage('a.safetensors');
  writeQwenImage('b.safetensors');
  const library = pathToFileURL(path.resolve(import.meta.dirname, '../../../dist/checkpoints/index.js')).href;
  const script = `
    import { prepareMerge } from ${JSON.stringify(library)};
    const { bytes, plan } = prepareMerge({
      modelA: 'a.safetensors', modelB: 'b.safetensors', output: 'o.safetensors', hashes: false, weights: { 'transformer_blocks.59': 0.5 },
    });
    console.log(JSON.stringify({ bytes, merged: plan.merged, kilobytes: process.resourceUsage().maxRSS }));`;
  const text = execFileSync(process.execPath, [writeTo(cwd, 'plan.mjs', Buffer.from(script))], { cwd });
  const { bytes, merged, kilobytes } = z
    .object({ bytes: z.number(), merged: z.record(z.string(), z.number()), kilobytes: z.number() })
    .parse(JSON.parse(text.toString()));
  expect(bytes).toBeGreaterThan(40e9);
  expect(merged).toEqual({ 'transformer_blocks.59': 12 });
  expect(kilobytes).toBeLessThan(200_000);
});

/** Qwen-Image's large matrices, all zeros that take no room. */
function writeQwenImage(name: string): void {
  const width = 3072;
  const block = {
    ...Object.fromEntries(
      ['to_q', 'to_k', 'to_v', 'to_out.0', 'add_q_proj', 'add_k_proj'].map((layer) => [
        `attn.${layer}.weight`,
        [width, width],
      ]),
    ),
    ...Object.fromEntries(
      ['img', 'txt'].flatMap((stream) => [
        [`${stream}_mlp.net.0.proj.weight`, [4 * width, width]],
        [`${stream}_mlp.net.2.weight`, [width, 4 * width]],
        [`${stream}_mod.1.weight`, [7 * width, width]],
      ]),
    ),
  };
  const shapes = [
    ['txt_norm.weight', [3584]] as const,
    ...Array.from({ length: 60 }, (_, n) =>
      Object.entries(block).map(([key, shape]) => [`transformer_blocks.${n}.${key}`, shape] as const),
    ).flat(),
  ];
  let at = 0;
  const entries = shapes.map(([key, shape]) => {
    const begin = at;
    at += 2 * shape.reduce((product, size) => product * size, 1);
    return [key, { dtype: 'BF16', shape, data_offsets: [begin, at] }] as const;
  });
  const header = rawCheckpoint(JSON.stringify(Object.fromEntries(entries)));
  const file = writeTo(cwd, name, header);
  truncateSync(file, header.length + at);
}

function dataOf(file: string): Buffer {
  const bytes = readFileSync(file);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}
