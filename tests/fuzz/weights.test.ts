/** Whatever stands in place of weights, the reader gives weights or says in a sentence why not. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExpected } from '../../src/shared/errors.ts';
import { isBlockName } from '../../src/architectures/registry.ts';
import { isParameterName } from '../../src/space/parameters.ts';
import { parsePresets } from '../../src/space/presets.ts';
import type { FoundWeights } from '../../src/weights/weights-source.ts';
import { readWeights } from '../../src/weights/read.ts';
import { fuzz, FUZZ_TIMEOUT } from './runs.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures');
const text = (name: string): string => readFileSync(path.join(FIXTURES, name), 'utf8');
const LIST = Array.from({ length: 25 }, (_, i) => i / 10).join(',');
const folder = temporaryFolder('fuzz-weights');

const SEEDS: Readonly<Record<string, readonly string[]>> = {
  'x.recipe.txt': [
    text('astolfomix/recipes/10b-AstolfoMix-_17a_18a.recipe.txt').slice(0, 2000),
    `0.5\n\n${LIST}\n\n`,
    `[${LIST},0,0]`,
  ],
  'x.csv': [text('astolfomix/histories/10b-AstolfoMix-_17a_18a-0-2023-11-17-04-13PM-01.csv').slice(0, 3000)],
  'x.tsv': [`preset_name\tpreset_weights\nA\t${LIST}\nB\t${LIST}\n`],
  'x.json': [
    JSON.stringify({ name: 'O', models: { a: 'a' }, weights: { IN00: 0.5, TIME_EMBED: 1 } }),
    JSON.stringify({ modelA: 'a', modelB: 'b', mbwrt_weights: `${LIST},1,0` }),
    JSON.stringify({ sd_mbwrt_recipe: JSON.stringify({ modelA: '', modelB: '', mbwrt_weights: LIST }) }),
  ],
  'x.journal.jsonl': [text('journals/v0.1.0.journal.jsonl').slice(0, 6000)],
};
const SPLINTERS = [
  '"',
  '[',
  ']',
  '{',
  '}',
  ',',
  '\n',
  '\r',
  '\t',
  '\0',
  '#',
  ':',
  '=',
  '1e999',
  'NaN',
  '-',
  '.',
];
const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  'IN00',
  'preset:',
  'recipe:',
  'legacy:',
  'mbw:',
  '../',
  '😀',
];

const splinter = fc.constantFrom(...SPLINTERS, ...WORDS);
const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(40), insert: splinter });
const mutated = (seeds: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 6 })).map(([seed, edits]) =>
    edits.reduce((now, { at, cut, insert }) => {
      const from = Math.floor(at * now.length);
      return now.slice(0, from) + insert + now.slice(from + cut);
    }, seed),
  );
const anything = fc.oneof(
  fc.string({ maxLength: 200, unit: 'binary' }),
  fc.array(splinter, { maxLength: 60 }).map((parts) => parts.join('')),
);

/** What is wrong with the outcome; nothing should be. An error that is not expected is thrown on. */
async function faultsOf(source: string): Promise<string[]> {
  const faults: string[] = [];
  let found: FoundWeights | undefined;
  try {
    found = await readWeights(source, { folder });
  } catch (error) {
    if (!isExpected(error)) throw error;
    if (error.message.length < 20) faults.push(error.message);
  }
  for (const [block, weight] of Object.entries(found?.weights ?? {})) {
    if ((!isBlockName(block) && !isParameterName(block)) || !Number.isFinite(weight))
      faults.push(`${block} = ${weight}`);
  }
  return [...faults, ...Object.keys(Object.prototype)];
}

describe('readWeights', () => {
  it.each(Object.keys(SEEDS))('of a file %s', { timeout: FUZZ_TIMEOUT }, async (name) => {
    const file = path.join(folder, name);
    const content = fc.oneof({ weight: 4, arbitrary: mutated(SEEDS[name] ?? []) }, anything);
    await fc.assert(
      fc.asyncProperty(content, fc.constantFrom('', '#1', '#A', '#999', '#0', '#'), async (written, part) => {
        writeFileSync(file, written);
        expect(await faultsOf(file + part)).toEqual([]);
      }),
      fuzz(150),
    );
  });

  it('of a source on the command line', { timeout: FUZZ_TIMEOUT }, async () => {
    const source = fc.oneof(
      mutated([LIST, `${LIST},0,1`, `mbw:0.5,${LIST}`, 'preset:GRAD_V', 'O#3']),
      anything,
    );
    await fc.assert(
      fc.asyncProperty(source, async (given) => {
        expect(await faultsOf(given)).toEqual([]);
      }),
      fuzz(300),
    );
  });

  it('takes time in proportion to the text', async () => {
    const file = path.join(folder, 'long.txt');
    for (const part of ['0,', '[', '-', '1.', ' ', '\r', '#', '0.5,\n']) {
      writeFileSync(file, part.repeat(200_000));
      expect(await faultsOf(file)).toEqual([]);
      expect(await faultsOf(part.repeat(20_000))).toEqual([]);
    }
  });
});

/** Of 25, 26, 19, 20 or 21, 17 and 12 numbers: without BASE and VAE, with the blocks that follow others. */
const BLOCKS_OF_LISTS = new Set([25, 27, 19, 20, 16, 11]);

it('parsePresets', { timeout: FUZZ_TIMEOUT }, () => {
  const outcomeOf = (content: string): string => {
    try {
      const counts = parsePresets(content, 'x.tsv').map(({ weights }) => Object.keys(weights).length);
      return counts.every((count) => BLOCKS_OF_LISTS.has(count)) ? 'fine' : `${counts.join()} weights`;
    } catch (error) {
      if (!isExpected(error)) throw error;
      return error.message;
    }
  };
  fc.assert(
    fc.property(fc.oneof(mutated(SEEDS['x.tsv'] ?? []), anything), (content) => {
      expect(outcomeOf(content)).toMatch(/^fine$|^Line \d+ of x\.tsv /);
    }),
    fuzz(300),
  );
});
