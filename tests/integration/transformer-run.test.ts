/** Searches of a transformer's blocks, from the plan to everything that reads what they have left. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../../src/architectures/registry.ts';
import { findWeights } from '../../src/cli/commands/files/merge-weights.ts';
import { describePlan } from '../../src/cli/commands/runs/describe-plan.ts';
import { parseSearchConfig } from '../../src/config/load.ts';
import { readHistoryCsv } from '../../src/formats/history-csv.ts';
import { readJournal, trialsOf } from '../../src/journal/read.ts';
import { planSearch } from '../../src/run/plan-search.ts';
import { writeRecovered } from '../../src/run/recovered.ts';
import { recoverLog } from '../../src/recover/index.ts';
import type { FinishedTrial } from '../../src/types.ts';
import { fitWeights } from '../../src/weights/fit.ts';
import { readWeights } from '../../src/weights/read.ts';
import { resumeTiny, searchTiny, temporaryFolder, type SearchResult } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

/** 4 + 5 numbered blocks, 7 parts, one of them unknown to the family. */
const SMALL = 'flux1:double_blocks=4,single_blocks=5,+odd_part';
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
}

const TIED = { guidance_in: 'img_in' };
const renderers = (): TinyRenderer[] => [
  new TinyRenderer({ architecture: SMALL, tied: TIED, fixed: { vector_in: 0 } }),
];

describe('a search of a transformer', () => {
  let run: SearchResult;
  let finished: readonly FinishedTrial[] = [];
  beforeAll(async () => {
    const config = { architecture: SMALL, iterations: 12, optimizer: 'bayesian', baselines: true, prove: 4 };
    run = await searchTiny({ folder: newFolder(), renderers: renderers(), config });
    ({ finished } = trialsOf((await readJournal(run.journal)).records));
  });
  const file = (kind: string): string => run.summary.files[kind] ?? '';

  it('has a weight for every block, followers and fixed ones too', () => {
    expect(finished).toHaveLength(12 + 3);
    for (const { weights } of finished) {
      expect(Object.keys(weights)).toEqual(blocksOf(SMALL));
      expect(weights['guidance_in']).toBe(weights['img_in']);
      expect(weights['vector_in']).toBe(0);
    }
  });

  it('leaves a CSV with a named column for each block, which is read again', async () => {
    const text = readFileSync(file('csv'), 'utf8');
    expect(text.split('\n')[0]).toBe(`${blocksOf(SMALL).join(',')},score,eval_times,iter_times`);
    const rows = await readHistoryCsv(text);
    expect(rows.map(({ weights }) => weights)).toEqual(finished.map(({ weights }) => weights));
  });

  it('leaves a recipe by name, for merge, warm start and convert, and no row in the list of runs', async () => {
    const recommended = run.summary.recommended?.weights;
    expect(file('recipe')).toBe(path.join(run.folder, 'recipes', 'O.recipe.json'));
    expect(JSON.parse(readFileSync(file('recipe'), 'utf8'))).toEqual(recommended);
    for (const source of [{ weights: file('recipe') }, { recipe: file('recipe') }, { run: run.journal }]) {
      expect(fitWeights(await findWeights(source), SMALL).weights).toEqual(recommended);
    }
    for (const source of [file('recipe'), run.journal]) {
      expect(fitWeights(await readWeights(source, { folder: '.' }), SMALL).weights).toEqual(recommended);
    }
    expect(run.summary.unwritten).toEqual([]);
  });

  it('is begun from again: its recipe first, its history learned', async () => {
    const warmStart = [file('recipe'), 'double_blocks.*=0.4,odd_part=1'];
    const config = { architecture: SMALL, iterations: 2, warmStart, learn: [file('csv')], base: '0.3' };
    const again = await searchTiny({ folder: newFolder(), renderers: renderers(), config });
    const { records } = await readJournal(again.journal);
    const [first, second] = trialsOf(records).finished;
    expect(first?.weights).toEqual(run.summary.recommended?.weights);
    expect(second?.weights).toMatchObject({ 'double_blocks.3': 0.4, odd_part: 1, txt_in: 0.3 });
    expect(records.filter(({ kind }) => kind === 'prior')).toHaveLength(finished.length);
  });

  it('goes on after any line of its journal as if it had never stopped', async () => {
    const lines = run.journalText.split('\n').slice(0, -1);
    for (const count of [1, 9, 20]) {
      const journal = path.join(newFolder(), 'O-0-2026-01-01-00-00-00.journal.jsonl');
      writeFileSync(journal, `${lines.slice(0, count).join('\n')}\n`);
      const resumed = await resumeTiny(journal, { renderers: renderers() });
      const trials = trialsOf((await readJournal(resumed.journal)).records).finished;
      expect(trials.map(({ weights, state }) => ({ weights, state }))).toEqual(
        finished.map(({ weights, state }) => ({ weights, state })),
      );
      expect(readFileSync(resumed.summary.files['recipe'] ?? '', 'utf8')).toBe(
        readFileSync(file('recipe'), 'utf8'),
      );
    }
  });

  it('is recovered from its journal as a log', () => {
    const folder = newFolder();
    const text = run.journalText;
    const written = writeRecovered({ text, recovered: recoverLog(text, {}), source: 'O.log', folder });
    const recipe = JSON.parse(readFileSync(written['recipe'] ?? '', 'utf8'));
    expect(Object.keys(recipe)).toEqual(blocksOf(SMALL));
    expect(readFileSync(written['csv'] ?? '', 'utf8')).toMatch(/^double_blocks\.0,double_blocks\.1,/);
  });

  it('is reported with a column of blocks and the weights by name', () => {
    const html = readFileSync(file('report'), 'utf8');
    expect(html).toContain('Merge it anywhere');
    expect(html).toMatch(/--weights double_blocks\.0=/);
    expect(html).not.toContain('27 numbers');
    expect(html).toContain('odd_part');
  });
});

describe('the plan of a search of many blocks', () => {
  const plan = async (
    given: Readonly<Record<string, unknown>>,
  ): Promise<{ text: string; sentences: string[] }> => {
    const folder = newFolder();
    mkdirSync(path.join(folder, 'payloads'));
    const payload = path.join(folder, 'payloads', 'x.json');
    writeFileSync(payload, JSON.stringify({ prompt: 'x', seed: 1, width: 64, height: 64 }));
    const raw = { payload: [payload], modelA: 'A', modelB: 'B', output: 'O', folder, architecture: 'flux1' };
    const sentences: string[] = [];
    const made = await planSearch(parseSearchConfig({ ...raw, ...given }), {
      onWarning: (sentence) => void sentences.push(sentence),
    });
    return { text: describePlan(made), sentences };
  };

  it('says that fewer weights may do, once', async () => {
    const { sentences } = await plan({});
    expect(sentences).toEqual([
      '63 weights are searched, one per block. If neighbouring blocks need similar weights, searching fewer is faster: --curve 4 searches 14, --test-grouping lets neighbours share one.',
    ]);
  });

  it.each([
    { curve: ['4'] },
    { testGrouping: 4 },
    { group: ['single_blocks.*'] },
    { block: { '*_blocks.*': 0 } },
  ])('says nothing of it with %j', async (given) => {
    expect((await plan(given)).sentences).toEqual([]);
  });

  it('tells neighbours with equal rules by the first and the last of them', async () => {
    const { text } = await plan({
      block: { 'single_blocks.*': { low: 0.2, high: 0.8 }, 'double_blocks.*': 0, 'double_blocks.7': 0.5 },
      group: ['img_in,txt_in'],
    });
    expect(text).toContain('single_blocks.0 to single_blocks.37 from 0.2 to 0.8');
    expect(text).toContain(
      'double_blocks.0 to double_blocks.6, double_blocks.8 to double_blocks.18 fixed at 0',
    );
    expect(text).toContain('double_blocks.7 fixed at 0.5');
    expect(text).toContain('img_in and txt_in move together');
    const { text: grouped } = await plan({
      block: { 'single_blocks.*': { low: 0.2, high: 0.8 } },
      testGrouping: 4,
    });
    expect(grouped).toContain('             single_blocks.0 to single_blocks.37 from 0.2 to 0.8');
    expect(text).toMatch(/^Time +unknown: models of this family/m);
  });
});
