/** Tensors that are larger than what is in memory at a time: the result is that of the whole tensor, whatever was cut and whoever did it. */
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../src/checkpoints/checkpoint-file.ts';
import { PIECE_ELEMENTS, ROWS_ELEMENTS } from '../../../../src/checkpoints/kernel/job.ts';
import { mergeCheckpoints, type MergeSettings } from '../../../../src/checkpoints/merge.ts';
import { mergeMethod } from '../../../../src/checkpoints/methods/registry.ts';
import { remergeBlocks } from '../../../../src/checkpoints/remerge.ts';
import { parameterLines } from '../../../../src/cli/commands/files/parameter-lines.ts';
import { applyMethod } from '../../../contracts/merge-method.contract.ts';
import { makeRandom, sd1Tensors, tensorBytes, UNET, type RawTensor } from '../make-checkpoint.ts';
import { useModelFolder } from '../model-folder.ts';

const { write, file } = useModelFolder();
const here = { workers: 0 } as const;
const NAME = `${UNET}input_blocks.3.0.weight`;
const SHAPE = [1101, 500];

function large(seed: number): RawTensor {
  const random = makeRandom(seed);
  const length = 1101 * 500;
  return { shape: SHAPE, data: Float32Array.from({ length }, () => random() - 0.5) };
}

function settings(method: string, others: Partial<MergeSettings> = {}): MergeSettings {
  const [modelA = '', modelB = '', modelC] = ['a', 'b', 'c'].map((name, i) =>
    write(name, { ...sd1Tensors(i), [NAME]: large(i + 10) }, {}, i),
  );
  return {
    modelA,
    modelB,
    ...(mergeMethod(method).models.most > 2 && { modelC }),
    output: file('o'),
    method,
    weights: { IN03: 0.4 },
    hashes: false,
    sync: false,
    ...others,
  };
}

describe('a tensor of several pieces', () => {
  it.each(['tensor-sum', 'cosine-b', 'smooth-add', 'dare', 'ties', 'della', 'geometric-median', 'karcher'])(
    '%s',
    async (method) => {
      expect(1101 * 500).toBeGreaterThan(Math.max(PIECE_ELEMENTS, ROWS_ELEMENTS));
      const given = settings(method);
      const { plan } = await mergeCheckpoints(given, here);
      const key = plan.tensors.find(({ name }) => name === NAME)?.job.merged?.tensor.key ?? -1;
      const paths = [given.modelA, given.modelB, given.modelC].filter((one) => one !== undefined);
      const models = paths.map((one) => floats(one));
      const whole = applyMethod(mergeMethod(method), { weight: 0.4, models, shape: SHAPE, key });
      expect(Buffer.compare(Buffer.from(floats(given.output).buffer), Buffer.from(whole.buffer))).toBe(0);
    },
  );
});

describe('parameters', () => {
  it('of a block are for that block alone, and are merged anew alone', async () => {
    const weights = { IN00: 1, IN03: 1 };
    const first = settings('dare', {
      weights,
      parameters: { p: { value: 0.2 }, seed: { value: 5 } },
      alignment: 4096,
    });
    await mergeCheckpoints(first, here);
    const parameters = { p: { value: 0.2, blocks: { IN00: 0.9 } }, seed: { value: 5 } };
    const next = { ...first, parameters, output: file('next') };
    const remerged = await remergeBlocks(first.output, next, here);
    expect(remerged?.changed).toEqual(['IN00']);
    await mergeCheckpoints({ ...next, output: file('whole'), name: 'next' }, here);
    expect(tensorsOf(file('next'))).toEqual(tensorsOf(file('whole')));
    expect(remerged?.recipe.parameters).toMatchObject(parameters);
  });

  it('another seed drops others, the same one the same', async () => {
    const results: Buffer[] = [];
    for (const value of [1, 1, 2]) {
      await mergeCheckpoints(
        { ...settings('della', { parameters: { seed: { value } } }), force: true },
        here,
      );
      results.push(tensorBytes(openCheckpoint(file('o')), NAME));
    }
    const [one, same, other] = results;
    expect(one?.equals(same ?? Buffer.alloc(0))).toBe(true);
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(false);
  });

  it('a method that looks at all tensors together is merged as a whole', async () => {
    const first = settings('cosine-a', { alignment: 4096 });
    await mergeCheckpoints(first, here);
    const next = { ...first, weights: { IN03: 0.5 }, output: file('next') };
    expect(await remergeBlocks(first.output, next, here)).toBeUndefined();
  });

  it.each([
    [{ q: { value: 0.5 } }, 'The method dare has no parameter "q"; it has p, elect, seed.'],
    [{ sed: { value: 1 } }, /no parameter "sed"; .* Did you mean "seed"\?/],
    [{ weight: { value: 0.5 } }, /The weight is not a parameter: give it with the block weights/],
    [{ p: { value: 1 } }, 'The parameter p of dare is 1; it must be a number from 0 to 0.99.'],
    [{ p: { blocks: { IN04: -1 } } }, 'The parameter p of dare is -1 for IN04; it must be'],
    [{ p: { blocks: { IN44: 0.5 } } }, 'The models have no block "IN44". Did you mean "IN04"?'],
    [{ seed: { value: 0.5 } }, 'it must be a whole number from 0 to 4294967295'],
    [{ seed: { blocks: { IN00: 1 } } }, /seed of dare applies to the whole merge, not to IN00/],
    [{ elect: { value: 'both' } }, 'is "both"; it must be one of none, magnitude, count.'],
  ])('%j is refused', async (parameters, message) => {
    await expect(mergeCheckpoints(settings('dare', { parameters }), here)).rejects.toThrow(message);
  });

  it('a weight of a model that is not merged is refused, unless it changes nothing', async () => {
    const given = settings('multi-sum');
    await expect(
      mergeCheckpoints({ ...given, parameters: { d: { blocks: { IN00: 0.3 } } } }, here),
    ).rejects.toThrow('d is the share of D, but only 3 models are merged');
    const { recipe } = await mergeCheckpoints(
      { ...given, parameters: { d: { value: 0 }, c: { value: 0.3 } } },
      here,
    );
    expect(parameterLines(recipe)).toEqual(['Parameters c 0.3']);
  });

  it('weights beyond what the formula has a meaning for are refused', async () => {
    await expect(mergeCheckpoints(settings('karcher', { weights: { IN00: 1.5 } }), here)).rejects.toThrow(
      'The weight of IN00 is 1.5; it must be from 0 to 1 with karcher.',
    );
  });

  it('models that are not finite are refused also where they would not show', async () => {
    const given = settings('ties');
    const values = large(11);
    if (values.data instanceof Float32Array) values.data[7] = Number.NaN;
    write('b', { ...sd1Tensors(1), [NAME]: values });
    await expect(mergeCheckpoints(given, here)).rejects.toThrow(
      /b\.safetensors holds numbers that are not finite: 1 NaN/,
    );
  });
});

function floats(from: string): Float32Array {
  return new Float32Array(Uint8Array.from(tensorBytes(openCheckpoint(from), NAME)).buffer);
}

function tensorsOf(from: string): string[] {
  const opened = openCheckpoint(from);
  return opened.tensors.map(
    ({ name }) =>
      `${name} ${tensorBytes(opened, name).toString('base64').length} ${hash(tensorBytes(opened, name))}`,
  );
}

function hash(bytes: Buffer): number {
  return bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
}
