import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '../../../../src/score/onnx/head-files/halves.ts';
import { readPickle } from '../../../../src/score/onnx/head-files/pickle.ts';
import { readPth } from '../../../../src/score/onnx/head-files/pth.ts';
import { readWeights } from '../../../../src/score/onnx/head-files/read-weights.ts';
import { readTagNames } from '../../../../src/score/onnx/head-files/tag-names.ts';
import { network } from '../../../../src/score/onnx/network.ts';
import { MODELS } from './scorers.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const model = (file: string): string => path.join(MODELS, file);

describe('weights', () => {
  it('are the same from a .pth, whatever its strides, as from safetensors', () => {
    const expected = readWeights(model('clip/chain.safetensors'));
    expect(expected.size).toBe(10);
    for (const file of ['clip/chain.pth', 'clip/chain-strided.pth']) {
      const tensors = readWeights(model(file));
      for (const [name, tensor] of expected) expect(tensors.get(name)).toEqual(tensor);
    }
  });

  it.each([
    ['clip/chain.pth', 3000, /cut off/],
    ['clip/chain.safetensors', 700, /cut off|lies outside/],
    ['clip/chain.safetensors', 4, /cut off/],
    ['clip/chain.safetensors', 0, /cut off/],
  ])('%s, only %i bytes of it', (file, length, message) => {
    const part = temporary(readFileSync(model(file)).subarray(0, length));
    expect(() => readWeights(part)).toThrow(message);
    expect(() => readWeights(part)).toThrow(expect.objectContaining({ code: 'onnx-weights', kind: 'usage' }));
  });

  it('are never half read: every cut of a .pth is refused', () => {
    const bytes = readFileSync(model('clip/chain.pth'));
    for (let length = 0; length < bytes.length - 1; length += 97) {
      expect(() => readPth(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ name: 'WeightsFault' }),
      );
    }
  });

  it('of integers, or lying about their length, are refused', () => {
    const file = (entry: object): string => {
      const header = Buffer.from(JSON.stringify({ weight: entry }));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      return temporary(Buffer.concat([length, header, Buffer.alloc(16)]));
    };
    expect(() => readWeights(file({ dtype: 'I64', shape: [2], data_offsets: [0, 16] }))).toThrow(
      /tensor weight has type I64, not floats/,
    );
    expect(() => readWeights(file({ dtype: 'F32', shape: [5], data_offsets: [0, 16] }))).toThrow(
      /tensor weight lies outside the file or has a length that does not match its shape/,
    );
    expect(() => readWeights(file({ dtype: 'F32', shape: [8], data_offsets: [0, 32] }))).toThrow(/outside/);
    expect(() => readWeights(file({ dtype: 'F32' }))).toThrow(/header is damaged/);
    expect(() => readWeights(model('clip/tokenizer.json'))).toThrow(/not a safetensors file/);
    expect(() => readWeights(model('not-there'))).toThrow(/ENOENT/);
  });
});

describe('a pickle', () => {
  const pickle = (text: string): Uint8Array => Buffer.from(text, 'latin1');

  it.each([
    [
      'a command',
      '\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00lsq\x01\x85q\x02R.',
      /asks for posix\.system/,
    ],
    ['builtins', '\x80\x02c__builtin__\neval\n.', /asks for __builtin__\.eval/],
    ['a stack global', '\x80\x04\x8c\x02os\x8c\x06system\x93.', /instruction 0x8c/],
    ['a reduction of nothing', '\x80\x02R.', /damaged/],
    ['a recall of nothing', '\x80\x02h\x05.', /damaged/],
    ['an object', '\x80\x02ccollections\nOrderedDict\n)\x81.', /instruction 0x81/],
    ['a cut', '\x80\x02X\xff\xff\x00\x00ab', /cut off/],
    ['no end', '\x80\x02}', /cut off/],
  ])('with %s ends the reading', (_, text, message) => {
    expect(() => readPickle(pickle(text))).toThrow(message);
  });
});

describe('halves', () => {
  it('come back as they were', () => {
    const lost = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => {
      const value = fromHalf(bits);
      return Number.isNaN(value) ? !Number.isNaN(fromHalf(toHalf(value))) : toHalf(value) !== bits;
    });
    expect(lost).toEqual([]);
  });

  it.each([
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [65519.9, 65504],
    [65520, Infinity],
    [2 ** -25, 0],
    [1.5 * 2 ** -24, 2 ** -23],
    [2047.9, 2048],
  ])('%d is rounded to %d', (value, rounded) => {
    expect(fromHalf(toHalf(value))).toBe(rounded);
    expect(fromHalf(toHalf(-value))).toBe(-rounded);
  });
});

describe('network', () => {
  const tensor = (shape: number[], data: number[]) => ({ shape, data: Float32Array.from(data) });
  const tensors = new Map([
    ['a.weight', tensor([2, 3], [1, 2, 3, 4, 5, 6])],
    ['a.bias', tensor([2], [0.5, -0.5])],
    ['b.weight', tensor([1, 2], [2, -1])],
    ['b.bias', tensor([1], [10])],
    ['s.weight', tensor([2, 2], [1, 0, 0, 1])],
    ['s.bias', tensor([2], [1, -20])],
  ]);

  it('multiplies a chain out', () => {
    const { width, apply } = network([{ linear: 'a' }, { linear: 'b' }], tensors, 'x');
    expect(width).toBe(3);
    // a gives 14.5 and 31.5
    expect(apply(Float32Array.of(1, 2, 3))).toBeCloseTo(10 + 2 * 14.5 - 31.5, 10);
  });

  it('adds a residual to its input', () => {
    const steps = [{ linear: 'a' }, { residual: [{ linear: 's' }, 'relu' as const] }, { linear: 'b' }];
    expect(network(steps, tensors, 'x').apply(Float32Array.of(1, 2, 3))).toBeCloseTo(
      10 + 2 * (14.5 + 15.5) - (31.5 + 11.5),
      10,
    );
  });

  it('says what does not fit', () => {
    expect(() => network([{ linear: 'a' }], tensors, 'x')).toThrow(/end in 2 numbers/);
    expect(() => network([{ linear: 'b' }, { linear: 'a' }], tensors, 'x')).toThrow(
      /gives 1 numbers and the next one takes 3/,
    );
    expect(() => network([{ linear: 'c' }], tensors, 'x')).toThrow(/no c\.weight, only a\.weight/);
    expect(() => network(['relu'], tensors, 'x')).toThrow(/no numbers/);
  });
});

describe('tag names', () => {
  it('may be quoted, and ratings have none', () => {
    const file = temporary(
      Buffer.from(
        'tag_id,name,category,count\r\n1,general,9,5\r\n2,"a,b",0,5\r\n3,"say_""hi""",0,4\r\n4,^_^,0,3\r\n',
      ),
    );
    expect(readTagNames(file)).toEqual([null, 'a,b', 'say_"hi"', '^_^']);
    expect(() => readTagNames(model('clip/tokenizer.json'))).toThrow(/not the selected_tags\.csv/);
  });
});

function temporary(bytes: Uint8Array): string {
  const file = path.join(temporaryFolder('weights'), 'file');
  writeFileSync(file, bytes);
  return file;
}
