import { describe, expect, it } from 'vitest';
import { floatsOf } from '../../../../src/shared/safetensors/floats.ts';
import { SafetensorsFault } from '../../../../src/shared/safetensors/header.ts';
import { headerOf } from '../../../../src/shared/safetensors/read.ts';

/** One byte off, as tensors in a file may be. */
const unaligned = (bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(9), bytes]).subarray(1);
const bytesOf = (numbers: { readonly buffer: ArrayBufferLike }): Uint8Array =>
  unaligned(new Uint8Array(numbers.buffer));

describe('floats', () => {
  const numbers = [1, -2.5, 0, 2 ** -14, 448];

  it.each([
    ['F64', Float64Array.from(numbers)],
    ['F32', Float32Array.from(numbers)],
  ] as const)('of %s are those numbers, wherever they lie', (type, stored) => {
    expect([...floatsOf(bytesOf(stored), type)]).toEqual(numbers);
  });

  it('of bfloat16 are the upper half of a float32', () => {
    const codes = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x0001);
    expect([...floatsOf(bytesOf(codes), 'BF16')]).toEqual([1, -2, Infinity, 2 ** -133]);
  });

  it.each([
    ['F16', Uint16Array.of(0x3c00, 0xc100, 0x7bff, 0xfc00), [1, -2.5, 65504, -Infinity]],
    ['F8_E4M3', Uint8Array.of(0x38, 0xb8, 0x7e), [1, -1, 448]],
    ['F8_E5M2', Uint8Array.of(0x3c, 0xbc, 0x7b), [1, -1, 57344]],
  ] as const)('of %s are decoded', (type, codes, expected) => {
    expect([...floatsOf(bytesOf(codes), type)]).toEqual(expected);
  });

  it('are whole ones only, and a copy', () => {
    const bytes = new Uint8Array(Float32Array.of(1, 2).buffer).slice(0, 7);
    const floats = floatsOf(bytes, 'F32');
    bytes.fill(0xff);
    expect([...floats]).toEqual([1]);
  });
});

describe('the header of a file in memory', () => {
  const fileOf = (header: string, dataBytes: number): Buffer => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
    return Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]);
  };
  const faultOf = (bytes: Uint8Array): SafetensorsFault['at'] => {
    try {
      headerOf(bytes);
    } catch (error) {
      if (error instanceof SafetensorsFault) return error.at;
      throw error;
    }
    throw new Error('it was read');
  };
  const sound = '{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}';

  it('is that of the same file on the disk', () => {
    const { tensors, dataStart } = headerOf(fileOf(sound, 4));
    expect(tensors).toMatchObject([{ name: 'a', shape: [2], count: 2, begin: 0, end: 4 }]);
    expect(dataStart).toBe(8 + sound.length);
  });

  it.each([
    ['no room for a header', fileOf(sound, 4).subarray(0, 9), 'length'],
    ['half a header', fileOf(sound, 4).subarray(0, 30), 'length'],
    ['a header without end', Buffer.alloc(64, 0x20), 'length'],
    ['a header that is no JSON', fileOf('{"a"', 0), 'header'],
    ['a key twice', fileOf(sound.replace('}}', `},${sound.slice(1)}`), 4), 'header'],
    ['bytes of no tensor', fileOf(sound, 5), 'header'],
    ['half a tensor', fileOf(sound, 2), { tensor: 'a' }],
    ['a tensor of another length', fileOf(sound.replace('[2]', '[3]'), 4), { tensor: 'a' }],
  ])('says where the fault lies: %s', (_, bytes, at) => {
    expect(faultOf(bytes)).toEqual(at);
  });
});
