import { encode } from '@msgpack/msgpack';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FORMATS, formatFile, formatNamed, formatOf, parseFile } from '../../../src/payload/formats/index.ts';
import { fuzz } from '../../fuzz/runs.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = async (name: string, content: string | Uint8Array): Promise<unknown> =>
  parseFile(typeof content === 'string' ? bytesOf(content) : content, name);
const messageOf = async (name: string, content: string | Uint8Array): Promise<string> =>
  read(name, content).then(
    (value) => `no error but ${JSON.stringify(value)}`,
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

/** As users have them: arguments of ADetailer and ControlNet, and keys in an order of their own. */
const REAL = {
  alwayson_scripts: {
    ADetailer: { args: [true, false, { ad_model: 'face_yolov8n.pt', ad_confidence: 0.3, ad_mask_blur: 4 }] },
    controlnet: { args: [{ enabled: true, image: { image: 'iVBORw0KGgo=', mask: null }, weight: 1.0 }] },
  },
  prompt: 'no\n"quotes", \\ backslash, ünïcode 🏔, {a|b}, 12:30, __wild__, # no comment: really\u007f\u2028',
  negative_prompt: '',
  seed: 4294967295,
  subseed: 9007199254740991,
  cfg_scale: 7.5,
  eta: 1e-7,
  enable_hr: false,
  styles: ['yes', 'null', '1', '~', '- x', ' padded '],
  override_settings: { CLIP_stop_at_last_layers: 2, 'a.b c': [], empty: {}, nested: [[1, 2], [{}]] },
};

describe.each(FORMATS)('$title', (format) => {
  const [extension] = format.extensions;
  const holdsNull = format.name !== 'toml';
  const { alwayson_scripts: scripts } = REAL;
  const value = holdsNull
    ? REAL
    : {
        ...REAL,
        alwayson_scripts: { ...scripts, controlnet: { args: [{ image: { image: 'iVBORw0KGgo=' } }] } },
      };

  it('gives back what it wrote, in the same order', async () => {
    const bytes = await formatFile(value, format, 'p');
    const again = await parseFile(bytes, `p${extension}`);
    expect(again).toStrictEqual(value);
    expect(JSON.stringify(again)).toBe(JSON.stringify(value));
  });

  it('gives back anything that JSON can hold', async () => {
    const key = fc.string({ unit: 'binary' }).filter((text) => text !== '__proto__' && !/^\d+$/.test(text));
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true, min: -1e15, max: 1e15 }).map((number) => number + 0),
        fc.boolean(),
        ...(holdsNull ? [fc.constant(null)] : []),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, tree, { noNullPrototype: true, minKeys: 1 }), async (given) => {
        const again = await parseFile(await formatFile(given, format, 'p'), `p${extension}`);
        expect(again).toStrictEqual(given);
      }),
      fuzz(60, 1500),
    );
  });

  it('says when a file is empty', async () => {
    expect(await messageOf(`p${extension}`, '\uFEFF \r\n')).toBe(`Payload p${extension} is empty.`);
  });
});

describe('texts', () => {
  it.each(['json', 'yaml', 'toml'])('%s with a byte order mark and CRLF', async (name) => {
    const text = { json: '{\r\n"prompt":\r\n"a"}\r\n', yaml: 'prompt: a\r\n', toml: 'prompt = "a"\r\n' }[
      name
    ];
    expect(await read(`p.${name}`, `\uFEFF${text}`)).toEqual({ prompt: 'a' });
  });

  it.each(['json', 'yaml', 'toml'])('%s in UTF-16, as Notepad and PowerShell write it', async (name) => {
    const text = { json: '{"prompt": "é"}', yaml: 'prompt: é\n', toml: 'prompt = "é"\n' }[name];
    for (const mark of ['', '\uFEFF']) {
      const bytes = Buffer.from(`${mark}${text}`, 'utf16le');
      expect(await parseFile(bytes, `p.${name}`)).toEqual({ prompt: 'é' });
      expect(await parseFile(Buffer.from(bytes).swap16(), `p.${name}`)).toEqual({ prompt: 'é' });
    }
  });

  it.each(['json', 'yaml', 'toml'])('%s with the line ends of old editors', async (name) => {
    const text = {
      json: '{"prompt": "a",\r"steps": 5}',
      yaml: 'prompt: a\rsteps: 5\r',
      toml: 'prompt = "a"\rsteps = 5\r',
    }[name];
    expect(await read(`p.${name}`, text ?? '')).toEqual({ prompt: 'a', steps: 5 });
  });

  it('in another encoding are told so', async () => {
    expect(await messageOf('p.yml', Buffer.from('a: b\nprompt: caf\xe9\n', 'latin1'))).toBe(
      'Payload p.yml (YAML): line 2 is not UTF-8; save it as UTF-8 in your editor (it looks like Windows-1252).',
    );
    expect(await messageOf('p.json', Buffer.from('\uFEFF \n', 'utf16le'))).toBe('Payload p.json is empty.');
  });

  it('are told from the extension, whatever its letters', () => {
    expect(formatOf('A.YML').name).toBe('yaml');
    expect(formatOf('/dev/stdin').name).toBe('json');
    expect(() => formatOf('p.txt')).toThrow(
      'must end in .json, .toml, .yaml, .yml, .msgpack, .mpk, not in .txt',
    );
  });
});

describe('what is wrong has a place', () => {
  it.each([
    ['p.json', '{"a": 1,\n "b": tru}', 'line 2, column 7', /"tru" is not a JSON value/],
    ['p.json', "{'a': 1}", 'line 1, column 2', /expected a name in double quotes/],
    ['p.json', '{"a": 1,}', 'line 1, column 9', /expected a name/],
    ['p.json', '{"a": 1 "b": 2}', 'line 1, column 9', /expected a comma or }/],
    ['p.json', '{"a": 1}\r\n{', 'line 2, column 1', /nothing may follow/],
    ['p.json', '{"a": "x\ny"}', 'line 1, column 9', /write \\n/],
    ['p.json', String.raw`{"a": "C:\dir"}`, 'line 1, column 10', /backslash/],
    ['p.json', '{"a": "x', 'line 1, column 7', /no closing quote/],
    ['p.json', '{"seed": 1,\n "seed": 2}', 'line 2, column 2', /"seed" stands twice/],
    ['p.json', '{"__proto__": {}}', 'line 1, column 2', /not allowed/],
    ['p.json', '{"seed": 18446744073709551615}', 'line 1, column 10', /18446744073709551615 is beyond/],
    ['p.json', '{"seed": 9007199254740993}', 'line 1, column 10', /9007199254740993 is beyond/],
    ['p.json', '{"a": 1e999}', 'line 1, column 7', /Infinity is no number/],
    ['p.json', '{"a": NaN}', 'line 1, column 7', /"NaN" is not a JSON value/],
    ['p.json', '{"a": 012}', 'line 1, column 7', /"012" is no number/],
    ['p.json', '['.repeat(5000), 'line 1, column 102', /nested more than 100 deep/],
    ['p.toml', 'a = 1\nb = ', 'line 2, column \\d', /./],
    ['p.toml', 'a = 1\na = 2', 'line 2, column 1', /./],
    ['p.toml', 'x = 1\nday = 2024-01-02', 'line 2, column 1', /"day": it is a date/],
    [
      'p.toml',
      'x = 1\n[o]\nseed = 9223372036854775807',
      'line 3, column 1',
      /"o.seed": 9223372036854775807 is/,
    ],
    ['p.toml', 'x = inf', 'line 1, column 1', /Infinity is no number/],
    ['p.toml', '"__proto__" = 1', 'line 1, column 2', /not allowed/],
    ['p.toml', `a = ${'['.repeat(5000)}`, 'line 1', /./],
    ['p.yaml', 'a: 1\na: 2', 'line 2, column 1', /"a" stands twice/],
    ['p.yaml', 'a: [1,\nb: }', 'line 2', /./],
    ['p.yaml', 'a: 1\n\tb: 2', 'line 2, column 1', /[Tt]ab/],
    ['p.yaml', 'a: 1\n---\nb: 2', 'line 2, column 1', /multiple documents/],
    ['p.yaml', 'a: !!timestamp 2024-01-02', 'line 1, column \\d+', /tag .*timestamp/],
    ['p.yaml', 'a: !!binary aGk=', 'line 1, column \\d+', /tag .*binary/],
    ['p.yaml', 'a: !!set {x}', 'line 1, column \\d+', /tag .*set/],
    ['p.yaml', 'a: !mine x', 'line 1, column 4', /tag: !mine/],
    ['p.yaml', 'a:\n  b: .nan', 'line 2, column 6', /NaN is no number/],
    ['p.yaml', 'seed: 18446744073709551615', 'line 1, column 7', /is beyond/],
    ['p.yaml', 'a: 1\n2: 3', 'line 2, column 1', /must be a text/],
    ['p.yaml', 'a: 1\n? [x]\n: 3', 'line 2, column 3', /must be a text/],
    ['p.yaml', 'x: {__proto__: 1}', 'line 1, column 5', /not allowed/],
    ['p.yaml', '['.repeat(20_000), 'line 1, column 10\\d', /nested more than 100 deep/],
    ['p.yaml', '- '.repeat(20_000), 'line 1, column 20\\d', /nested more than 100 deep/],
    ['p.yaml', '? '.repeat(20_000), 'line 1, column 20\\d', /nested more than 100 deep/],
    ['p.msgpack', Uint8Array.of(0x81, 0xa1, 0x61, 0xd4, 5, 0), 'byte 4', /extension type/],
    ['p.msgpack', encode({ a: new Date(0) }), 'byte 4', /extension type/],
    ['p.msgpack', encode({ a: Uint8Array.of(1) }), 'byte 4', /binary data/],
    ['p.msgpack', Uint8Array.of(0x80, 0x80), 'byte 2', /behind the end/],
    ['p.mpk', new Uint8Array(5000).fill(0x91), 'byte \\d+', /nested more than 100/],
  ])('%s: %s', async (name, content, place, problem) => {
    const message = await messageOf(name, content);
    expect(message).toMatch(new RegExp(`^Payload ${name} \\([A-Za-z]+, ${place}`));
    expect(message).toMatch(problem);
    expect(message).not.toContain('\n');
  });

  it.each([
    ['p.msgpack', Uint8Array.of(0x81, 0xa1), /ends in the middle/],
    ['p.msgpack', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff), /ends in the middle/],
    ['p.msgpack', Uint8Array.of(0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2), /"a" stands twice/],
    ['p.msgpack', Uint8Array.of(0x81, 1, 2), /"1" is not a text/],
    ['p.msgpack', encode({ a: 2n ** 60n }, { useBigInt64: true }), /"a": 1152921504606846976 is beyond/],
    ['p.msgpack', encode({ a: Number.NaN }), /"a": NaN/],
    ['p.msgpack', Uint8Array.of(0x81, 0xa9, ...bytesOf('__proto__'), 1), /__proto__ is not allowed/],
    ['p.json', String.raw`{"a": "\ud800"}`, /"a": it contains half a character/],
    ['p.yaml', 'a: &a [*a]', /./],
    [
      'p.yaml',
      `a0: &a0 [x]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]\n`).join('')}`,
      /too many aliases/,
    ],
  ])('%s without one: %#', async (name, content, problem) => {
    const message = await messageOf(name, content);
    expect(message).toMatch(/^Payload p\.\w+ /);
    expect(message).toMatch(problem);
  });

  it('says which null TOML cannot hold', async () => {
    await expect(formatFile({ a: { b: [null] } }, formatNamed('toml'), 'p.json')).rejects.toThrow(
      'Payload p.json: TOML has no null, which is the value of "a.b[0]"; remove it, or choose another format.',
    );
  });
});

describe('numbers', () => {
  it.each(['json', 'yaml', 'toml', 'msgpack'] as const)(
    '%s keeps 64-bit integers that are exact',
    async (name) => {
      const seeds = { a: 4294967295, b: 4294967296, c: 9007199254740991, d: -9007199254740991 };
      expect(await parseFile(await formatFile(seeds, formatNamed(name), 'p'), `p.${name}`)).toEqual(seeds);
    },
  );

  it('reads the 64-bit integers of other MessagePack writers', async () => {
    expect(await read('p.mpk', encode({ seed: 4294967295n }, { useBigInt64: true }))).toEqual({
      seed: 4294967295,
    });
  });

  it('YAML: dates are texts, references are followed', async () => {
    expect(await read('p.yaml', 'a: 2024-01-02\nb: &x [1]\nc: *x')).toEqual({
      a: '2024-01-02',
      b: [1],
      c: [1],
    });
  });
});
