/** What a search by checkpoint files does on the disk with every family of transformers: rehearsed, written, rewritten in part. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { recogniseArchitecture } from '../../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../src/architectures/transformers/families.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { mergeCheckpoints } from '../../../src/checkpoints/merge.ts';
import { rehearseMerge } from '../../../src/checkpoints/rehearse.ts';
import { WorkFiles, isWorkFile } from '../../../src/checkpoints/work-files.ts';
import { blocksOf, uniformWeights } from '../../../src/space/blocks.ts';
import { FIXTURES, tensorBytes } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const { folder, file } = useModelFolder();
const { signal } = new AbortController();
const made = (name: string): string => path.join(FIXTURES, 'transformers', `${name}.safetensors`);

function ownId(model: string): string {
  return recogniseArchitecture(openCheckpoint(model))?.architecture ?? '';
}

describe.each(TRANSFORMER_FAMILIES.map(({ id, title }) => ({ id, title })))('$id', ({ id, title }) => {
  const [modelA, modelB] = [made(`${id}-a`), made(`${id}-b`)];
  const architecture = ownId(modelA);
  const rehearse = (asked: string): void =>
    rehearseMerge({ modelA, modelB, folder, name: 'o', copies: 2, architecture: asked });

  it('is rehearsed under the id of the file', () => {
    expect(() => rehearse(architecture)).not.toThrow();
  });

  it('is refused under another one, with the right one', () => {
    // The made files have fewer blocks than the family.
    expect(architecture).not.toBe(id);
    expect(() => rehearse(id)).toThrow(`${id}-a.safetensors has other blocks than the search is for, namely`);
    expect(() => rehearse(id)).toThrow(`use --architecture ${architecture}, not ${id}.`);
    expect(() => rehearse('sdxl')).toThrow(
      `is a model of ${title}, but the search is for Stable Diffusion XL: use --architecture ${architecture}.`,
    );
  });

  it('is written for one weights after the other, as a whole merge writes it', async () => {
    const work = new WorkFiles({ folder, models: [modelA, modelB] });
    const [first = '', ...others] = blocksOf(architecture);
    const half = uniformWeights(0.5, architecture);
    const trials = [half, { ...half, [first]: 0.25 }, { ...half, [others.at(-1) ?? first]: 1 }, half];
    const names: string[] = [];
    for (const weights of trials) {
      const written = await work.write({ modelA, modelB, weights }, signal);
      names.push(written);
      await mergeCheckpoints(
        { modelA, modelB, output: file('whole'), weights, hashes: false, force: true },
        { workers: 0 },
      );
      expect(tensorsOf(written)).toEqual(tensorsOf(file('whole')));
    }
    expect(new Set(names).size).toBe(trials.length);
    expect(fs.readdirSync(folder).filter((name) => name !== 'whole.safetensors')).toHaveLength(2);
    expect(work.remove()).toEqual([]);
    expect(fs.readdirSync(folder)).toEqual(['whole.safetensors']);
  });
});

it('a disk without room for the work files is found out before anything is written', () => {
  const [modelA, modelB] = [made('flux1-a'), made('flux1-b')];
  const asked = { modelA, modelB, folder, name: 'o', architecture: ownId(modelA) };
  expect(() => rehearseMerge({ ...asked, copies: 1e12 })).toThrow(
    expect.objectContaining({ code: 'disk-full', kind: 'usage' }),
  );
  expect(fs.readdirSync(folder)).toEqual([]);
});

it('a work file keeps the words of model A’s name that a server goes by', async () => {
  const [modelA, modelB] = ['Flux1-Kontext-dev', 'other'].map((name, i) => {
    fs.copyFileSync(made(`flux1-${i === 0 ? 'a' : 'b'}`), file(name));
    return file(name);
  });
  const work = new WorkFiles({ folder, models: [modelA ?? '', modelB ?? ''] });
  const written = path.basename(
    await work.write({ modelA: modelA ?? '', modelB: modelB ?? '', weights: {} }, signal),
  );
  expect(written).toMatch(/-1-kontext\.safetensors$/);
  expect(isWorkFile(written)).toBe(true);
  expect(isWorkFile(`${written} [0123456789]`)).toBe(true);
  work.remove();
});

function tensorsOf(model: string): Map<string, string> {
  const opened = openCheckpoint(model);
  return new Map(opened.tensors.map(({ name }) => [name, tensorBytes(opened, name).toString('hex')]));
}
