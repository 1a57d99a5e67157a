/** The list of runs counts the iterations of a search, and names a merge as its best. */
import { expect, it } from 'vitest';
import { journalEntry } from '../../src/cli/commands/records/history/journal-entry.ts';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import { mergesOf } from '../../src/types.ts';
import { searchTiny } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

it('counts no baseline, and takes no repeat of model A for a merge', async () => {
  const plain = Object.values(uniformWeights(0, 'sd1')).slice(1).join();
  // The nearer to model A, the better: no merge comes up to it.
  const likeA = new TinyRenderer({
    merges: (weights) =>
      Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, 0.55 * (1 - weight)])),
  });
  const { journal, journalText } = await searchTiny({
    config: { baselines: true, iterations: 4, earlyStop: false, warmStart: [plain] },
    renderers: [likeA],
  });
  const { finished } = trialsOf(parseJournal(journalText, journal).records);
  const scored = finished.filter((trial) => trial.state === 'scored');
  const highest = (trials: typeof scored): number => Math.max(...trials.map(({ score }) => score));
  const repeats = scored.filter(({ source }) => source.kind === 'repeat');
  expect(repeats.map(({ score }) => score)).toEqual([highest(scored)]);
  const best = highest(mergesOf(scored));
  expect(best).toBeLessThan(highest(scored));
  expect(journalEntry(journal)).toMatchObject({
    best,
    bestIteration: scored.find(({ score }) => score === best)?.id,
    scored: 4,
    failed: 0,
  });
});
