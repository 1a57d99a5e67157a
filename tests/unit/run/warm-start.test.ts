import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSearchConfig } from '../../../src/config/parse.ts';
import type { SearchConfig } from '../../../src/config/schema.ts';
import { allBlocksOf } from '../../../src/architectures/registry.ts';
import { formatHistoryCsv, type HistoryRow } from '../../../src/formats/history-csv.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { SEARCH_ORDER } from '../../../src/architectures/sd-lists.ts';
import { makeScorers } from '../../../src/judging/scoring.ts';
import { makePlan } from '../../../src/run/make-plan.ts';
import { readWarmStart } from '../../../src/run/warm-start.ts';
import { ofKind } from '../../helpers/simulated-search.ts';
import { searchTiny, temporaryFolder } from '../../helpers/run-search.ts';
import { parseJournal } from '../../../src/journal/read.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/astolfomix');
const RECIPE = path.join(FIXTURES, 'recipes/02b-AstolfoMix-_01a_02a.recipe.txt');
const HISTORY = path.join(FIXTURES, 'histories/10b-AstolfoMix-_17a_18a-0-2023-11-17-04-13PM-01.csv');

const config = (over: Readonly<Record<string, unknown>>): SearchConfig =>
  parseSearchConfig({
    payload: ['p.json'],
    modelA: 'A',
    modelB: 'B',
    output: 'O',
    folder: temporaryFolder(),
    ...over,
  });

describe('a search begins', () => {
  it('with weights in any order, a recipe, or a preset whose missing blocks have base weights', async () => {
    const list = (value: (i: number) => number): string =>
      Array.from({ length: 27 }, (_, i) => value(i)).join(',');
    const { queue, base, priors } = await readWarmStart(
      config({
        warmStart: [list((i) => i / 100), `recipe:${list((i) => i / 100)}`, RECIPE, 'preset:GRAD_V'],
        base: list(() => 0.25),
      }),
    );
    expect(queue.map(({ OUT, TIME_EMBED }) => [OUT, TIME_EMBED])).toEqual([
      [0.13, 0.26],
      [0.25, 0.26],
      [0.75, 0.25],
      [0.25, 0.25],
    ]);
    expect(base.IN00).toBe(0.25);
    expect(priors).toEqual([]);
  });

  it('with a history: every row is learnt, and the best measured first', async () => {
    const { queue, priors } = await readWarmStart(config({ warmStart: [HISTORY] }));
    const best = Math.max(...priors.map(({ score }) => score));
    expect(priors.length).toBe(28);
    expect(queue).toEqual([priors.find(({ score }) => score === best)?.weights]);
    const row = await readWarmStart(config({ warmStart: [`${HISTORY}#3`] }));
    expect(row.queue).toEqual([priors[2]?.weights]);
    expect(row.priors).toEqual([]);
  });

  it.each(['learn', 'warmStart'])(
    'with --%s and a CSV of unequal images: the best is one of the most images, and that is said',
    async (key) => {
      const file = path.join(temporaryFolder(), 'past.csv');
      const row = (weight: number, score: number, images: number): HistoryRow => ({
        weights: uniformWeights(weight, 'sd1'),
        score,
        evalTimes: 1,
        iterTimes: 1,
        images,
        extra: {},
      });
      writeFileSync(file, formatHistoryCsv([row(0.1, 0.9, 2), row(0.2, 0.5, 12), row(0.3, 0.6, 12)]));
      const told: string[] = [];
      const given = config({ [key]: [file] });
      const { priors, queue } = await readWarmStart(given, (sentence) => void told.push(sentence));
      expect(priors.map(({ score }) => score)).toEqual([0.9, 0.5, 0.6]);
      expect(queue.map(({ IN00 }) => IN00)).toEqual(key === 'learn' ? [] : [0.3]);
      expect(told).toEqual([
        expect.stringMatching(/past\.csv: Its scores come from 2 to 12 images each .* among those with 12\./),
      ]);
      // Equal ones need no word.
      writeFileSync(file, formatHistoryCsv([row(0.1, 0.9, 2), row(0.2, 0.5, 2)]));
      await readWarmStart(given, (sentence) => void told.push(sentence));
      expect(told).toHaveLength(1);
    },
  );

  it.each(['learn', 'warmStart'])(
    'with --%s, which says what was measured with a block that stays model A’s here',
    async (key) => {
      const file = path.join(temporaryFolder(), 'past.csv');
      const row = (value: number, score: number): HistoryRow => ({
        weights: { ...uniformWeights(0.5, 'sdxl'), LABEL_EMB: value },
        score,
        evalTimes: 1,
        iterTimes: 1,
        extra: {},
      });
      writeFileSync(file, formatHistoryCsv([row(1, 0.5), row(0, 0.4), row(0.5, 0.3)], allBlocksOf('sdxl')));
      const told: string[] = [];
      const given = { architecture: 'sdxl', [key]: [file] };
      const { priors } = await readWarmStart(config(given), (sentence) => void told.push(sentence));
      expect(priors).toHaveLength(3);
      expect(told.join('\n')).toMatch(/past\.csv: 2 of 3 scores were measured with a different LABEL_EMB/);
      const asked = config({ ...given, block: { LABEL_EMB: { low: 0, high: 1 } } });
      await readWarmStart(asked, (sentence) => void told.push(sentence));
      expect(told).toHaveLength(1);
    },
  );

  it('with another run, by the name of its merged model', async () => {
    const folder = temporaryFolder();
    const { summary } = await searchTiny({ folder, config: { output: 'first' } });
    const { queue, priors } = await readWarmStart(config({ folder, warmStart: ['first'] }));
    expect(priors).toHaveLength(6);
    expect(queue).toEqual([summary.best?.weights]);
    const again = await searchTiny({ folder, config: { output: 'second', warmStart: ['first'] } });
    const asked = ofKind(parseJournal(again.journalText, 'it').records, 'asked');
    expect(asked[0]).toMatchObject({ origin: 'queued', weights: summary.best?.weights });
  });

  it('nowhere else', async () => {
    const folder = temporaryFolder();
    const empty = path.join(folder, 'empty.csv');
    writeFileSync(empty, `${SEARCH_ORDER.map((_, i) => i).join(',')},score\n${'0,'.repeat(27)}NaN\n`);
    await expect(readWarmStart(config({ warmStart: [empty] }))).rejects.toThrow(/has no scored row/);
    await expect(readWarmStart(config({ warmStart: ['preset:GRAD_'] }))).rejects.toThrow(
      /--warm-start: .*GRAD_/,
    );
    await expect(readWarmStart(config({ warmStart: ['nothing'] }))).rejects.toThrow(
      /--warm-start: "nothing" is no/,
    );
    await expect(readWarmStart(config({ base: '1,2' }))).rejects.toThrow(/--base: .*; got 2\./);
  });
});

describe('first points', () => {
  const queueOf = (over: Readonly<Record<string, unknown>>): ReturnType<typeof makePlan> =>
    makePlan(config(over), { requests: [], scorers: makeScorers(config(over)) });

  it('are queued for algorithms with a beginning of their own', () => {
    const { queue, optimizer } = queueOf({ initVertices: 3, initRandom: 2, initGrid: 1 });
    expect(optimizer.name).toBe('bayesian');
    expect(queue).toHaveLength(6);
    expect(queue.filter((point) => point.every((value) => value === 0 || value === 1))).toHaveLength(3);
  });

  it('are an option of those that can be told', () => {
    const { queue, optimizer } = queueOf({ optimizer: 'hill-climbing', initVertices: 3 });
    expect(queue).toEqual([]);
    expect(optimizer.options).toMatchObject({ initialize: { vertices: 3, grid: 0, random: 0 } });
  });

  it('are left to the algorithm unless told', () => {
    expect(queueOf({}).queue).toEqual([]);
  });
});
