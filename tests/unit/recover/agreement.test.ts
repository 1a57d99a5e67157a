/** The real histories and recipes: the CSV's best row, the recovered best and the recipe must be one and the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readHistoryCsv } from '../../../src/formats/history-csv.ts';
import { parseRecipe } from '../../../src/formats/recipe.ts';
import { decodeLogBytes } from '../../../src/recover/decode.ts';
import { recoverLog } from '../../../src/recover/recover-log.ts';

const folder = new URL('../../fixtures/astolfomix/', import.meta.url);

interface Oddity {
  /** Rows of the CSV; the best row counts from 0. */
  readonly rows: number;
  readonly best: number;
  readonly log: boolean;
  readonly modelO?: string;
  readonly notes: readonly string[];
}

/**
 * All 15 pairs agree in weights and score. What is odd about single files:
 * 02b has no modelO line, full paths and 20 steps; 04b's modelO was typed as 03b; 06b keeps one test score whose
 * weights were cut away; 14b has a blank line above the weights; 202b and 206b have the best score on two rows (a
 * cached repeat); 210b has no log below the recipe, so that its score is known to the CSV only.
 */
const pairs: Readonly<Record<string, Oddity>> = {
  '02b-AstolfoMix-_01a_02a': { rows: 102, best: 76, log: true, notes: [] },
  '04b-AstolfoMix-_05a_06a': { rows: 87, best: 59, log: true, modelO: '03b-AstolfoMix-_05a_06a', notes: [] },
  '06b-AstolfoMix-_09a_10a': {
    rows: 61,
    best: 33,
    log: true,
    modelO: '06b-AstolfoMix-_09a_10a',
    notes: ['Line 8: the test score 0.539030575927934 has no weights above it; skipped.'],
  },
  '08b-AstolfoMix-_13a_14a': { rows: 64, best: 36, log: true, modelO: '08b-AstolfoMix-_13a_14a', notes: [] },
  '10b-AstolfoMix-_17a_18a': { rows: 28, best: 0, log: true, modelO: '10b-AstolfoMix-_17a_18a', notes: [] },
  '12b-AstolfoMix-02b03b': { rows: 103, best: 82, log: true, modelO: '12b-AstolfoMix-02b03b', notes: [] },
  '14b-AstolfoMix-06b07b': { rows: 67, best: 39, log: true, modelO: '14b-AstolfoMix-06b07b', notes: [] },
  '16b-AstolfoMix-10b11b': { rows: 100, best: 90, log: true, modelO: '16b-AstolfoMix-10b11b', notes: [] },
  '18b-AstolfoMix-15b16b': { rows: 41, best: 13, log: true, modelO: '18b-AstolfoMix-15b16b', notes: [] },
  '202b-AstolfoMix-_210a_220a': {
    rows: 86,
    best: 58,
    log: true,
    modelO: '202b-AstolfoMix-_210a_220a',
    notes: [],
  },
  '204b-AstolfoMix-_221a_222a': {
    rows: 102,
    best: 74,
    log: true,
    modelO: '204b-AstolfoMix-_221a_222a',
    notes: [],
  },
  '206b-AstolfoMix-201b_202b': {
    rows: 109,
    best: 81,
    log: true,
    modelO: '206b-AstolfoMix-201b_202b',
    notes: [],
  },
  '208b-AstolfoMix-205b_206b': {
    rows: 38,
    best: 10,
    log: true,
    modelO: '208b-AstolfoMix-205b_206b',
    notes: [],
  },
  '20b-AstolfoMix-18b19b': { rows: 110, best: 82, log: true, modelO: '20b-AstolfoMix-18b19b', notes: [] },
  '210b-AstolfoMix-211209b': { rows: 52, best: 24, log: false, modelO: '210b-AstolfoMix-211209b', notes: [] },
};

describe('the real histories and recipes', () => {
  it('are all in the table', () => {
    const names = readdirSync(new URL('histories', folder)).map((file) => file.split('-0-20')[0]);
    expect(new Set(names)).toEqual(new Set(Object.keys(pairs)));
  });

  it.each(Object.entries(pairs))('%s: history, log and recipe agree', async (name, expected) => {
    const file =
      readdirSync(new URL('histories', folder)).find((entry) => entry.startsWith(`${name}-0-`)) ?? '';
    const rows = await readHistoryCsv(readFileSync(new URL(`histories/${file}`, folder), 'utf8'));
    const scores = rows.map(({ score }) => score ?? Number.NEGATIVE_INFINITY);
    const best = rows[expected.best];
    expect(rows).toHaveLength(expected.rows);
    expect(scores.indexOf(Math.max(...scores))).toBe(expected.best);

    const bytes = readFileSync(new URL(`recipes/${name}.recipe.txt`, folder));
    const text = decodeLogBytes(bytes);
    expect(parseRecipe(text)?.weights).toEqual(best?.weights);
    const { runs, notes } = recoverLog(text);
    expect(notes).toEqual([]);
    expect(runs).toHaveLength(1);
    const run = runs[0];
    expect(run?.best).toEqual({
      weights: best?.weights,
      score: expected.log ? best?.score : null,
      source: 'recipe',
    });
    expect(run?.timings?.evaluation).toBe(expected.log ? best?.evalTimes : undefined);
    expect(run?.timings?.iteration).toBe(expected.log ? best?.iterTimes : undefined);
    expect(run?.modelO).toBe(expected.modelO);
    expect(run?.optimizer).toBe(expected.log ? 'Bayesian Optimization' : undefined);
    expect(run?.notes).toEqual(expected.notes);
    expect(run?.iterations).toEqual([]);
  });

  it.each(Object.keys(pairs).filter((name) => pairs[name]?.log))(
    '%s: the log alone gives the same best',
    (name) => {
      const text = readFileSync(new URL(`recipes/${name}.recipe.txt`, folder), 'utf8');
      const log = text.split('\n').filter((line) => !/^[\d.,]+$|^\w+=/.test(line));
      const [run] = recoverLog(log).runs;
      expect(run?.best).toMatchObject({ weights: parseRecipe(text)?.weights, source: 'end-block' });
    },
  );
});
