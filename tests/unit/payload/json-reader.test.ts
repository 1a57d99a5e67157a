/** Our reader of JSON takes what JSON.parse takes, and refuses what it refuses: only its errors are better. */
import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFormat } from '../../../src/payload/formats/json.ts';

const read = async (text: string): Promise<unknown> => jsonFormat.parse(new TextEncoder().encode(text));
const REFUSED = Symbol('refused');

async function outcome(text: string): Promise<unknown> {
  return read(text).catch(() => REFUSED);
}

function expected(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return REFUSED;
  }
}

const TOKENS =
  '{ } [ ] , : " \\ \\" \\n \\u0041 \\ud83d\\ude00 \\x a 0 1 -1 .5 1. 1.5 e E1 1e5 -0 + true null "a" "b" \t \n'.split(
    ' ',
  );

/** As they stand, one behind the other. */
const WRITTEN = String.raw`
0  -0  7  -12  0.5  -0.25  10.01  1e3  1E3  1e+3  1e-3  1.5E-12  0e0  100
-  +1  .5  1.  1.e3  01  -01  1e  1e+  1e1.5  0x10  1_000  --1  1-  1.2.3
true  false  null  True  nul  nulls  undefined  tru e  true false  1 2
""  "a"  "é😀"  "\" \\ \/ \b \f \n \r \t"  "\u00e9\uD83D\ude00"
"  "a  "\x41"  "\u00g9"  "\u00e"  "\"  "\'"  "\U0041"  'a'  "a" "b"
[]  [ ]  [1]  [1,2]  [ 1 , [ ] , { } ]  [,]  [1,]  [1 2]  [1  [  ]  [1}  [1:2]
{}  { }  {"a":1}  { "a" : 1 , "b" : { "c" : [ ] } }  {"":1}  {"a b":1}  {"\u0061":1}
{  }  {"a"}  {"a":}  {"a":1,}  {,}  {"a" 1}  {a:1}  {1:1}  {"a":1  {"a":1]  {"a":1 "b":2}
{"a":1};  {"a":1}}`
  .split(/ {2}|\n/)
  .slice(1);
const SPACED = ['', ' ', '"\u2028"', '"\u007f"', '"\u0000"', '"\u001f"', '"\t"', '"a\nb"', '//x\n{}'].concat(
  ['{}\u00a0', '\u00a0{}', '\v{}', '\f{}'],
  '\t\r\n {}\t\r\n ',
);

describe('JSON', () => {
  it.each([...WRITTEN, ...SPACED])('%j', async (text) => {
    expect(await outcome(text)).toEqual(expected(text) === 0 ? 0 : expected(text));
  });

  it('of any tokens', async () => {
    await assert(
      asyncProperty(array(constantFrom(...TOKENS), { maxLength: 8 }), async (tokens) => {
        const text = tokens.join('');
        const right = expected(text);
        // What is refused beyond it: a name that stands twice, half a character.
        const isStricter = /"(.*)".*"\1"|\\ud83d|1e5\d/i.test(text);
        const ours = await outcome(text);
        expect(isStricter && ours === REFUSED ? right : ours).toEqual(Object.is(right, -0) ? 0 : right);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('is nested a hundred deep and no deeper: %s', async (_, open, close) => {
    const nested = (levels: number): string => open.repeat(levels) + '1' + close.repeat(levels);
    expect(await read(nested(100))).toEqual(JSON.parse(nested(100)));
    await expect(read(nested(101))).rejects.toThrow('it is nested more than 100 deep');
    expect(await read(`[${nested(99)},${nested(99)}]`)).toHaveLength(2);
  });

  it.each([
    ['[1, x]', 'line 1, column 5', '"x" is not a JSON value; texts need double quotes'],
    ['[1, @]', 'line 1, column 5', 'expected a value, found "@"'],
    ['[1, 😀]', 'line 1, column 5', 'expected a value, found "😀"'],
    [
      '["a\u0007"]',
      'line 1, column 4',
      String.raw`a text contains "\u0007" unescaped; write \n for a new line`,
    ],
    ['[\n\r\n\r1 2]', 'line 4, column 3', 'expected a comma or ], found "2"'],
    ['{"a"\n 1}', 'line 2, column 2', 'expected a colon after "a", found "1"'],
    ['{"a": 1\n', 'line 2, column 1', 'expected a comma or }, found the end of the file'],
    ['{} x', 'line 1, column 4', 'nothing may follow the end, found "x"'],
    ['[1.5x]', 'line 1, column 2', '"1.5x" is not a number'],
    [String.raw`["\q"]`, 'line 1, column 3', String.raw`a backslash must be written as \\`],
    [
      `[${'y'.repeat(40)}]`,
      'line 1, column 2',
      `"${'y'.repeat(40)}" is not a JSON value; texts need double quotes`,
    ],
    [
      `[${'y'.repeat(41)}]`,
      'line 1, column 2',
      `"${'y'.repeat(39)}…" is not a JSON value; texts need double quotes`,
    ],
    ['{"a": 1, "a": 2}', 'line 1, column 10', 'the name "a" appears twice'],
    [
      '[-9007199254740993]',
      'line 1, column 2',
      '-9007199254740993 is beyond ±9007199254740991 and would not be kept exactly',
    ],
  ])('%j is wrong at %s: %s', async (text, place, message) => {
    await expect(read(text)).rejects.toMatchObject({ message, place });
  });

  it('may hold the largest numbers, and those that are rounded by everybody', async () => {
    expect(await read('[9007199254740991,-9007199254740991,9007199254740991.0,0.1]')).toEqual([
      9007199254740991, -9007199254740991, 9007199254740991, 0.1,
    ]);
    expect(Object.is(await read('-0'), 0)).toBe(true);
    expect(Object.is(await read('-0.0'), 0)).toBe(true);
  });

  it('is written with two spaces and an end of line', async () => {
    expect(new TextDecoder().decode(await jsonFormat.format({ a: [1], b: {} }))).toBe(
      '{\n  "a": [\n    1\n  ],\n  "b": {}\n}\n',
    );
  });
});
