/** Payload files of strangers: a value or one sentence, in bounded time, and the prototypes untouched. */
import { encode } from '@msgpack/msgpack';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExpected } from '../../src/shared/errors.ts';
import { FORMATS, formatFile, parseFile } from '../../src/payload/formats/index.ts';
import { parsePayload } from '../../src/payload/load.ts';
import { fuzz, FUZZ_TIMEOUT } from './runs.ts';

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype];
const names = (): string => JSON.stringify(PROTOTYPES.map((one) => Object.getOwnPropertyNames(one)));
const UNTOUCHED = names();

const REAL = {
  prompt: '(astolfo:0.98), [[wrc]], {a|b}',
  negative_prompt: 'bad "hands"',
  seed: 4294967295,
  cfg_scale: 7.5,
  enable_hr: true,
  styles: ['a', 'b'],
  alwayson_scripts: { ADetailer: { args: [true, { ad_model: 'face_yolov8n.pt' }] } },
};
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  json: [JSON.stringify(REAL), JSON.stringify(REAL, null, 2)],
  toml: [
    'prompt = "a"\nseed = 4294967295\ncfg_scale = 7.0\n[alwayson_scripts.ADetailer]\nargs = [ true, { x = 1 } ]\n',
  ],
  yaml: [
    'prompt: "a"\nseed: 4294967295\nstyles:\n  - a\n  - b\nscripts: {x: [1, {y: z}]}\n',
    'base: &b {x: 1}\nprompt: >\n  folded\n  text\nother: *b\n',
  ],
};
const SPLICES: readonly string[] = [
  '{ } [ ] " \' : , \\ # = - ? ~ | > & * ! """ \'\'\' true null nan .inf -0 1e999 0x10 1_000 {x: "y \\ud800 \\x',
  '&a *a *b !!set !!binary !<x> !x <<: --- ... __proto__ "__proto__": constructor [[x]] [x.y] [[[[[[[[[[',
  '99999999999999999999 9007199254740993 2024-01-02 12:30:45',
]
  .flatMap((line) => line.split(' '))
  .concat(
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\0',
    '\uFEFF',
    '\u2028',
    '\ud800',
    '- ',
    ': ',
    '? ',
    ' #',
    '\n- ',
    '\n  ',
  );

/** A text cut, doubled, and with things put into it. */
const mutated = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc
    .record({
      text: fc.constantFrom(...texts),
      edits: fc.array(
        fc.record({
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          cut: fc.nat(12),
          put: fc.oneof(fc.constantFrom(...SPLICES), fc.string({ unit: 'binary', maxLength: 8 })),
          times: fc.constantFrom(1, 1, 1, 2, 40),
        }),
        { maxLength: 6 },
      ),
    })
    .map(({ text, edits }) => {
      let result = text;
      for (const { at, cut, put, times } of edits) {
        const start = Math.floor(at * result.length);
        result = result.slice(0, start) + put.repeat(times) + result.slice(start + cut);
      }
      return result;
    });

/** What is wrong with how a file was taken; nothing, when it is a value or one sentence. */
async function troubleWith(bytes: Uint8Array, file: string): Promise<string> {
  try {
    const value = await parseFile(bytes, file);
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value))
      return `not plain: ${JSON.stringify(value)}`;
    parsePayload(value, file);
  } catch (error) {
    if (!isExpected(error)) throw error;
    if (!/^Payload p\.\w+[ :]/.test(error.message)) return error.message;
  }
  return names() === UNTOUCHED ? '' : 'a prototype was touched';
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('parsers of payload files', () => {
  it.each(['json', 'toml', 'yaml'])(
    '%s',
    async (name) => {
      const text = fc.oneof(
        { weight: 4, arbitrary: mutated(TEXTS[name] ?? []) },
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.array(fc.constantFrom(...SPLICES), { maxLength: 20 }).map((parts) => parts.join('')),
      );
      await fc.assert(
        fc.asyncProperty(text, async (given) => {
          expect(await troubleWith(utf8(given), `p.${name}`)).toBe('');
        }),
        fuzz(400),
      );
    },
    FUZZ_TIMEOUT,
  );

  it(
    'msgpack',
    async () => {
      const whole = encode(REAL);
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc
          .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 })
          .map((edits) => Uint8Array.from(whole, (byte, i) => edits.find(([at]) => at === i)?.[1] ?? byte)),
        fc.nat(whole.length).map((length) => whole.slice(0, length)),
      );
      await fc.assert(
        fc.asyncProperty(bytes, async (given) => {
          expect(await troubleWith(given, 'p.msgpack')).toBe('');
        }),
        fuzz(1000),
      );
    },
    FUZZ_TIMEOUT,
  );

  it(
    'json takes what JSON.parse takes, but for what it would hide',
    async () => {
      const text = fc.oneof(fc.json({ maxDepth: 4 }), mutated([JSON.stringify(REAL)]));
      await fc.assert(
        fc.asyncProperty(text, async (given) => {
          const theirs = await outcome(async () => JSON.parse(given.replace(/^\uFEFF/, '')) as unknown);
          const ours = await outcome(() => parseFile(utf8(given), 'p.json'));
          const isHidden = /twice|not allowed|beyond|Infinity|surrogate|nested|is empty/.test(
            ours.error ?? '',
          );
          expect(isHidden ? 'hidden' : ours.value).toEqual(isHidden ? 'hidden' : theirs.value);
        }),
        fuzz(400),
      );
    },
    FUZZ_TIMEOUT,
  );
});

describe('a payload', () => {
  it(
    'is the same in every format',
    async () => {
      const key = fc.oneof(
        fc.constantFrom('prompt', 'seed', 'constructor', 'toString'),
        fc.string({ maxLength: 6 }),
      );
      const payload = fc.dictionary(
        key.filter((name) => name !== '__proto__' && !/^\d+$/.test(name)),
        fc.oneof(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.boolean(), fc.array(fc.string())),
        { noNullPrototype: true, minKeys: 1 },
      );
      await fc.assert(
        fc.asyncProperty(payload, async (given) => {
          for (const format of FORMATS) {
            const bytes = await formatFile(given, format, 'p');
            const again = await parseFile(bytes, `p${format.extensions[0]}`);
            expect(JSON.stringify(again)).toBe(JSON.stringify(given));
          }
        }),
        fuzz(100),
      );
    },
    FUZZ_TIMEOUT,
  );
});

/** A value or an error; minus zero is zero. */
async function outcome(act: () => Promise<unknown>): Promise<{ value?: unknown; error?: string }> {
  try {
    return { value: JSON.parse(JSON.stringify(await act())) };
  } catch (error) {
    return { error: String(error) };
  }
}
