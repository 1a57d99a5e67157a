/** A search of SDXL that asks for LABEL_EMB, from the plan to what its result is read from. */
import { readFileSync, rmSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { blocksOf } from '../../src/architectures/registry.ts';
import { readHistoryCsv } from '../../src/formats/history-csv.ts';
import { parseRecipe } from '../../src/formats/recipe.ts';
import { readJournal, trialsOf } from '../../src/journal/read.ts';
import type { Notice } from '../../src/observers/observer.ts';
import { readRunWeights } from '../../src/weights/run.ts';
import { resumeTiny, searchTiny, temporaryFolder } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function setting(config: object, optional?: readonly string[]) {
  const folder = temporaryFolder();
  folders.push(folder);
  const notices: Notice[] = [];
  return {
    notices,
    folder,
    config: { architecture: 'sdxl', ...config },
    renderers: [new TinyRenderer(optional === undefined ? {} : { optional })],
    observers: [{ name: 'notices', onNotice: (notice: Notice) => void notices.push(notice) }],
  };
}

it('moves it, and keeps it in journal and CSV; the recipe cannot, and one warning says so', async () => {
  const search = setting({ block: { LABEL_EMB: { low: 0.25, high: 1 } } }, ['LABEL_EMB']);
  const { summary, journal } = await searchTiny(search);
  const csv = readFileSync(summary.files['csv'] ?? '', 'utf8');
  const { records } = await readJournal(journal);
  const { finished } = trialsOf(records);
  const values = finished.map(({ weights }) => weights['LABEL_EMB'] ?? Number.NaN);
  expect(new Set(values).size).toBeGreaterThan(1);
  expect(values.every((value) => value >= 0.25 && value <= 1)).toBe(true);

  const rows = await readHistoryCsv(csv);
  expect(rows.map(({ weights }) => weights['LABEL_EMB'])).toEqual(values);
  expect(csv.split('\n')[0]).toMatch(/^0,1,2,.+,26,score,.*LABEL_EMB$/);

  const { recommended } = summary;
  const recipe = parseRecipe(readFileSync(summary.files['recipe'] ?? '', 'utf8'));
  expect(Object.keys(recipe?.weights ?? {})).toHaveLength(27);
  const warned = search.notices.filter(({ message }) => message.includes('LABEL_EMB'));
  expect(warned.map(({ level }) => level)).toEqual(['warn']);
  expect(warned[0]?.message).toContain(`cannot store LABEL_EMB (${recommended?.weights['LABEL_EMB']})`);

  expect((await readRunWeights(journal)).weights).toMatchObject(recommended?.weights ?? {});
  const resumed = await resumeTiny(journal, { ...search, config: { iterations: 8 } });
  const after = readFileSync(resumed.summary.files['csv'] ?? '', 'utf8');
  expect(after.split('\n').slice(0, 7)).toEqual(csv.split('\n').slice(0, 7));
  expect(after.split('\n')).toHaveLength(10);
});

it('stays at A unless asked for', async () => {
  const search = setting({}, ['LABEL_EMB']);
  const { csv, journal, journalText } = await searchTiny(search);
  expect(journalText).not.toContain('LABEL_EMB');
  expect(csv).not.toContain('LABEL_EMB');
  expect(search.notices.filter(({ message }) => message.includes('LABEL_EMB'))).toEqual([]);
  const { finished } = trialsOf((await readJournal(journal)).records);
  expect(Object.keys(finished[0]?.weights ?? {})).toEqual(blocksOf('sdxl'));
});

it('is refused before the first image where the backend cannot set it', async () => {
  const search = setting({ block: { LABEL_EMB: 1 } });
  await expect(searchTiny(search)).rejects.toMatchObject({ kind: 'usage', code: 'block-not-free' });
  expect(search.renderers[0]?.images).toBe(0);
});

it.each([true, false])(
  'is model B’s in the model B of the proof, measured before (%s) or not',
  async (baselines) => {
    const block = { LABEL_EMB: { low: 0, high: 1 }, IN00: { low: 0.5, high: 0.5 } };
    const { journal } = await searchTiny(setting({ block, baselines, prove: 2 }, ['LABEL_EMB']));
    const { records } = await readJournal(journal);
    const candidates = records.flatMap((one) => (one.kind === 'proving' ? one.candidates : []));
    const weightsOf = (name: string): object => candidates.find((one) => one.name === name)?.weights ?? {};
    expect(weightsOf('B')).toMatchObject({ LABEL_EMB: 1, IN00: 1, M00: 1 });
    expect(weightsOf('A')).toMatchObject({ LABEL_EMB: 0, IN00: 0, M00: 0 });
    expect(weightsOf('half')).toMatchObject({ LABEL_EMB: 0.5, IN00: 0.5, M00: 0.5 });
  },
);
