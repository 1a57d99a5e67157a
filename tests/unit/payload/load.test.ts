import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findPayloadFiles } from '../../../src/payload/find-files.ts';
import { loadPayloads, namer, readPayloadFile } from '../../../src/payload/load.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let folder = '';
const at = (...parts: string[]): string => path.join(folder, ...parts);
const load = async (...patterns: string[]) => {
  const warnings: string[] = [];
  const loaded = await loadPayloads(patterns, { onWarning: (message) => warnings.push(message) });
  return {
    names: loaded.map(({ name }) => name),
    warnings: warnings.map((message) => message.replaceAll(folder, '%').replaceAll('\\', '/')),
  };
};
const failureOf = async (...patterns: string[]): Promise<string> =>
  loadPayloads(patterns).then(
    () => 'no error',
    (error: unknown) =>
      error instanceof Error ? error.message.replaceAll(folder, '%').replaceAll('\\', '/') : '',
  );

beforeEach(() => {
  folder = temporaryFolder('load');
  mkdirSync(at('deep'));
  mkdirSync(at('empty'));
  writeFileSync(at('b.toml'), 'prompt = "b"');
  writeFileSync(at('a.JSON'), '{"prompt":"a"}');
  writeFileSync(at('c.yml'), 'prompt: c');
  writeFileSync(at('notes.txt'), 'no payload');
  writeFileSync(at('deep', 'd.json'), '{"prompt":"d"}');
});

describe('what a pattern finds', () => {
  it('a folder: all payloads in it, sorted, without the folders below', async () => {
    expect(await load(folder)).toEqual({ names: ['a', 'b', 'c'], warnings: [] });
  });

  it('a glob, with either slash, and folders below with **', async () => {
    expect((await load(at('*.{toml,yml}'))).names).toEqual(['b', 'c']);
    expect((await load(`${folder}\\*.toml`.replaceAll('/', '\\'))).names).toEqual(['b']);
    expect((await load(at('**', '*.json'))).names).toEqual(['d']);
    expect((await load(at('*'))).names).toEqual(['a', 'b', 'c']);
  });

  it('files in the order given', async () => {
    expect((await load(at('c.yml'), at('a.JSON'))).names).toEqual(['c', 'a']);
  });

  it('a file whose name looks like a glob', async () => {
    writeFileSync(at('x[1].json'), '{"prompt":"x"}');
    expect((await load(at('x[1].json'))).names).toEqual(['x[1]']);
  });

  it('the same file once, under whatever name', async () => {
    symlinkSync(at('c.yml'), at('deep', 'same.yml'));
    expect(await load(at('c.yml'), folder, at('deep', 'same.yml'))).toEqual({
      names: ['c', 'a', 'b'],
      warnings: [
        'Payload %/c.yml is given twice; it is used once.',
        'Payload %/deep/same.yml is given twice; it is used once.',
      ],
    });
  });

  it('no configuration of a search that lies among them', async () => {
    writeFileSync(at('search.json'), '{"payload":["a.JSON"],"modelA":"A"}');
    expect(await load(folder)).toEqual({
      names: ['a', 'b', 'c'],
      warnings: ['%/search.json is a search config, not a payload; skipped.'],
    });
    expect(await failureOf(at('search.json'))).toMatch(/"prompt" is missing/);
  });

  it('says what lies there when it finds nothing', async () => {
    expect(await failureOf(at('d.toml'))).toBe(
      'Payload %/d.toml cannot be read (ENOENT: no such file or directory); % contains a.JSON, b.toml, c.yml, deep, empty. Did you mean "b.toml"? autombw init writes one.',
    );
    expect(await failureOf(at('*.mpk'))).toBe(
      'No payload matches %/*.mpk; % contains a.JSON, b.toml, c.yml, deep, empty. autombw init writes one.',
    );
    expect(await failureOf(at('empty'))).toMatch(
      /^The folder %\/empty does not contain any payloads \(\.json, .*\); %\/empty is empty\.$/,
    );
    expect(await failureOf(at('notes.txt'))).toMatch(/notes\.txt must end in \.json, .*, not in \.txt\.$/);
  });
});

describe('what lies there instead', () => {
  it.each([
    [10, ''],
    [11, ' and 1 more'],
  ])('is listed, of %s files ten', async (count, more) => {
    for (let n = 1; n <= count; n++) writeFileSync(at('empty', `${n}`.padStart(2, '0')), '');
    const names = Array.from({ length: 10 }, (_, n) => `${n + 1}`.padStart(2, '0')).join(', ');
    expect(await failureOf(at('empty'))).toContain(`; %/empty contains ${names}${more}.`);
  });

  it('is everything where no name is that of a payload', async () => {
    writeFileSync(at('empty', 'notes.txt'), '');
    expect(await failureOf(at('empty', 'p.json'))).toContain('; %/empty contains notes.txt.');
    writeFileSync(at('empty', 'p.yaml'), '');
    expect(await failureOf(at('empty', 'q.json'))).toContain('; %/empty contains p.yaml. autombw');
  });

  it('may be no folder, or a file, or the working folder', async () => {
    expect(await failureOf(at('none', 'p.json'))).toContain('there is no folder %/none.');
    expect(await failureOf(at('b.toml', 'p.json'))).toMatch(
      /^Payload .* cannot be read \(ENOTDIR.*; %\/b\.toml is empty\./,
    );
    expect(await failureOf('no-such-payload.json')).toMatch(/; this folder contains /);
  });

  it.each(['*', '?', '[a]', '{a,b}', '+(a)', '!(a)'])('is told of a glob by its folder: %s', async (glob) => {
    expect(await failureOf(at('deep', `x${glob}`, 'y.json'))).toBe(
      `No payload matches %/deep/x${glob}/y.json; %/deep contains d.json. autombw init writes one.`,
    );
  });
});

describe('a folder or a glob', () => {
  it('holds no folders, whatever their names', async () => {
    mkdirSync(at('odd.json'));
    expect((await load(folder)).names).toEqual(['a', 'b', 'c']);
    expect((await load(at('*'))).names).toEqual(['a', 'b', 'c']);
  });

  it('that is relative finds relative files, listed, and names given twice are no reason to fail', async () => {
    const fixtures = 'tests/fixtures/astolfomix/payloads';
    const found = await findPayloadFiles([`${fixtures}/*9img.json`, `${fixtures}/test-9img.json`]);
    expect(found).toEqual([{ file: `${fixtures}/test-9img.json`, isListed: true }]);
    expect(await findPayloadFiles([`${fixtures}/test-9img.json`])).toEqual([
      { file: `${fixtures}/test-9img.json`, isListed: false },
    ]);
  });

  it.skipIf(path.sep === '\\')('may have a backslash before what is no sign of a glob', async () => {
    writeFileSync(at('x[1].json'), '{"prompt":"x"}');
    writeFileSync(at('x1.json'), '{"prompt":"x"}');
    expect((await load(at(String.raw`x\[*\].json`))).names).toEqual(['x[1]']);
  });

  it('typed for Windows is tried as it stands, and then with the other slashes', async () => {
    expect((await load(`${at('**')}\\*.json`)).names).toEqual(['d']);
  });
});

describe('a file that lies among payloads', () => {
  it.each([
    ['a search of two models', { modelA: 'A', modelB: 'B' }, true],
    ['a search of payloads', { payload: [] }, true],
    ['a payload that has such keys', { prompt: 'a', payload: [], modelA: 'A', modelB: 'B' }, false],
  ])('is passed over only where it is a search config: %s', async (_, content, isPassedOver) => {
    writeFileSync(at('deep', 'e.json'), JSON.stringify(content));
    expect((await load(at('deep'))).names).toEqual(isPassedOver ? ['d'] : ['d', 'e']);
  });

  it.each([
    ['one model', '{"modelA":"A"}', /"prompt" is missing/],
    ['the other model', '{"modelB":"A"}', /"prompt" is missing/],
    ['null', 'null', /must hold one object with at least a "prompt"\.$/],
    ['a text', '"payload"', /must hold one object with at least a "prompt"\.$/],
  ])('is told where it is neither: %s', async (_, content, message) => {
    writeFileSync(at('deep', 'e.json'), content);
    expect(await failureOf(at('deep'))).toMatch(message);
  });

  it('may be the only one', async () => {
    writeFileSync(at('empty', 'search.json'), '{"payload":[]}');
    expect(await failureOf(at('empty'))).toBe('There is no payload in %/empty.');
    expect(await loadPayloads([])).toEqual([]);
  });

  it('gets a name of its own, also beside one that has such a name already', () => {
    const nameOf = namer();
    expect(['a.json', 'x/a-2.json', 'a.toml', 'a', 'b.c.yaml'].map((file) => nameOf(file))).toEqual([
      'a',
      'a-2',
      'a-3',
      'a-4',
      'b.c',
    ]);
  });

  it('that cannot be read says why', async () => {
    await expect(readPayloadFile(at('deep'))).rejects.toMatchObject({
      code: 'payload-invalid',
      message: expect.stringMatching(/cannot be read \(it is a folder/) as unknown,
      cause: expect.any(Error) as unknown,
    });
  });
});
