/** Payloads as texts: where a value stands that is wrong, and how each format writes what is unusual. */
import { describe, expect, it } from 'vitest';
import { formatFile, formatNamed, parseFile } from '../../../src/payload/formats/index.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = async (file: string, text: string): Promise<unknown> => parseFile(bytesOf(text), file);
const written = async (name: 'toml' | 'yaml', value: Record<string, unknown>): Promise<string[]> =>
  new TextDecoder()
    .decode(await formatFile(value, formatNamed(name), 'p'))
    .replace(/\n$/, '')
    .split('\n');

/** The failure as its cause has it, with the place apart from the words. */
async function faultOf(file: string, text: string): Promise<unknown> {
  return read(file, text).then(
    () => 'no fault',
    (error: unknown) => (error instanceof Error ? error.cause : error),
  );
}
const fault = (place: string, message: string): unknown => expect.objectContaining({ place, message });

describe('TOML', () => {
  it.each([
    ['x = 1\nday = 2024-01-02', 'line 2, column 1', '"day"'],
    ['x = 1\n"day" = 2024-01-02', 'line 2, column 2', '"day"'],
    ['a-day = 1\nday = 2024-01-02', 'line 2, column 1', '"day"'],
    ['x.day = 2024-01-02', 'line 1, column 3', '"x.day"'],
    ['x = { day = 2024-01-02 }', 'line 1, column 7', '"x.day"'],
    ['days = [1, 2024-01-02]', 'line 1, column 1', '"days[1]"'],
    ['"a.b c*" = 2024-01-02', 'line 1, column 2', '"a.b c*"'],
    // It stands there twice, or nowhere: no place is better than a wrong one.
    ['[a]\nday = 1\n[b]\nday = 2024-01-02', '', '"b.day"'],
    [String.raw`"d\u0061y" = 2024-01-02`, '', '"day"'],
    ['"" = 2024-01-02', '', '""'],
  ])('%j: what it cannot hold is at %j', async (text, place, name) => {
    expect(await faultOf('p.toml', text)).toEqual(
      fault(
        place,
        `${name}: it is a date (put it in quotes to send it as a text), which a request cannot carry`,
      ),
    );
  });

  it('that is no TOML is told in the first sentence of the library, at its place', async () => {
    const told = await faultOf('p.toml', 'a = 1\nb = x');
    expect(told).toMatchObject({ place: 'line 2, column 5' });
    expect(told).toMatchObject({ message: expect.not.stringMatching(/^Invalid TOML|\n|\.$/) as unknown });
    await expect(read('p.toml', 'a = 1\nb = x')).rejects.toMatchObject({ code: 'payload-invalid' });
  });

  it('is nested as deep as any payload', async () => {
    const nested = (levels: number): string => `a = ${'['.repeat(levels)}1${']'.repeat(levels)}`;
    expect(JSON.stringify(await read('p.toml', nested(98)))).toContain('['.repeat(98));
    expect(await faultOf('p.toml', nested(101))).toBeInstanceOf(Error);
  });

  it('is written in a line for every key, with quotes where a name needs them', async () => {
    const value = {
      plain_1: 'x',
      'a-b': true,
      'a b': 1.5,
      'a.b': [1, [], {}],
      '': {},
      é: { k: { 'l m': 'n' } },
    };
    expect(await written('toml', value)).toEqual([
      'plain_1 = "x"',
      'a-b = true',
      '"a b" = 1.5',
      '"a.b" = [1, [], {}]',
      '"" = {}',
      '"é" = { k = { "l m" = "n" } }',
    ]);
    expect(await written('toml', { a: 'del\u007f "q"\n' })).toEqual([String.raw`a = "del\u007f \"q\"\n"`]);
    for (const [value2, place] of [
      [{ a: null }, 'a'],
      [{ a: [1, { b: null }] }, 'a[1].b'],
    ] as const)
      await expect(written('toml', value2)).rejects.toMatchObject({
        code: 'payload-format',
        message: `Payload p: TOML has no null, which is the value of "${place}"; remove it, or choose another format.`,
        cause: expect.any(Error) as unknown,
      });
  });
});

describe('YAML', () => {
  it.each([
    ['a: 1\nb: 2\na: 3', 'line 3, column 1', 'the name "a" appears twice'],
    ['a:\n  b: 1\n  b: 2', 'line 3, column 3', 'the name "b" appears twice'],
    ['1: a', 'line 1, column 1', 'a name must be a text; put it in quotes'],
    ['? [a]\n: b', 'line 1, column 3', 'a name must be a text; put it in quotes'],
    ['a: 1\n__proto__: 2', 'line 2, column 1', 'the name "__proto__" is not allowed'],
    ['a: !mine b', 'line 1, column 4', 'Unresolved tag: !mine'],
    [String.raw`a: ["\ud800"]`, '', '"a[0]": it contains half a character (a lone surrogate)'],
    ['a: [1, .inf]', 'line 1, column 8', 'Infinity is a number that cannot be sent'],
    ['a: .nan', 'line 1, column 4', 'NaN is a number that cannot be sent'],
    [
      'a: 9007199254740992',
      'line 1, column 4',
      '9007199254740992 is beyond ±9007199254740991 and would not be kept exactly',
    ],
  ])('%j is wrong at %s: %s', async (text, place, message) => {
    expect(await faultOf('p.yaml', text)).toEqual(fault(place, message));
  });

  it('may say of a value what it is anyway', async () => {
    expect(
      await read('p.yaml', 'a: !!str 1\nb: !!int 2\nc: !!float 1.5\nd: !!bool true\ne: !!null null'),
    ).toEqual({
      a: '1',
      b: 2,
      c: 1.5,
      d: true,
      e: null,
    });
    expect(await read('p.yaml', 'a: !!map {b: 1}\nc: !!seq [1]\nd: ! e')).toEqual({
      a: { b: 1 },
      c: [1],
      d: 'e',
    });
  });

  it('says what is wrong in one line, without a full stop of the library', async () => {
    const told = await faultOf('p.yaml', 'a: [1,\nb: }');
    expect(told).toMatchObject({ message: expect.not.stringMatching(/\n|\.$/) as unknown });
    const message = await read('p.yaml', 'a: [1,\nb: }').catch(String);
    expect(message).toMatch(/Payload p\.yaml \(YAML, line 2, column \d+\): .*[^.]\.$/);
  });

  it('may be more than one value only where that is one document', async () => {
    expect(await read('p.yaml', '---\na: 1\n')).toEqual({ a: 1 });
    expect(await faultOf('p.yaml', 'a: 1\n---\nb: 1\n')).toMatchObject({
      place: expect.stringMatching(/^line \d/) as unknown,
    });
  });

  it('is nested a hundred deep and not much deeper', async () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
    expect(JSON.stringify(await read('p.yaml', nested(98)))).toBe(nested(98));
    expect(await faultOf('p.yaml', nested(104))).toMatchObject({
      message: 'it is nested more than 100 deep',
    });
  });

  it('that refers to what stands elsewhere does so a hundred times, not without end', async () => {
    const often = (count: number): string =>
      `a: &x [1]\nb: [${Array.from({ length: count }, () => '*x').join(', ')}]`;
    expect(await read('p.yaml', often(90))).toMatchObject({ a: [1] });
    expect(await faultOf('p.yaml', often(200))).toEqual(
      fault('', 'it has too many aliases (*name), or one without an anchor; write the values out'),
    );
  });

  it('is written with texts in quotes, names without, and nothing folded or referred to', async () => {
    const twice = { c: 1 };
    expect(await written('yaml', { a: 'no', 'b c': [twice, twice], long: 'word '.repeat(60) })).toEqual([
      'a: "no"',
      'b c:',
      '  - c: 1',
      '  - c: 1',
      `long: "${'word '.repeat(60)}"`,
    ]);
  });
});

describe('a file', () => {
  it('is empty however much white space it has, within reason', async () => {
    await expect(read('p.json', ' '.repeat(4096))).rejects.toThrow('Payload p.json is empty.');
    await expect(read('p.json', ' '.repeat(4097))).rejects.toThrow(/line 1, column 4098\): expected a value/);
  });

  it('without an extension is JSON', async () => {
    expect(await read('p', '{"a": 1}')).toEqual({ a: 1 });
  });

  it('that cannot be written for a reason of its own is a defect', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['a'] = cyclic;
    await expect(formatFile(cyclic, formatNamed('json'), 'p')).rejects.toThrow(TypeError);
  });
});
