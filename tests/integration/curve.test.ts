/** Searches of knots in place of blocks, from the plan to what their results are read from. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { blocksOf } from '../../src/architectures/registry.ts';
import { describePlan } from '../../src/cli/commands/runs/describe-plan.ts';
import { parseSearchConfig } from '../../src/config/load.ts';
import { readHistoryCsv } from '../../src/formats/history-csv.ts';
import { parseRecipe } from '../../src/formats/recipe.ts';
import { readJournal, trialsOf } from '../../src/journal/read.ts';
import { planSearch } from '../../src/run/plan-search.ts';
import { runError } from '../../src/shared/errors.ts';
import { decode } from '../../src/space/space.ts';
import { resumeTiny, searchTiny, temporaryFolder, timelessJournal } from '../helpers/run-search.ts';
import { ofKind } from '../helpers/simulated-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
}

const list = (value: (index: number) => number): string =>
  Array.from({ length: 27 }, (_, index) => value(index)).join(',');

describe.each(['linear', 'monotone'])('a search of knots on a %s curve', (curveShape) => {
  const config = {
    optimizer: 'bayesian',
    curve: ['IN=4', 'OUT=3'],
    curveShape,
    iterations: 9,
    earlyStop: false,
  };

  it('asks for knots, and keeps the weight of every block in journal, CSV and recipe', async () => {
    const { summary, journal } = await searchTiny({ folder: newFolder(), config });
    const { records } = await readJournal(journal);
    const [first] = ofKind(records, 'plan');
    if (first === undefined) throw new Error('no plan');
    const { space } = first.plan;
    expect(space.dimensions.map(({ name }) => name)).toEqual([
      ...['0', '0.333', '0.667', '1'].map((at) => `IN@${at}`),
      'M00',
      'OUT',
      'OUT@0',
      'OUT@0.5',
      'OUT@1',
      'TIME_EMBED',
    ]);
    const { finished } = trialsOf(records);
    const points = finished.flatMap((trial) => ('point' in trial ? [trial.point] : []));
    expect(points).toHaveLength(9);
    expect(finished.map(({ weights }) => weights)).toEqual(points.map((point) => decode(space, point)));
    for (const [k, { weights }] of finished.entries()) {
      expect(Object.keys(weights)).toEqual(blocksOf('sd1'));
      expect([weights['IN00'], weights['IN11']]).toEqual([points[k]?.[0], points[k]?.[3]]);
    }
    const rows = await readHistoryCsv(readFileSync(summary.files['csv'] ?? '', 'utf8'));
    expect(rows.map(({ weights }) => weights)).toEqual(finished.map(({ weights }) => weights));
    const recipe = parseRecipe(readFileSync(summary.files['recipe'] ?? '', 'utf8'));
    expect(recipe?.weights).toEqual(summary.recommended?.weights);
  });

  it('goes on after any line of its journal as if it had never stopped', async () => {
    const failAt = (weights: Readonly<Record<string, number>>): Error | undefined =>
      (weights['IN05'] ?? 0) > 0.8 ? runError('image-degenerate', 'black') : undefined;
    const renderers = (): TinyRenderer[] => [new TinyRenderer({ failAt })];
    const failing = { ...config, maxFailures: 100 };
    const whole = await searchTiny({ folder: newFolder(), config: failing, renderers: renderers() });
    const lines = whole.journalText.split('\n').slice(0, -1);
    for (const count of [1, 4, 9, lines.length - 3]) {
      const journal = path.join(newFolder(), 'O-0-2026-01-01-00-00-00.journal.jsonl');
      writeFileSync(journal, `${lines.slice(0, count).join('\n')}\n`);
      const resumed = await resumeTiny(journal, { renderers: renderers() });
      expect(resumed.csv, `stopped after line ${count}`).toBe(whole.csv);
    }
    const again = await searchTiny({ folder: newFolder(), config: failing, renderers: renderers() });
    expect(timelessJournal(again.journalText, again.folder)).toBe(
      timelessJournal(whole.journalText, whole.folder),
    );
  });
});

describe('weights from elsewhere', () => {
  it('are begun from as they are where the curve goes through them', async () => {
    const sentences: string[] = [];
    const weights = list((index) => (index < 12 ? Math.round(1e6 * (index / 11)) / 1e6 : 0.5));
    const { journal } = await searchTiny({
      folder: newFolder(),
      config: { curve: ['IN=2', 'OUT=3'], iterations: 1, warmStart: [weights] },
      onWarning: (sentence) => void sentences.push(sentence),
    });
    const [first] = trialsOf((await readJournal(journal)).records).finished;
    expect(Object.values(first?.weights ?? {}).join(',')).toBe(weights);
    expect(sentences).toEqual([]);
  });

  it('are begun from at the nearest curve, which one sentence says', async () => {
    const sentences: string[] = [];
    const { journal } = await searchTiny({
      folder: newFolder(),
      config: { curve: ['IN=2'], iterations: 1, warmStart: [list((index) => (index === 5 ? 1 : 0))] },
      onWarning: (sentence) => void sentences.push(sentence),
    });
    const [first] = trialsOf((await readJournal(journal)).records).finished;
    expect(first?.weights['IN05']).toBeCloseTo(0.1, 6);
    expect(sentences).toEqual([
      '--warm-start: the curve does not go through the weights to begin with, so the nearest curve is measured (largest difference: IN05 is 0.085, not 1).',
    ]);
  });

  it('are learned at the nearest curve, which one sentence says', async () => {
    const sentences: string[] = [];
    const free = await searchTiny({ folder: newFolder(), config: { iterations: 4 } });
    const { summary } = await searchTiny({
      folder: newFolder(),
      config: { optimizer: 'bayesian', curve: ['2'], iterations: 3, learn: [free.journal] },
      onWarning: (sentence) => void sentences.push(sentence),
    });
    expect(summary.iterations).toBe(3);
    expect(sentences).toHaveLength(1);
    expect(sentences[0]).toMatch(
      /^4 of 4 scores to learn from were measured with weights the curve cannot match, and are learned as those of the nearest curve \(largest difference: /,
    );
  });
});

it('baselines lie on every curve, so the optimizer learns them', async () => {
  const { journal, summary } = await searchTiny({
    folder: newFolder(),
    config: { optimizer: 'bayesian', baselines: true, curve: ['3'], curveShape: 'monotone', iterations: 4 },
  });
  const { records } = await readJournal(journal);
  expect(summary.iterations).toBe(4);
  expect(
    trialsOf(records)
      .finished.slice(0, 3)
      .map(({ weights }) => weights['IN06']),
  ).toEqual([0, 1, 0.5]);
});

it('blocks that follow another one do so on a curve too', async () => {
  const { journal } = await searchTiny({
    folder: newFolder(),
    config: { curve: ['IN=3'], iterations: 2 },
    renderers: [new TinyRenderer({ tied: { TIME_EMBED: 'IN03', IN04: 'IN05' } })],
  });
  for (const { weights } of trialsOf((await readJournal(journal)).records).finished) {
    expect(weights['TIME_EMBED']).toBe(weights['IN03']);
    expect(weights['IN04']).toBe(weights['IN05']);
  }
});

it('a plan says what its curves are for', async () => {
  const folder = newFolder();
  const payload = path.join(folder, 'p.json');
  writeFileSync(payload, JSON.stringify({ prompt: 'a', seed: 1 }));
  const models = { modelA: 'A', modelB: 'B', output: 'O' };
  const raw = {
    ...models,
    payload: [payload],
    folder,
    architecture: 'sdxl',
    curve: ['IN=3'],
    testGrouping: 9,
  };
  const text = describePlan(await planSearch(parseSearchConfig(raw)));
  expect(text).toContain('7 free of 21 (sdxl)');
  expect(text).toContain('\n             IN is a linear curve of 3 knots for 9 blocks\n');
  expect(text.match(/move together/g)).toHaveLength(1);
});
