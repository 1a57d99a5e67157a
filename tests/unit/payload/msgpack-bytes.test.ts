/** MessagePack byte by byte: every width of every kind of value, whole, cut and with something behind it. */
import { describe, expect, it } from 'vitest';
import { formatFile, formatNamed, parseFile } from '../../../src/payload/formats/index.ts';
import { msgpackFormat } from '../../../src/payload/formats/msgpack.ts';

const read = async (...bytes: readonly (number | Uint8Array)[]): Promise<unknown> =>
  msgpackFormat.parse(Uint8Array.from(bytes.flatMap((one) => (typeof one === 'number' ? [one] : [...one]))));
const x = (count: number): Uint8Array => new Uint8Array(count).fill(0x78);
const ones = (count: number): Uint8Array => new Uint8Array(count).fill(1);
const names = (count: number): Uint8Array =>
  Uint8Array.from(
    Array.from({ length: count }, (_, n) => [0xa2, 0x61 + (n >> 4), 0x61 + (n & 15), n]).flat(),
  );
const objectOf = (count: number): object =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [String.fromCodePoint(0x61 + (n >> 4), 0x61 + (n & 15)), n]),
  );

const VALUES: readonly (readonly [string, readonly (number | Uint8Array)[], unknown])[] = [
  ['null', [0xc0], null],
  ['false', [0xc2], false],
  ['true', [0xc3], true],
  ['the largest small number', [0x7f], 127],
  ['the smallest small number', [0xe0], -32],
  ['-1', [0xff], -1],
  ['8 bits', [0xcc, 0xff], 255],
  ['16 bits', [0xcd, 1, 0], 256],
  ['32 bits', [0xce, 0, 1, 0, 0], 65_536],
  ['64 bits', [0xcf, 0, 0, 0, 1, 0, 0, 0, 0], 4_294_967_296],
  ['8 bits with a sign', [0xd0, 0x80], -128],
  ['16 bits with a sign', [0xd1, 0xff, 0], -256],
  ['32 bits with a sign', [0xd2, 0xff, 0xff, 0, 0], -65_536],
  ['64 bits with a sign', [0xd3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], -4_294_967_296],
  ['half precision of a number', [0xca, 0x3f, 0, 0, 0], 0.5],
  ['a number', [0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0], 0.5],
  ['an empty text', [0xa0], ''],
  ['a short text', [0xbf, x(31)], 'x'.repeat(31)],
  ['a text of 8 bits', [0xd9, 32, x(32)], 'x'.repeat(32)],
  ['a text of 16 bits', [0xda, 1, 0, x(256)], 'x'.repeat(256)],
  ['a text of 32 bits', [0xdb, 0, 1, 0, 0, x(65_536)], 'x'.repeat(65_536)],
  ['an empty list', [0x90], []],
  ['a short list', [0x9f, ones(15)], Array.from({ length: 15 }, () => 1)],
  ['a list of 16 bits', [0xdc, 0, 16, ones(16)], Array.from({ length: 16 }, () => 1)],
  ['a list of 32 bits', [0xdd, 0, 0, 0, 2, ones(2)], [1, 1]],
  ['an empty object', [0x80], {}],
  ['a short object', [0x8f, names(15)], objectOf(15)],
  ['an object of 16 bits', [0xde, 0, 16, names(16)], objectOf(16)],
  ['an object of 32 bits', [0xdf, 0, 0, 0, 2, names(2)], objectOf(2)],
];

describe('MessagePack', () => {
  it.each(VALUES)('reads %s', async (_, bytes, value) => {
    expect(await read(...bytes)).toEqual(value);
    expect(await read(0x92, ...bytes, ...bytes)).toEqual([value, value]);
  });

  it.each(VALUES)('tells what is cut off, and what stands behind %s', async (_, parts) => {
    const bytes = parts.flatMap((one) => (typeof one === 'number' ? [one] : [...one]));
    const ends = bytes.length > 300 ? [1, 4, 5, bytes.length - 1] : bytes.keys();
    for (const end of ends)
      await expect(read(...bytes.slice(0, end))).rejects.toThrow(/^the file ends in the middle of a value$/);
    await expect(read(...bytes, 0xc0)).rejects.toMatchObject({
      message: 'there are bytes after the end of the value',
      place: `byte ${bytes.length + 1}`,
    });
  });

  it.each([
    [0xc1, 'an unused type'],
    [0xc4, 'binary data'],
    [0xc5, 'binary data'],
    [0xc6, 'binary data'],
    [0xc7, 'an extension type'],
    [0xc9, 'an extension type'],
    [0xd4, 'an extension type'],
    [0xd8, 'an extension type'],
  ])('refuses type %i: %s', async (type, what) => {
    await expect(read(0x91, type, 0, 0, 0)).rejects.toMatchObject({
      message: `it contains ${what}, which a request cannot carry`,
      place: 'byte 2',
    });
  });

  it('is nested a hundred deep and no deeper', async () => {
    const nested = (levels: number): Uint8Array => Uint8Array.from([...new Uint8Array(levels).fill(0x91), 1]);
    let value: unknown = await read(nested(100));
    for (let level = 0; level < 100; level++) value = Array.isArray(value) ? value[0] : undefined;
    expect(value).toBe(1);
    await expect(read(nested(101))).rejects.toMatchObject({
      message: 'it is nested more than 100 deep',
      place: 'byte 102',
    });
  });

  it('tells names that stand twice in one object, not in several', async () => {
    const a = [0xa1, 0x61] as const;
    expect(await read(0x92, 0x81, ...a, 1, 0x81, ...a, 0x91, 0x81, ...a, 2)).toEqual([
      { a: 1 },
      { a: [{ a: 2 }] },
    ]);
    await expect(read(0x91, 0x82, ...a, 1, ...a, 2)).rejects.toThrow(
      'the name "a" appears twice in one object',
    );
    await expect(read(0x81, 0xc0, 1)).rejects.toThrow('the name "null" is not a text');
  });

  it('is written as deep as it is read', async () => {
    const deep = (levels: number): Record<string, unknown> =>
      Array.from({ length: levels }).reduce<Record<string, unknown>>((inner) => ({ a: inner }), {});
    const bytes = await formatFile(deep(100), msgpackFormat, 'p');
    expect(await parseFile(bytes, 'p.mpk')).toEqual(deep(100));
    expect(() => formatNamed('xml' as never)).toThrow('no format xml');
  });
});
