import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHeader, SafetensorsFault } from '../../../src/shared/safetensors/header.ts';
import { parseStrictJson } from '../../../src/shared/safetensors/strict-json.ts';
import { damagedError, openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { headerBytes } from '../../../src/shared/safetensors/write.ts';
import { checkpointBytes, rawCheckpoint, sd1Tensors, temporaryFolder, writeTo } from './make-checkpoint.ts';
import { fuzz } from '../../fuzz/runs.ts';

const folder = temporaryFolder();
const tensor = (begin: number, end: number, extra = ''): string =>
  `{"dtype":"U8","shape":[${end - begin}],"data_offsets":[${begin},${end}]${extra}}`;
const open = (bytes: Uint8Array): ReturnType<typeof openCheckpoint> =>
  openCheckpoint(writeTo(folder, 'x.safetensors', bytes));

describe('a sound header', () => {
  it('is read whole: order of the data, metadata, odd lengths, names of any kind', () => {
    const header = `{"b":${tensor(4, 6)},"__proto__":${tensor(0, 4)},"__metadata__":{"format":"pt","constructor":"x"},"é":${tensor(6, 6)}}   `;
    const found = open(rawCheckpoint(header, new Uint8Array(6)));
    expect(found.tensors.map(({ name, begin, end }) => [name, begin, end])).toEqual([
      ['__proto__', 0, 4],
      ['b', 4, 6],
      ['é', 6, 6],
    ]);
    expect([...found.metadata]).toEqual([
      ['format', 'pt'],
      ['constructor', 'x'],
    ]);
    expect(found.dataStart).toBe(8 + Buffer.byteLength(header));
  });

  it('comes back from what was written, aligned', () => {
    const before = open(checkpointBytes(sd1Tensors(1), { format: 'pt' }));
    const bytes = headerBytes({ metadata: { a: '"\n\u2028' }, tensors: before.tensors, alignment: 512 });
    expect(bytes.length % 512).toBe(0);
    const data = Buffer.alloc(before.tensors.at(-1)?.end ?? 0);
    const after = open(Buffer.concat([bytes, data]));
    expect(after.tensors).toEqual(before.tensors);
    expect([...after.metadata]).toEqual([['a', '"\n\u2028']]);
  });
});

describe('a corrupt file is one sentence', () => {
  it.each([
    [
      'a tensor beyond the file',
      `{"a":${tensor(0, 9)}}`,
      4,
      /ends at byte 9 of the data, but the file has only 4: it is cut off/,
    ],
    ['overlap', `{"a":${tensor(0, 4)},"b":${tensor(2, 6)}}`, 6, /tensor "b" overlaps/],
    ['a hole', `{"a":${tensor(0, 2)},"b":${tensor(4, 6)}}`, 6, /2 unused bytes before tensor "b"/],
    ['bytes at the end', `{"a":${tensor(0, 2)}}`, 3, /1 unused byte after the last tensor/],
    ['a key twice', `{"a":${tensor(0, 2)},"a":${tensor(0, 2)}}`, 2, /the key "a" twice/],
    [
      'a key twice, spelt differently',
      `{"a":${tensor(0, 2)},"\\u0061":${tensor(0, 2)}}`,
      2,
      /the key "a" twice/,
    ],
    ['a field twice', `{"a":${tensor(0, 2, ',"dtype":"I8"')}}`, 2, /the key "dtype" twice/],
    [
      'an unknown type',
      '{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}',
      1,
      /unknown dtype "F4" \(known: F64, /,
    ],
    ['no type', '{"a":{"shape":[2],"data_offsets":[0,1]}}', 1, /tensor "a" has no dtype/],
    ['a wrong size', '{"a":{"dtype":"F16","shape":[3],"data_offsets":[0,4]}}', 4, /needs 6 bytes, but has 4/],
    [
      'an overflowing shape',
      '{"a":{"dtype":"U8","shape":[9007199254740991,9007199254740991],"data_offsets":[0,4]}}',
      4,
      /needs .* bytes, but has 4/,
    ],
    ['a negative shape', '{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}', 4, /no valid shape/],
    [
      'a fractional offset',
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1.5]}}',
      4,
      /no valid data_offsets/,
    ],
    [
      'offsets the wrong way round',
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}',
      1,
      /no valid data_offsets/,
    ],
    ['three offsets', '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}', 1, /no valid data_offsets/],
    [
      'an offset beyond all numbers',
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1e400]}}',
      1,
      /no valid data_offsets/,
    ],
    ['a tensor that is no object', '{"a":5}', 0, /tensor "a" is not described by an object/],
    ['a list', '[]', 0, /it does not begin with "\{"/],
    ['deep nesting', `{"a":${'['.repeat(5000)}`, 0, /nesting deeper than 8/],
    ['text behind it', `{"a":${tensor(0, 1)}} x`, 1, /text after the end/],
    ['a cut text', '{"a', 0, /an unterminated string/],
    ['a bare key', '{a:1}', 0, /a key was expected/],
    ['an invalid escape', '{"\\x":1}', 0, /invalid escape/],
    ['metadata that is no text', '{"__metadata__":{"a":1}}', 0, /__metadata__ entry "a" is not a text/],
    ['metadata that is a list', '{"__metadata__":[]}', 0, /__metadata__ is not an object/],
    ['too many values', `{"a":[${'[],'.repeat(2_000_001)}[]]}`, 0, /more than 2000000 values/],
  ])('%s', (_, header, data, message) => {
    const bytes = rawCheckpoint(header, new Uint8Array(data));
    expect(() => open(bytes)).toThrow(message);
    expect(() => open(bytes)).toThrow(expect.objectContaining({ code: 'checkpoint-damaged', kind: 'usage' }));
  });

  it.each([
    ['no UTF-8', rawCheckpoint(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), /not UTF-8/],
    [
      'a length of 2^63',
      Buffer.from('00000000000000807b7d', 'hex'),
      /ask for a header of 9223372036854775808 bytes \(at most 25000000\)/,
    ],
    [
      'a header longer than the file',
      Buffer.from('ff000000000000007b7d', 'hex'),
      /header of 255 bytes is longer than the file \(10 bytes\)/,
    ],
    ['three bytes', Buffer.from('abc'), /it has only 3 bytes/],
    ['an empty file', Buffer.alloc(0), /is an empty file/],
    [
      'a pickle',
      Buffer.from('80027d71002e00000000000000', 'hex'),
      /is a pickle \(.ckpt or .pt\).*Convert it to safetensors/,
    ],
    ['a zipped pickle', Buffer.from('504b0304140000000000000000', 'hex'), /is a pickle/],
    ['a web page', Buffer.from('<!DOCTYPE html><html>…'), /a web page/],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\noid'), /git lfs pull/],
    ['GGUF', Buffer.from('GGUF\u0003\u0000\u0000\u0000\u0000\u0000\u0000'), /GGUF/],
  ])('%s', (_, bytes, message) => {
    expect(() => open(bytes)).toThrow(message);
  });

  it('folders and missing files', () => {
    const model = path.join(folder, 'model');
    mkdirSync(path.join(model, 'unet'), { recursive: true });
    writeFileSync(path.join(model, 'model_index.json'), '{}');
    expect(() => openCheckpoint(model)).toThrow(/is a diffusers folder\. Convert it/);
    expect(() => openCheckpoint(folder)).toThrow(/is a folder\. Give the \.safetensors file/);
    expect(() => openCheckpoint(path.join(folder, 'none'))).toThrow(/none cannot be read \(ENOENT/);
  });

  it('a header whose length looks like a pickle is still a header', () => {
    const pad = 640 - Buffer.byteLength(`{"a":${tensor(0, 1)}}`);
    expect(
      open(rawCheckpoint(`{"a":${tensor(0, 1)}}${' '.repeat(pad)}`, new Uint8Array(1))).tensors,
    ).toHaveLength(1);
  });
});

describe('fuzzed', () => {
  const sound = checkpointBytes(sd1Tensors(2, 3), { format: 'pt', note: 'é\\"' });
  const length = Number(sound.readBigUInt64LE(0));
  const outcome = (json: Uint8Array, fileBytes: number): string => {
    try {
      parseHeader({ json, fileBytes });
      return 'read';
    } catch (error) {
      if (!(error instanceof SafetensorsFault)) throw error;
      return damagedError('x', error).message;
    }
  };
  const sentence = /^read$|^x is damaged or not a safetensors file: .*\. Download or save it again\.$/s;

  it('bytes overwritten, cut, repeated: a sentence or a header, nothing else', () => {
    const change = fc.tuple(fc.nat(length - 1), fc.uint8Array({ maxLength: 6 }), fc.nat(12));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(3), (changes, shorter) => {
        let json = Buffer.from(sound.subarray(8, 8 + length));
        for (const [at, bytes, dropped] of changes) {
          json = Buffer.concat([json.subarray(0, at), bytes, json.subarray(at + dropped)]);
        }
        expect(outcome(json, sound.length - shorter)).toMatch(sentence);
      }),
      fuzz(300, 20_000),
    );
  });

  it('tensors described by anything', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({
        dtype: fc.constantFrom('F16', 'U8', 'x'),
        shape: fc.array(fc.integer()),
        data_offsets: fc.array(fc.integer({ min: -2, max: 9 })),
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (header) => {
        const json = Buffer.from(JSON.stringify(header));
        expect(outcome(json, 8 + json.length + 8)).toMatch(sentence);
      }),
      fuzz(200, 10_000),
    );
  });

  it('strict JSON agrees with JSON.parse where that has no duplicates to hide', () => {
    const plain = (value: unknown): unknown => {
      if (value instanceof Map)
        return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
      return Array.isArray(value) ? value.map(plain) : value;
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        if (text.includes('__proto__')) return;
        expect(plain(parseStrictJson(text))).toEqual(JSON.parse(text));
      }),
      fuzz(200, 10_000),
    );
  });
});
