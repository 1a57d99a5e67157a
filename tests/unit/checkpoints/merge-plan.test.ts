/** What a merge would do with every tensor, before anything is written: what `--dry-run` shows. */
import { beforeEach, describe, expect, it } from 'vitest';
import { prepareMerge, type MergeSettings, type PreparedMerge } from '../../../src/checkpoints/merge.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { sd1Tensors, UNET, type RawTensor } from './make-checkpoint.ts';
import { useModelFolder } from './model-folder.ts';

const { file, write } = useModelFolder();
const IN03 = `${UNET}input_blocks.3.0.weight`;
const IDS = 'cond_stage_model.transformer.text_model.embeddings.position_ids';

beforeEach(() => {
  write('a', sd1Tensors(1));
  write('b', sd1Tensors(2));
});

function plan(more: Partial<MergeSettings> = {}): PreparedMerge['plan'] {
  const weights = uniformWeights(0.3, 'sd1');
  return prepareMerge({ modelA: file('a'), modelB: file('b'), output: file('o'), weights, ...more }).plan;
}
const zeros = (...shape: number[]): RawTensor => ({
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});

describe('a plan', () => {
  it('counts the merged tensors of every block that has a weight', () => {
    const more = { [`${UNET}input_blocks.3.0.bias`]: zeros(5), [`${UNET}input_blocks.3.0.steps`]: zeros(1) };
    write('a', { ...sd1Tensors(1), ...more });
    write('b', { ...sd1Tensors(2), ...more });
    expect(plan({ weights: { IN03: 0.5, OUT: 0 } }).merged).toEqual({ IN03: 3, OUT: 1 });
  });

  it.each([
    ['[5] with [5, 1]', zeros(5), zeros(5, 1)],
    ['[5, 1] with [5]', zeros(5, 1), zeros(5)],
    ['[2, 3] with [3, 2]', zeros(2, 3), zeros(3, 2)],
    ['[2, 3] with [2, 4]', zeros(2, 3), zeros(2, 4)],
  ])('leaves model A alone where shapes differ: %s', (_, a, b) => {
    write('a', { ...sd1Tensors(1), [IN03]: a });
    write('b', { ...sd1Tensors(2), [IN03]: b });
    const { mismatched, merged } = plan();
    expect([mismatched, merged['IN03']]).toEqual([[IN03], undefined]);
  });

  it('needs a tensor in all of three models, in one shape', () => {
    write('c', sd1Tensors(3));
    const three = { method: 'add-difference', modelC: file('c') };
    expect(plan(three)).toMatchObject({ onlyInA: [], mismatched: [], merged: { IN03: 1 } });
    write('c', { ...sd1Tensors(3), [IN03]: zeros(4) });
    expect(plan(three)).toMatchObject({ onlyInA: [], mismatched: [IN03] });
    const { [IN03]: _, ...rest } = sd1Tensors(3);
    write('c', rest);
    expect(plan(three)).toMatchObject({ onlyInA: [IN03], mismatched: [] });
  });

  it('merges no whole numbers, and says nothing of them where they are alike', () => {
    const steps = { dtype: 'I32', shape: [5], data: new Int32Array(5) };
    write('a', { ...sd1Tensors(1), [IN03]: steps });
    expect(plan()).toMatchObject({ mismatched: [], onlyInA: [] });
    expect(plan().merged['IN03']).toBeUndefined();
  });

  it('keeps the EMA copy unless it is to go', () => {
    write('a', { ...sd1Tensors(1), 'model_ema.x': zeros(2), 'model_ema.y': zeros(2) });
    const names = (pruneEma: boolean): readonly string[] =>
      plan({ pruneEma }).tensors.map(({ name }) => name.slice(0, 'model_ema'.length));
    expect(names(false).filter((name) => name === 'model_ema')).toHaveLength(2);
    expect(names(true)).not.toContain('model_ema');
    expect([plan({ pruneEma: false }).pruned, plan({ pruneEma: true }).pruned]).toEqual([0, 2]);
  });

  it('adds position ids to a text encoder that lacks them, once, and to nothing else', () => {
    const idsOf = (): number =>
      plan({ positionIds: 'fix' }).tensors.filter(({ name }) => name.endsWith('position_ids')).length;
    expect(idsOf()).toBe(1);
    write('a', { ...sd1Tensors(1), [IDS]: zeros(1, 77) });
    expect(idsOf()).toBe(1);
    const isEncoder = ([name]: readonly [string, unknown]): boolean => name.startsWith('cond_stage_model.');
    write('a', Object.fromEntries(Object.entries(sd1Tensors(1)).filter((entry) => !isEncoder(entry))));
    expect(idsOf()).toBe(0);
  });

  it('divides the network by depth or by kinds of layers, whichever has all the names', () => {
    const divided = (weights: MergeSettings['weights']): string => plan({ weights }).architecture;
    expect(divided({ OUT: 0.5, IN03: 0.5 })).toBe('sd1');
    // OUT is a block of both.
    expect(divided({ OUT: 0.5, 'IN.convolution': 0.5 })).toBe('sd1/kinds');
  });

  it('lays the tensors one behind another, and knows the size of the file', () => {
    const { tensors, dataBytes } = plan({ dtype: 'fp16' });
    let at = 0;
    for (const { begin, end, dtype, job } of tensors) {
      expect([begin, end, job.offset]).toEqual([at, at + 2 * job.count, at]);
      expect(dtype.name).toBe('F16');
      at = end;
    }
    expect(dataBytes).toBe(at);
  });
});

describe('weights', () => {
  it.each([-1, 0, 1, 2])('may be %d', (IN03weight) => {
    expect(() => plan({ weights: { IN03: IN03weight } })).not.toThrow();
  });

  it.each([-1.01, 2.01, Number.NaN, Number.POSITIVE_INFINITY])('may not be %d', (weight) => {
    expect(() => plan({ weights: { IN04: 1, IN03: weight } })).toThrow(
      expect.objectContaining({
        code: 'weight-out-of-range',
        message: `The weight of IN03 is ${weight}; it must be from -1 to 2.`,
      }),
    );
  });
});

describe('a merge that would be model A', () => {
  const none = (...blocks: readonly string[]): string => {
    const isOf = blocks.map((block) =>
      block.startsWith('IN') ? `input_blocks.${Number(block.slice(2))}.` : '',
    );
    write(
      'a',
      Object.fromEntries(
        Object.entries(sd1Tensors(1)).filter(([name]) => !isOf.some((at) => name.includes(at))),
      ),
    );
    try {
      plan({ weights: Object.fromEntries(blocks.map((block) => [block, 0.5])) });
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return '';
  };

  it('is refused, with three of the blocks that have a weight and the number of the others', () => {
    expect(none('IN01')).toMatch(/a\.safetensors has no tensors of IN01, and no other block has a weight/);
    expect(none('IN01', 'IN02', 'IN03')).toMatch(/no tensors of IN01, IN02, IN03, and no other block/);
    expect(none('IN01', 'IN02', 'IN03', 'IN04')).toMatch(/of IN01, IN02, IN03 and 1 more, and/);
    expect(none('IN01', 'IN02', 'IN03', 'IN04', 'IN05')).toMatch(/of IN01, IN02, IN03 and 2 more, and/);
  });

  it('is what is asked for where every weight is 0', () => {
    write('b', Object.fromEntries(Object.keys(sd1Tensors(2)).map((name) => [name, zeros(2, 3)])));
    expect(() => plan({ weights: uniformWeights(0, 'sd1') })).not.toThrow();
    expect(() => plan({ weights: { IN03: 0, IN04: 0.5 } })).toThrow(
      expect.objectContaining({
        code: 'nothing-merged',
        message: expect.stringMatching(
          /^Nothing in .*b\.safetensors fits .*a\.safetensors: .*\(not even ".*"\)/,
        ),
      }),
    );
  });

  it('is not one with a block that fits', () => {
    const { [IN03]: fitting, ...others } = sd1Tensors(2);
    if (fitting === undefined) throw new Error(IN03);
    write('b', {
      ...Object.fromEntries(Object.keys(others).map((name) => [name, zeros(2, 3)])),
      [IN03]: fitting,
    });
    expect(plan().merged).toEqual({ IN03: 1 });
  });
});
