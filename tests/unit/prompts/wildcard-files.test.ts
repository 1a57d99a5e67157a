/** Files of wildcards as people have them: every entry is drawn as it stands, or its loss is said. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { drawPrompts, openWildcards, type TemplateKind } from '../../../src/prompts/index.ts';
import { temporaryFolder } from '../../helpers/run-search.ts';

const REAL = path.resolve(import.meta.dirname, '../../fixtures/inputs/wildcards');

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
const write = (name: string, content: string | Uint8Array): void =>
  writeFileSync(path.join(folder, name), content);

async function drawn(prompt: string, from = folder, kind: TemplateKind = 'combinatorial', count = 50) {
  const wildcards = await openWildcards(from);
  const request = { prompt, negativePrompt: '', kind, count, seed: 1, wildcards, place: 'Payload p' };
  const prompts = (await drawPrompts(request)).map((pair) => pair.prompt);
  return { prompts, warnings: wildcards.takeWarnings(), again: wildcards.takeWarnings() };
}

describe('encodings', () => {
  it('UTF-16 as Notepad writes it is decoded', async () => {
    expect((await drawn('__utf16__', REAL)).prompts).toEqual(['cat', 'dog']);
  });

  const text = 'rot\ngrün\n漢\n';
  const le = Buffer.from(text, 'utf16le');
  it.each([
    ['UTF-16 LE without a mark', le],
    ['UTF-16 BE', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['CR LF', Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['CR alone', Buffer.from(text.replaceAll('\n', '\r'))],
  ])('%s', async (_, bytes) => {
    write('c.txt', bytes);
    expect((await drawn('__c__')).prompts).toEqual(['grün', 'rot', '漢']);
    const lines = new TextDecoder(
      bytes[0] === 0xfe ? 'utf-16be' : bytes[1] === 0 || bytes[0] === 0xff ? 'utf-16le' : 'utf-8',
    );
    const yaml = lines.decode(bytes).replaceAll(/(?<=^|[\n\r])(?=[^\r\n])/g, '- ');
    write('y.yaml', bytes === le ? Buffer.from(yaml, 'utf16le') : Buffer.from(yaml));
    expect((await drawn('__y__')).prompts).toEqual(['grün', 'rot', '漢']);
  });

  it.each([
    ['Windows-1252', Buffer.from('red\ncaf\xe9 noir\n', 'latin1'), /line 2 is not UTF-8; .*Windows-1252/],
    ['Shift-JIS', Buffer.from([0x61, 10, 0x82, 0xa0, 0x82, 0xa2, 0x82, 0xa4]), /line 2 .*Shift-JIS/],
    ['zero bytes', Buffer.from('red\nb\0lue and more\n'), /zero byte in line 2/],
  ])('%s is refused with its line, never garbled', async (_, bytes, message) => {
    write('c.txt', bytes);
    await expect(drawn('__c__')).rejects.toThrow(message);
  });
});

it('a second document of a YAML file is not lost without a word', async () => {
  write('two.yaml', 'a:\n  - x\n---\nb:\n  - y\n');
  await expect(drawn('__a__')).rejects.toThrow(
    /Wildcard file two\.yaml cannot be read: it contains several documents/,
  );
  write('one.yaml', '---\nc:\n  - z\n...\n');
  expect((await drawn('__c__')).prompts).toEqual(['z']);
});

it('names in capital letters are files too', async () => {
  write('Upper.TXT', 'a\n');
  write('Lists.JSON', '{"l": ["b"]}');
  expect((await drawn('__Upper__ __l__')).prompts).toEqual(['a b']);
});

describe('entries that YAML and JSON take for something else than text', () => {
  it('are drawn as they stand in the file', async () => {
    const { prompts, warnings } = await drawn('__num__', REAL);
    expect(prompts).toEqual(['12:30', '1girl', '2', '3.5', 'no', 'null', 'true', 'yes']);
    expect(warnings).toEqual([]);
  });

  it('with every letter: 1.50, 012, dates, tags, names of lists', async () => {
    write('y.yaml', 'l: [1.50, 012, 0x1F, 1_000, 2001-01-01, ~, !!int 7, "8", .inf]\n2020: [a]\nno: b\n');
    expect((await drawn('__l__')).prompts).toEqual(
      ['1.50', '012', '0x1F', '1_000', '2001-01-01', '~', '7', '8', '.inf'].toSorted(),
    );
    expect((await drawn('__2020__ __no__')).prompts).toEqual(['a b']);
    write('j.json', '{"j": [1.50, 2e3, true, -0.0, {"text": "w", "weight": 2}], "__proto__": ["p"]}');
    expect((await drawn('__j__')).prompts).toEqual(['-0.0', '1.50', '2e3', 'true', 'w', 'w']);
  });

  it('merge keys bring the lists of the other object', async () => {
    write('m.yaml', 'base: &b {x: [1, 2]}\nmore:\n  <<: *b\n  y: [3]\n');
    expect((await drawn('__more/*__')).prompts).toEqual(['1', '2', '3']);
  });

  it('an option with a weight below 1 is one of the combinations', async () => {
    expect((await drawn('__view/angle__', REAL)).prompts).toContain('plain');
    expect((await drawn('__view/angle__', REAL, 'cyclical', 6)).prompts).toContain('plain');
    write('z.yaml', 'l: [0::never, 0.2::seldom, 2::often]\n');
    expect((await drawn('__l__')).prompts).toEqual(['often', 'often', 'seldom']);
  });
});

describe('what is left out', () => {
  it('is said once for each file that is used', async () => {
    write('a.json', '{"l": ["x", null, ["y"], {"weight": 2}, ""], "l2": ["z"], "l": ["w", null]}');
    write('b.yaml', 'k:\n  - v\n  -\n');
    const { prompts, warnings, again } = await drawn('__l__ __k__');
    expect(prompts).toEqual(['w v']);
    expect(warnings).toEqual([
      'Wildcard file a.json: some entries are skipped (the first of two lists with the name "l"; entry 2 of "l", which is null).',
      'Wildcard file b.yaml: some entries are skipped (entry 2 of "k", which is empty).',
    ]);
    expect(again).toEqual([]);
    expect((await drawn('__l2__')).warnings).toHaveLength(1);
    expect((await drawn('nothing')).warnings).toEqual([]);
  });

  it('also a whole file that cannot be read, when a prompt uses wildcards', async () => {
    write('bad.yaml', 'a: [b\n');
    write('good.txt', 'x\n');
    expect((await drawn('__good__')).warnings).toEqual([
      expect.stringMatching(/^Wildcard file bad\.yaml cannot be read/),
    ]);
  });
});

describe('3::option in a text file', () => {
  it.each(['random', 'combinatorial', 'cyclical'] as const)('is drawn as it stands: %s', async (kind) => {
    const { prompts, warnings } = await drawn('__colour__', REAL, kind, 60);
    expect(new Set(prompts)).toContain('3::heavy');
    expect(new Set(prompts)).not.toContain('heavy');
    expect(warnings).toEqual([
      'Wildcard file colour.txt: "3::heavy" is used literally, because text files have no weights; use weights in JSON and YAML lists, or {3::a|b}.',
    ]);
  });
});
