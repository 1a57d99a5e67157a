/** What a merge says about itself and its sources, and what it leaves behind. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  mergeCheckpoints,
  prepareMerge,
  workersFor,
  type MergeSettings,
} from '../../../src/checkpoints/merge.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { remergeBlocks } from '../../../src/checkpoints/remerge.ts';
import { sha256OfBytes } from '../../../src/shared/hashes/sha256.ts';
import { readMergeRecipe } from '../../../src/checkpoints/metadata.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { sd1Tensors, UNET } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const { folder, file, write } = useModelFolder();
const IN03 = `${UNET}input_blocks.3.0.weight`;
const here = { workers: 0 } as const;

let settings: MergeSettings & { readonly modelB: string };
beforeEach(() => {
  settings = {
    modelA: write('a', sd1Tensors(1)),
    modelB: write('b', sd1Tensors(2)),
    output: file('o'),
    weights: uniformWeights(0.3, 'sd1'),
  };
});

describe('a merge', () => {
  it('has as many bytes as was said before', async () => {
    for (const change of [{}, { alignment: 4096 }, { dtype: 'fp16' as const, hashes: false as const }]) {
      const { bytes } = prepareMerge({ ...settings, ...change });
      await mergeCheckpoints({ ...settings, ...change, force: true }, here);
      expect(statSync(settings.output).size).toBe(bytes);
    }
  });

  it('tells its progress up to the end: every byte of every tensor', async () => {
    const told: { readonly bytes: number; readonly total: number }[] = [];
    const onProgress = (progress: { readonly bytes: number; readonly total: number }): void =>
      void told.push(progress);
    const { plan } = await mergeCheckpoints({ ...settings, dtype: 'fp16' }, { ...here, onProgress });
    expect(told.at(-1)).toEqual({ bytes: plan.dataBytes, total: plan.dataBytes });
  });

  it('of changed blocks alone has only their bytes to do', async () => {
    const roomy = { ...settings, alignment: 4096, name: 'x' };
    await mergeCheckpoints({ ...roomy, output: file('first') }, here);
    const told: { readonly bytes: number; readonly total: number }[] = [];
    const watch = {
      ...here,
      onProgress: (progress: { readonly bytes: number; readonly total: number }) => void told.push(progress),
    };
    const weights = { ...settings.weights, IN03: 0.75 };
    await remergeBlocks(file('first'), { ...roomy, weights }, watch);
    // Five numbers of float32.
    expect(told.at(-1)).toEqual({ bytes: 20, total: 20 });
  });

  it('starts threads from 96 MiB on, as many as there are cores up to 4', () => {
    const mebibyte = 2 ** 20;
    const some = Math.min(4, os.availableParallelism());
    expect([0, 96 * mebibyte, 96 * mebibyte + 1, 7000 * mebibyte].map(workersFor)).toEqual([
      0,
      0,
      some,
      some,
    ]);
  });

  it('knows what its models hold: hashes that are given are taken, the others computed', async () => {
    const given = 'ab'.repeat(32);
    const [hashOfA, hashOfB] = [settings.modelA, settings.modelB].map((model) =>
      sha256OfBytes(readFileSync(model)),
    );
    const hashesOf = async (hashes: MergeSettings['hashes']): Promise<readonly unknown[]> => {
      const { recipe } = await mergeCheckpoints({ ...settings, hashes, force: true }, here);
      expect(readMergeRecipe(openCheckpoint(settings.output).metadata)).toEqual(recipe);
      return [recipe.models.a?.sha256, recipe.models.b?.sha256];
    };
    expect(await hashesOf(undefined)).toEqual([hashOfA, hashOfB]);
    expect(await hashesOf({ b: given })).toEqual([hashOfA, given]);
    expect(await hashesOf({ a: given, b: given })).toEqual([given, given]);
    expect(await hashesOf(false)).toEqual([null, null]);
  });

  it('calls models and result as it is told, or by their files', async () => {
    const named = { ...settings, name: 'Best of both', names: { b: 'B, second edition' } };
    const { recipe } = await mergeCheckpoints(named, here);
    expect(recipe.output).toBe('Best of both');
    expect([recipe.models.a?.file, recipe.models.b?.file]).toEqual(['a.safetensors', 'B, second edition']);
    expect(Object.keys(recipe.models)).toEqual(['a', 'b']);
    expect(prepareMerge(settings).recipe.output).toBe('o');
  });

  it('lists models C and VAE where there are some', async () => {
    const modelC = write('c', sd1Tensors(3));
    const vae = write('vae', { 'decoder.conv_in.weight': { data: new Float32Array(5) } });
    const { recipe } = await mergeCheckpoints({ ...settings, method: 'add-difference', modelC, vae }, here);
    const hash = (model: string): string => sha256OfBytes(readFileSync(model));
    expect(recipe.models).toEqual({
      a: { file: 'a.safetensors', sha256: hash(settings.modelA) },
      b: { file: 'b.safetensors', sha256: hash(settings.modelB) },
      c: { file: 'c.safetensors', sha256: hash(modelC) },
      vae: { file: 'vae.safetensors', sha256: hash(vae) },
    });
  });

  it('tells which files of killed merges it has removed', async () => {
    const left = path.join(folder, 'x.safetensors.00000000-999999999-abcdef.autombw-tmp');
    writeFileSync(left, 'half');
    utimesSync(left, 1, 1);
    const { leftovers } = await mergeCheckpoints({ ...settings, hashes: false }, here);
    expect([leftovers, existsSync(left)]).toEqual([[left], false]);
  });

  // Only Linux says cheaply what a process has open.
  it.runIf(process.platform === 'linux')('leaves no file open, whether it succeeds or fails', async () => {
    const openFiles = (): readonly string[] =>
      readdirSync('/proc/self/fd')
        .map((handle) => {
          try {
            return readlinkSync(`/proc/self/fd/${handle}`);
          } catch {
            return '';
          }
        })
        .filter((target) => target.startsWith(realpathSync(folder)));
    await mergeCheckpoints(settings, here);
    expect(openFiles()).toEqual([]);
    write('b', { ...sd1Tensors(2), [IN03]: { data: Float32Array.of(1, 2, Number.NaN, 4, 5) } });
    await expect(mergeCheckpoints({ ...settings, force: true }, here)).rejects.toThrow(/not finite/);
    // Hashing is told to stop, and does so a moment later.
    await expect.poll(openFiles).toEqual([]);
  });
});

describe('a model C', () => {
  it.each(['weighted-sum', 'slerp', undefined])('is refused where the method takes two (%s)', (method) => {
    const modelC = write('c', sd1Tensors(3));
    expect(() => prepareMerge({ ...settings, method, modelC })).toThrow(
      expect.objectContaining({ code: 'model-c', kind: 'usage' }),
    );
    expect(() => prepareMerge({ ...settings, method })).not.toThrow();
  });
});
