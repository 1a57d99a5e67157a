/** A search whose trials are measured behind JSON, as in another process, writes the same journal as one that measures itself. */
import { describe, expect, it } from 'vitest';
import { LocalEvaluator } from '../../src/trial/local-evaluator.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import type { BlockWeights } from '../../src/types.ts';
import { throughJson } from '../helpers/json-evaluator.ts';
import { searchTiny, timelessJournal, type SearchSetting } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const CONFIG = { iterations: 6, intervals: 10, retries: 2 };
const CHECKED = { ...CONFIG, check: true, checkEvery: 3, iterations: 9 };

function half(weights: BlockWeights): BlockWeights {
  return Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, weight / 2]));
}

/** Merges half of what is asked, from an image on, until it is rearmed. */
function lying(from: number, isCured: boolean): TinyRenderer {
  let lies = true;
  const renderer: TinyRenderer = new TinyRenderer({
    merges: (weights) => (lies && renderer.images >= from ? half(weights) : weights),
    onRearm: () => {
      if (isCured) lies = false;
    },
  });
  return renderer;
}

/** Merges nothing until it is rearmed. */
function idle(): TinyRenderer {
  let lies = true;
  return new TinyRenderer({
    merges: (weights) => (lies ? uniformWeights(0, 'sd1') : weights),
    onRearm: () => {
      lies = false;
    },
  });
}

const SERVERS: readonly (readonly [string, NonNullable<SearchSetting['config']>, () => TinyRenderer])[] = [
  ['an honest server', CHECKED, () => new TinyRenderer()],
  ['a server that stops merging and is cured', CHECKED, () => lying(14, true)],
  ['a server that stops merging for good', CHECKED, () => lying(14, false)],
  ['a server that sends the same for all weights', { ...CONFIG, check: false }, idle],
];

describe('a search that measures elsewhere', () => {
  it.each(SERVERS)('writes the same over %s', async (_, config, renderer) => {
    const here = await searchTiny({ renderers: [renderer()], config });
    const there = await searchTiny({
      renderers: [renderer()],
      config,
      createEvaluator: (settings) => throughJson(new LocalEvaluator(settings)),
    });
    expect(there.summary.reason).toEqual(here.summary.reason);
    expect(there.csv).toBe(here.csv);
    expect(timelessJournal(there.journalText, there.folder)).toBe(
      timelessJournal(here.journalText, here.folder),
    );
  });

  it('keeps its images as well', async () => {
    const { summary } = await searchTiny({
      config: { ...CONFIG, check: false, saveImages: 'all' },
      createEvaluator: (settings) => throughJson(new LocalEvaluator(settings)),
    });
    expect(summary.unwritten).toEqual([]);
    expect(summary.files).toHaveProperty('images');
  });
});
