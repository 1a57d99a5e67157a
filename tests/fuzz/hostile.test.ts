/** Files that somebody made to do harm, as data: each is read or refused in a sentence, in no time, with nothing run and nothing polluted. */
import { ftruncateSync, openSync, closeSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync, crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inspectCheckpoint } from '../../src/checkpoints/index.ts';
import { decodeImage } from '../../src/images/decode.ts';
import { readInfotext } from '../../src/images/infotext.ts';
import { parseJournal } from '../../src/journal/read.ts';
import { parsePayload } from '../../src/payload/load.ts';
import { parseFile } from '../../src/payload/formats/index.ts';
import { readPickledRanges } from '../../src/score/brisque/pickled-ranges.ts';
import { BadFile } from '../../src/score/brisque/model.ts';
import { recoverLog } from '../../src/recover/index.ts';
import { readPth } from '../../src/score/onnx/head-files/pth.ts';
import { WeightsFault } from '../../src/score/onnx/head-files/tensor.ts';
import { isExpected } from '../../src/shared/errors.ts';
import { readWeights } from '../../src/weights/read.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const folder = temporaryFolder('hostile');
const OPTIONS = { folder, presetFiles: [] };
const before = Object.getOwnPropertyNames(Object.prototype).length;

function given(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** What was said of it; undefined where it was read. Anything but a sentence of ours is thrown. */
async function refusal(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (!isExpected(error) && !(error instanceof BadFile) && !(error instanceof WeightsFault)) throw error;
    return error.message;
  }
}

function safetensors(header: string, length = Buffer.byteLength(header)): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([size, Buffer.from(header), Buffer.alloc(8)]);
}

const tensor = (shape: string, offsets: string): string =>
  `{"a":{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}}`;

const CHECKPOINTS: Readonly<Record<string, Uint8Array>> = {
  'a header of 2^63 bytes': safetensors('{}', 2 ** 62),
  'more header than file': safetensors('{}', 20_000_000),
  'ten terabytes of one tensor': safetensors(tensor('[2500000000000]', '[0,10000000000000]')),
  'a shape that overflows': safetensors(tensor('[4294967296,4294967296,4294967296]', '[0,8]')),
  'a negative shape': safetensors(tensor('[-1]', '[0,8]')),
  'offsets backwards': safetensors(tensor('[2]', '[8,0]')),
  'offsets of two tensors over each other': safetensors(
    '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
  ),
  'endless depth': safetensors(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
  'a pickle': Buffer.from('\u0080\u0002cposix\nsystem\nX\u0005\u0000\u0000\u0000touch\u0085R.', 'latin1'),
  'a zip': Buffer.from('PK\u0003\u0004archive/data.pkl', 'latin1'),
};

const PICKLES: Readonly<Record<string, Uint8Array>> = {
  'a call': Buffer.from('\u0080\u0002cposix\nsystem\n(X\u0002\u0000\u0000\u0000lstR.', 'latin1'),
  'a reduce of a class': Buffer.from('\u0080\u0004\u008c\u0002os\u008c\u0006system\u0093.', 'latin1'),
  'an integer of 2 GB': Buffer.from('\u0080\u0002\u008b\u00ff\u00ff\u00ff\u007f.', 'latin1'),
  'a text of 2^62 bytes': Buffer.from(`\u0080\u0004\u008d${'\u0000'.repeat(7)}\u0040.`, 'latin1'),
  'endless marks': Buffer.from(`\u0080\u0002${'('.repeat(1_000_000)}.`, 'latin1'),
  'a memo of others': Buffer.from('\u0080\u0002j\u00ff\u00ff\u00ff\u00ff.', 'latin1'),
};

/** A ZIP of stored parts, as PyTorch writes it; what else stands in its fields is not looked at. */
function pth(pickle: string): Buffer {
  const parts = [
    ['archive/data.pkl', Buffer.from(pickle, 'latin1')],
    ['archive/data/0', Buffer.alloc(16)],
  ] as const;
  let at = 0;
  const locals: Buffer[] = [];
  const entries = parts.map(([name, data]) => {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt32LE(data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    locals.push(local, Buffer.from(name), data);
    at += 30 + name.length + data.length;
    return Buffer.concat([entry, Buffer.from(name)]);
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, ...entries, end]);
}

const unicode = (text: string): string => `X${String.fromCodePoint(text.length)}\0\0\0${text}`;
const STORAGE = `(${unicode('storage')}ctorch\nFloatStorage\n${unicode('0')}${unicode('cpu')}K\u0004tQ`;
/** @param sides, steps pickled integers */
const stateDict = (sides: string, steps: string): string =>
  `\u0080\u0002}(${unicode('w')}ctorch._utils\n_rebuild_tensor_v2\n(${STORAGE}K\0(${sides}t(${steps}tNNtRu.`;

const HEADS: Readonly<Record<string, string>> = {
  'a tensor of 2^31 numbers out of one': stateDict('J\u00ff\u00ff\u00ff\u007f', 'K\0'),
  'a tensor of overlapping steps': stateDict('K\u0002'.repeat(3), 'K\u0001'.repeat(3)),
  'a call': '\u0080\u0002cposix\nsystem\n(X\u0002\0\0\0lstR.',
  'a tuple of a million': `\u0080\u0002(${'N'.repeat(1_000_000)}t.`,
  'marks alone': '\u0080\u0002(t(u.',
  'no mark': '\u0080\u0002NNt.',
};

function png(width: number, height: number, ...chunks: readonly (readonly [string, Buffer])[]): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const rows = Buffer.alloc(Math.min(1e6, (width + 1) * height));
  const all = [['IHDR', header], ...chunks, ['IDAT', deflateSync(rows)], ['IEND', Buffer.alloc(0)]] as const;
  const encoded = all.map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  });
  return Buffer.concat([Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'), ...encoded]);
}

const BOMB = deflateSync(Buffer.alloc(50_000_000));
const HEADER = Array.from({ length: 27 }, (_, i) => i).join(',');
const ROW = Array.from({ length: 27 }, () => '0.5').join(',');

const WEIGHTS: Readonly<Record<string, string>> = {
  'line.csv': 'a,'.repeat(2_000_000),
  'quote.csv': `"${'a'.repeat(2_000_000)}`,
  'infinite.csv': `${HEADER},score\n${ROW},1e999\n`,
  'proto.csv': `__proto__,constructor,score\n1,1,1\n`,
  'list.recipe.txt': '0.5,'.repeat(1_000_000),
  'line.tsv': `preset_name\tpreset_weights\nA\t${'0.5,'.repeat(500_000)}\n`,
  'deep.json': `{"weights":${'['.repeat(200_000)}`,
  'proto.json': '{"name":"O","weights":{"__proto__":1,"constructor":2}}',
  'deep.journal.jsonl': `${'['.repeat(1_000_000)}\n`,
  'empty.journal.jsonl': '\n'.repeat(500_000),
  'zero.journal.jsonl': '\0'.repeat(1_000_000),
};

const LOGS: Readonly<Record<string, string>> = {
  'one line': 'a'.repeat(5_000_000),
  'open brackets': '[[[[(((('.repeat(200_000),
  'blanks behind a key': `score: ${' '.repeat(5000)}\n`.repeat(200),
  'an endless dictionary': `params: {${"'a': 1, ".repeat(2000)}\n`.repeat(50),
  'deep JSON': `{"level":30,"kind":"scored"${'['.repeat(100_000)}\n`,
};

describe('refused in words is', () => {
  it.each(Object.entries(CHECKPOINTS))('a checkpoint with %s', async (name, bytes) => {
    const file = given(`${name}.safetensors`, bytes);
    expect(await refusal(async () => inspectCheckpoint(file))).toBeTypeOf('string');
  });

  it('a checkpoint of ten terabytes of nothing', async () => {
    const file = given('sparse.safetensors', safetensors(tensor('[2]', '[0,8]')));
    const handle = openSync(file, 'r+');
    ftruncateSync(handle, 2 ** 40);
    closeSync(handle);
    expect(await refusal(async () => inspectCheckpoint(file))).toMatch(/unused bytes?/);
  });

  it.each(Object.entries(PICKLES))('a pickle with %s', async (_, bytes) => {
    expect(await refusal(() => readPickledRanges(Buffer.from(bytes)))).toBeTypeOf('string');
  });

  it.each(Object.entries(HEADS))('a .pth with %s', async (_, pickle) => {
    expect(await refusal(() => readPth(pth(pickle)))).toBeTypeOf('string');
  });

  it('no .pth of a sound tensor', () => {
    expect(readPth(pth(stateDict('K\u0002K\u0002', 'K\u0002K\u0001'))).get('w')?.shape).toEqual([2, 2]);
  });

  it.each([
    ['more pixels than any', png(60_000, 60_000)],
    ['nothing behind its header', png(64, 64).subarray(0, 60)],
    ['a WebP of 4 GB', Buffer.from('RIFF\u00ff\u00ff\u00ff\u00ffWEBPVP8 ', 'latin1')],
    ['an SVG that reads files', Buffer.from('<svg><image href="file:///etc/passwd"/></svg>')],
  ])('a picture with %s', async (_, bytes) => {
    expect(await refusal(async () => decodeImage(bytes))).toBeTypeOf('string');
  });

  it.each(Object.entries(WEIGHTS).filter(([name]) => !name.startsWith('proto')))(
    'weights: %s',
    async (name, text) => {
      expect(await refusal(async () => readWeights(given(name, text), OPTIONS))).toBeTypeOf('string');
    },
  );

  it('a payload of a prototype, and one that is deeper than any', async () => {
    const texts = ['{"prompt":"a","__proto__":{"x":1}}', `{"prompt":"a","x":${'['.repeat(100_000)}`];
    for (const text of texts)
      expect(
        await refusal(async () => parsePayload(await parseFile(Buffer.from(text), 'x.json'), 'x')),
      ).toBeTypeOf('string');
  });
});

describe('read without harm is', () => {
  it('a picture with texts and profiles that unpack to megabytes', async () => {
    const bombs = png(
      64,
      64,
      ['zTXt', Buffer.concat([Buffer.from('parameters\0\0'), BOMB])],
      ['iCCP', Buffer.concat([Buffer.from('x\0\0'), BOMB])],
    );
    expect((await decodeImage(bombs)).width).toBe(64);
    await refusal(async () => readInfotext(bombs));
  });

  it.each(Object.entries(LOGS))('a log of %s', async (_, text) => {
    const said = await refusal(() => recoverLog(text));
    expect(said ?? '').not.toMatch(/undefined|NaN/);
  });

  it.each(['proto.csv', 'proto.json'])('weights that name prototypes: %s', async (name) => {
    const said = await refusal(async () => readWeights(given(name, WEIGHTS[name] ?? ''), OPTIONS));
    expect(said ?? '').not.toMatch(/function|native code/);
  });

  it('a payload of a hundred thousand keys, of which few are named', () => {
    const keys = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`samplr${n}`, n]));
    const warnings: string[] = [];
    parsePayload({ prompt: 'a', ...keys, constructor: 1, toString: 2 }, 'x', (text) => warnings.push(text));
    expect(warnings).toHaveLength(51);
    expect(warnings.at(-1)).toBe('Payload x: 99952 further unknown keys are sent as well.');
    expect(warnings.join('\n')).not.toMatch(/function|native code/);
  });

  it('a journal of a version that is no number', async () => {
    for (const version of ['1e999', '"1"', '{}', '-1', 'null'])
      expect(await refusal(() => parseJournal(`{"kind":"plan","version":${version}}\n`, 'x'))).toBeTypeOf(
        'string',
      );
  });
});

it('none of it has changed what all objects have', () => {
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
});
