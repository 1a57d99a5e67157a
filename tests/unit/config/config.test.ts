import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSearchConfig, parseSearchConfig, webuiUrl } from '../../../src/config/load.ts';
import { RESUME_KEYS } from '../../../src/config/resume-keys.ts';
import { searchConfigSchema, searchJsonSchema } from '../../../src/config/schema.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const minimal = { payload: ['x.json'], modelA: 'A', modelB: 'B', output: 'O' };

describe('search configuration', () => {
  it('fills in the defaults of the field', () => {
    expect(parseSearchConfig(minimal)).toMatchObject({
      iterations: 270,
      minutes: 10_000,
      earlyStop: true,
      patience: 27,
      tolAbs: 0,
      tolRel: 0,
      intervals: 10,
      low: 0,
      high: 1,
      tally: 'arithmetic-mean',
      scorer: ['quality'],
      optimizer: 'bayesian',
    });
  });

  it('is frozen through and through', () => {
    const config = parseSearchConfig(minimal);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.payload)).toBe(true);
  });

  it.each([
    [{ ...minimal, iterations: 'abc' }, /--iterations must be a number; got "abc"/],
    [{ ...minimal, iterations: Number.NaN }, /--iterations must be a/],
    [{ ...minimal, iterations: 1.5 }, /--iterations must be a whole number; got 1.5/],
    [{ ...minimal, port: 99_999 }, /--port must be at most 65535; got 99999/],
    [{ ...minimal, iteratoins: 5 }, /Unknown key --iteratoins. Did you mean "iterations"\?/],
    [{ ...minimal, low: 0.8, high: 0.2 }, /--low 0.8 must be below --high 0.2/],
    [{ ...minimal, webui: 'http://x:1', port: 2 }, /not both/],
    [{ ...minimal, webui: 'ftp://x' }, /--webui must be an address such as/],
    [{ ...minimal, output: 'a/b' }, /--output must be a plain name/],
    [{ ...minimal, webuiAuth: 'nocolon' }, /--webui-auth must be user:password/],
    [{ ...minimal, block: { IN77: 0 } }, /IN77/],
    [
      { ...minimal, block: { IN0: 0 } },
      /^There is no block "IN0" \(--block\)\. Did you mean "IN00"\? Stable Diffusion has IN00 to IN11/,
    ],
    [{ ...minimal, architecture: 'sdxl', block: { LABELEMB: 0 } }, /Did you mean "LABEL_EMB"\?/],
    [{ ...minimal, payload: [] }, /--payload must not be empty/],
  ])('refuses %j', (raw, message) => {
    expect(() => parseSearchConfig(raw)).toThrow(message);
  });

  it('an option with two names is called by both: either may have been typed', () => {
    expect(() => parseSearchConfig({ ...minimal, minutes: 0 })).toThrow(
      '--minutes (or --budget-minutes) must be above 0; got 0.',
    );
  });

  it('names all faults together', () => {
    expect(() => parseSearchConfig({})).toThrow(
      /--payload is missing.\n--model-a is missing.\n--model-b is missing.\n--output is missing./,
    );
  });

  it('finds the server', () => {
    expect(webuiUrl(parseSearchConfig(minimal))).toBe('http://127.0.0.1:7860');
    expect(webuiUrl(parseSearchConfig({ ...minimal, port: 7861 }))).toBe('http://127.0.0.1:7861');
    expect(webuiUrl(parseSearchConfig({ ...minimal, webui: 'https://far:1' }))).toBe('https://far:1');
  });
});

describe('config file', () => {
  let folder = '';
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  beforeAll(() => {
    folder = temporaryFolder('config');
  });

  it('flags beat the file, and a named server replaces the file’s', async () => {
    const file = write('a.json', JSON.stringify({ ...minimal, iterations: 5, port: 1000, $schema: 'x' }));
    const config = await loadSearchConfig({ iterations: 7, webui: 'http://there:1' }, file);
    expect(config.iterations).toBe(7);
    expect(config.port).toBeUndefined();
    expect(webuiUrl(config)).toBe('http://there:1');
  });

  it('looks for payloads beside the file', async () => {
    const config = await loadSearchConfig({}, write('b.json', JSON.stringify(minimal)));
    expect(config.payload).toEqual([path.join(folder, 'x.json')]);
  });

  it.each([
    ['c.json', '{', /is not valid JSON/],
    ['d.json', '[1]', /must hold one JSON object/],
    ['e.json', '{"payload":["x"],"modelA":"A","modelB":"B","output":"O","seeed":1}', /Did you mean "seed"/],
  ])('refuses %s', async (name, text, message) => {
    await expect(loadSearchConfig({}, write(name, text))).rejects.toThrow(message);
  });

  it('says when the file is not there', async () => {
    await expect(loadSearchConfig({}, path.join(folder, 'nope.json'))).rejects.toThrow(/cannot be read/);
  });
});

describe('published JSON Schema', () => {
  it('is up to date (npm run build && npm run schema)', () => {
    const file = path.resolve(import.meta.dirname, '../../../src/config/search.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(searchJsonSchema());
  });

  it('describes every option', () => {
    const text = JSON.stringify(searchJsonSchema());
    for (const key of Object.keys(searchConfigSchema.shape)) expect(text).toContain(`"${key}"`);
    const properties = Object.entries(searchConfigSchema.shape).filter(([key]) => key !== '$schema');
    expect(properties.filter(([, option]) => !option.description).map(([key]) => key)).toEqual([]);
  });

  it('resume takes options that exist', () => {
    for (const key of RESUME_KEYS) expect(Object.keys(searchConfigSchema.shape)).toContain(key);
  });
});
