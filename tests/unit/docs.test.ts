import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { format } from 'prettier';
import { optionsDocument } from '../../scripts/options-document.mjs';
import { mergeMethodNames } from '../../src/checkpoints/methods/registry.ts';
import { methodsOfWay } from '../../src/checkpoints/methods/ways.ts';
import { chainConfigSchema, searchJsonSchema } from '../../src/config/schema.ts';
import { ERROR_CODES } from '../../src/shared/error-codes.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const TABLE = path.join('shared', 'error-codes.ts');
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file !== TABLE)
  .map((file) => read(path.join('src', file)));
const codes: readonly string[] = Object.values(ERROR_CODES).flat();

describe('the table of error codes', () => {
  it('has every code once', () => {
    expect(codes.length).toBeGreaterThan(190);
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
    expect(codes.filter((code) => !/^[a-z]+(?:-[a-z]+)*$/.test(code))).toEqual([]);
  });

  it('has none that nothing gives', () => {
    // Neither compared with nor the key of a table.
    const given = new Set(
      sources.flatMap((text) =>
        [...text.matchAll(/(?<![!=]== )'([a-z-]+)'(?!:)/g)].map(([, code = '']) => code),
      ),
    );
    const unused = codes.filter((code) => !given.has(code));
    // Given to a trial whose score is taken back, by its constant.
    expect(unused).toEqual(['merge-doubtful']);
  });
});

describe('docs/errors.md', () => {
  it('names every error code in the first column of its tables, and nothing else', () => {
    const named = [...read('docs/errors.md').matchAll(/^\| (`[^|]*`) +\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
    );
    expect(codes.filter((code) => !named.includes(code))).toEqual([]);
    expect(named.filter((code) => !codes.includes(code))).toEqual([]);
  });
});

describe('docs/options.md', () => {
  it('is that of the schema (npm run schema writes it)', async () => {
    const written = await format(optionsDocument(searchJsonSchema()), { parser: 'markdown' });
    expect(written).toBe(read('docs/options.md'));
    const flags = Object.keys(chainConfigSchema.shape)
      .filter((key) => key !== '$schema')
      .map((key) => `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    const negated = (flag: string): string => flag.replace('--', '--no-');
    expect(flags.filter((flag) => !written.includes(flag) && !written.includes(negated(flag)))).toEqual([]);
  });
});

describe('docs/README.md', () => {
  it('links every page', () => {
    const index = read('docs/README.md');
    const pages = readdirSync(path.join(root, 'docs')).filter((file) => file.endsWith('.md'));
    expect(pages.filter((file) => file !== 'README.md' && !index.includes(`(${file})`))).toEqual([]);
  });
});

describe('README.md', () => {
  it('is short', () => {
    expect(read('README.md').split('\n').length).toBeLessThan(150);
  });

  it('says of every way of merging which methods it knows', () => {
    const rows = [
      ...read('docs/ways-of-merging.md').matchAll(
        /^\| `([a-z-]+)` +\| (?:AUTO|Comfy|all of).*\| ([^|]+?) +\|$/gm,
      ),
    ];
    const said = Object.fromEntries(rows.map(([, way = '', methods = '']) => [way, methods]));
    expect(Object.keys(said)).toHaveLength(6);
    for (const [way, methods] of Object.entries(said)) {
      const known = methodsOfWay(way);
      const all = known.length === mergeMethodNames().length;
      const text = all ? 'all' : known.map((name) => `\`${name}\``).join(', ');
      expect([way, methods]).toEqual([way, text === '' ? '–' : text]);
    }
  });
});
