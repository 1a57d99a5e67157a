/** `merge --adjust` as it is typed: one model alone, on top of its own recipe, and beside a merge. */
import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { readMergeRecipe, type MergeRecipe } from '../../../src/checkpoints/metadata.ts';
import { runCli, type CliResult } from '../../helpers/run-cli.ts';
import { temporaryFolder } from '../../unit/checkpoints/make-checkpoint.ts';

const WORLD = path.resolve(import.meta.dirname, '../../../assets/tiny-world');
let cwd = '';
beforeEach(() => {
  cwd = temporaryFolder();
  for (const name of ['crisp', 'vivid']) {
    const file = `${name}.safetensors`;
    copyFileSync(path.join(WORLD, file), path.join(cwd, file));
  }
});
const merge = async (args: string): Promise<CliResult> => runCli(['merge', ...args.split(' ')], { cwd });
const recipeOf = (name: string): MergeRecipe | undefined =>
  readMergeRecipe(openCheckpoint(path.join(cwd, name)).metadata);

it('one model alone, its recipe again with another number, and a merge', async () => {
  const alone = await merge(
    '--model-a crisp.safetensors --adjust contrast=3 --adjust detail1=-2 --output o.safetensors',
  );
  expect(alone).toMatchObject({ code: 0, stderr: '' });
  expect(alone.stdout).toMatch(
    /^Stable Diffusion 1\.x, adjusted\nA {4}crisp\.safetensors\nAdjusted by detail1 -2, contrast 3\n656 tensors: 3 adjusted, 653 from model A\n/,
  );
  const again = await merge(
    '--recipe o.safetensors --adjust detail1=0 --adjust red=1.5 --output p.safetensors',
  );
  expect(again.code).toBe(0);
  expect(recipeOf('p.safetensors')).toMatchObject({ weights: {}, adjust: { contrast: 3, red: 1.5 } });
  const merged = await merge(
    '--model-a crisp.safetensors --model-b vivid.safetensors --weights 0.5 --adjust blue=-1 --output q.safetensors',
  );
  expect(merged.code).toBe(0);
  expect(recipeOf('q.safetensors')).toMatchObject({ adjust: { blue: -1 }, models: { b: {} } });
});

it.each([
  ['--adjust contast=1', '"contast" cannot be adjusted. Did you mean "contrast"?'],
  ['--adjust contrast=11', 'contrast can be adjusted from -10 to 10, not by 11.'],
  ['--adjust contrast', '--adjust must have the form name=value; got "contrast".'],
  ['--adjust red=1 --weights 0.5', 'Give the model file with --model-b.'],
])('%s is refused', async (args, message) => {
  const { code, stderr } = await merge(`--model-a crisp.safetensors ${args} --output o.safetensors`);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  expect(existsSync(path.join(cwd, 'o.safetensors'))).toBe(false);
});
