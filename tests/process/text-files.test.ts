/** Every text file that a person gives, in the encodings of their editors: the same as in UTF-8, or one sentence. */
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runInProcess } from '../helpers/fake-process.ts';
import { makeWorkFolder, TINY_PAYLOAD, type WorkFolder } from '../helpers/work-folder.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures');
const LIST25 = Array.from({ length: 25 }, (_, i) => i / 100).join(',');
const LIST27 = Array.from({ length: 27 }, (_, i) => i / 100).join(',');
const CSV = readFileSync(
  path.join(FIXTURES, 'astolfomix/histories/10b-AstolfoMix-_17a_18a-0-2023-11-17-04-13PM-01.csv'),
  'utf8',
);
const RECIPE = `modelA=Ä.safetensors\nmodelB=B.safetensors\nmodelO=O\n${LIST27}\n`;
const DRY = ['search', '--dry-run', '--model-a', 'A', '--model-b', 'B', '--output', 'O', '--json'];
const CONFIG = JSON.stringify({ modelA: 'Ä', modelB: 'B', output: 'O', payload: ['hills.json'] });
const BASIC = ['--payload', '%/hills.json'];

interface Kind {
  readonly name: string;
  readonly text: string;
  readonly args: readonly string[];
}

/** `%` is the folder. */
const KINDS: readonly (readonly [string, Kind])[] = [
  [
    'a payload',
    {
      name: 'p.json',
      text: JSON.stringify({ ...TINY_PAYLOAD, prompt: 'Ä' }),
      args: ['payload', 'show', '%/p.json', '--json'],
    },
  ],
  [
    'wildcards',
    {
      name: 'w/k.yaml',
      text: 'k: [Ä]\n',
      args: ['payload', 'show', '%/t.json', '--wildcards', '%/w', '--json'],
    },
  ],
  [
    'a configuration',
    { name: 'c.json', text: CONFIG, args: ['search', '--dry-run', '--json', '--config', '%/c.json'] },
  ],
  [
    'a file of merges',
    {
      name: 'm.txt',
      text: '# Ä\nA + B = O\nO + C = P\n',
      args: ['search', '--dry-run', ...BASIC, '--merge', '%/m.txt', '--save-best', 'webui'],
    },
  ],
  ['a history', { name: 'h.csv', text: CSV, args: ['convert', '%/h.csv', '--to', 'json'] }],
  ['a history that is plotted', { name: 'h.csv', text: CSV, args: ['plot', '%/h.csv', '--json'] }],
  ['a recipe', { name: 'r.recipe.txt', text: RECIPE, args: ['convert', '%/r.recipe.txt', '--to', 'recipe'] }],
  [
    'presets',
    {
      name: 'p.tsv',
      text: `preset_name\tx\nÄ\t${LIST25}\n`,
      args: ['convert', 'preset:Ä', '--presets', '%/p.tsv', '--to', 'list'],
    },
  ],
  ['a list', { name: 'l.txt', text: `${LIST27}\n`, args: ['convert', '%/l.txt', '--to', 'list'] }],
  [
    'weights by name',
    {
      name: 'j.json',
      text: JSON.stringify({ name: 'Ä', weights: { IN00: 1 } }),
      args: ['convert', '%/j.json', '--to', 'json'],
    },
  ],
  [
    'a landscape',
    {
      name: 'l.json',
      text: readFileSync(path.join(FIXTURES, 'landscapes/02b.json'), 'utf8'),
      args: ['simulate-search', '--landscape', '%/l.json', '--iterations', '2', '--json'],
    },
  ],
  ['a log', { name: 'x.log', text: RECIPE, args: ['recover', '--log', '%/x.log', '--print-only', '--json'] }],
];

const MARK = '\uFEFF';
const ENCODINGS: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['UTF-8 with a mark', (text) => Buffer.from(`${MARK}${text}`)],
  ['UTF-16 LE', (text) => Buffer.from(`${MARK}${text}`, 'utf16le')],
  ['UTF-16 LE without a mark', (text) => Buffer.from(text, 'utf16le')],
  ['UTF-16 BE', (text) => Buffer.from(`${MARK}${text}`, 'utf16le').swap16()],
  ['CR LF', (text) => Buffer.from(text.replaceAll(/\r*\n/g, '\r\n'))],
  ['CR alone', (text) => Buffer.from(text.replaceAll(/\r*\n/g, '\r'))],
];

let folder: WorkFolder;
beforeEach(() => {
  folder = makeWorkFolder();
  cpSync(path.join(FIXTURES, 'inputs/wildcards'), path.join(folder.path, 'w'), { recursive: true });
  folder.write('t.json', { ...TINY_PAYLOAD, prompt: '__k__', wildcard_type: 'combinatorial', n_iter: 1 });
});
const cli = (args: readonly string[]) => runInProcess(args.map((arg) => arg.replace('%', folder.path)));

describe.each(KINDS)('%s', (_, { name, text, args }) => {
  it('is read the same in every encoding and with every line end', async () => {
    writeFileSync(path.join(folder.path, name), text);
    const plain = await cli(args);
    expect(plain).toMatchObject({ code: 0 });
    for (const [encoding, encode] of ENCODINGS) {
      writeFileSync(path.join(folder.path, name), encode(text));
      expect({ encoding, ...(await cli(args)) }).toEqual({ encoding, ...plain });
    }
  });
});

describe.each(KINDS.filter(([kind]) => kind !== 'a log'))('%s', (_, { name, text, args }) => {
  it('is refused in another code page, with its line', async () => {
    const bytes = Buffer.concat([Buffer.from('Gr\xfc\xdfe\n', 'latin1'), Buffer.from(text)]);
    writeFileSync(path.join(folder.path, name), bytes);
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^autombw: [^\n]*line 1 is not UTF-8; save it as UTF-8[^\n]*\n$/);
  });

  it('is refused when it is far too large, without reading it', async () => {
    writeFileSync(path.join(folder.path, name), '');
    truncateSync(path.join(folder.path, name), 3e9);
    const { code, stderr } = await cli(args);
    expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 2, lines: 2 });
    expect(stderr).toContain('it has 3000 MB; the limit for such files is');
  });
});

it('a history of one endless line is refused as such', async () => {
  folder.write('h.csv', '0,'.repeat(1_000_000));
  expect((await cli(['plot', '%/h.csv'])).stderr).toMatch(/line 1 of the history has 2000000 characters/);
});

it('the journal of a crash is read up to its last whole line', async () => {
  const journal = readFileSync(path.join(FIXTURES, 'journals/v0.1.0.journal.jsonl'));
  const file = path.join(folder.path, 'r.journal.jsonl');
  for (const tail of [Buffer.alloc(4096), Buffer.from('{"kind":"asked","x":"\xc3', 'latin1')]) {
    writeFileSync(file, Buffer.concat([journal, tail]));
    expect(await cli(['convert', '%/r.journal.jsonl#2', '--to', 'list'])).toMatchObject({ code: 0 });
  }
  writeFileSync(file, Buffer.from(journal.toString('utf8'), 'utf16le'));
  const { code, stderr } = await cli(['convert', '%/r.journal.jsonl#2', '--to', 'list']);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('save it as UTF-8') });
});

it('a search says what of its payloads and wildcards is odd', async () => {
  folder.write('hills.json', { ...TINY_PAYLOAD, prompt: '{red|blue} hills' });
  const { code, stderr } = await cli([...DRY, ...BASIC]);
  expect(code).toBe(0);
  expect(stderr).toContain('"prompt" is sent literally, with {red|blue}');
  folder.write('hills.json', { ...TINY_PAYLOAD, prompt: '__colour__', wildcard_type: 'random' });
  const drawn = await cli([...DRY, ...BASIC, '--wildcards', '%/w']);
  expect(drawn.stderr.match(/"3::heavy" is used literally/g)).toHaveLength(1);
});
