/** The very same images for unlike weights: when they are believed, and what is done when they are not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { webuiError } from '../../src/renderers/index.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import type { BlockWeights } from '../../src/types.ts';
import { resumeTiny, searchTiny } from '../helpers/run-search.ts';
import type { SearchResult } from '../helpers/run-search.ts';
import { ofKind } from '../helpers/simulated-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const recordsOf = ({ journalText }: SearchResult): readonly JournalRecord[] =>
  parseJournal(journalText, 'x').records;

function listener(notices: string[]): RunObserver {
  return { name: 'listener', onNotice: ({ message }) => void notices.push(message) };
}

/** Everything but IN05 is fixed. */
const ONE_BLOCK = Object.fromEntries(
  Object.keys(uniformWeights(0, 'sd1'))
    .filter((block) => block !== 'IN05')
    .map((block) => [block, 0.3]),
);
const CONFIG = { check: false, iterations: 5, intervals: 10, retries: 2 };

/** Scores that stand, by what was merged. */
function scoresOf(result: SearchResult): Map<string, number> {
  const records = recordsOf(result);
  const doubted = new Set(ofKind(records, 'doubted').flatMap(({ trials }) => trials));
  const asked = ofKind(records, 'asked').map(
    ({ trial, weights }) => [trial, JSON.stringify(weights)] as const,
  );
  const weights = new Map(asked);
  return new Map(
    ofKind(records, 'scored').flatMap(({ trial, score }) =>
      doubted.has(trial) ? [] : [[weights.get(trial) ?? '', score] as const],
    ),
  );
}

/** What both have measured, as each has. */
function common(one: SearchResult, other: SearchResult): [number[], number[]] {
  const [first, second] = [scoresOf(one), scoresOf(other)];
  const both = [...first.keys()].filter((weights) => second.has(weights));
  return [both.map((weights) => first.get(weights) ?? 0), both.map((weights) => second.get(weights) ?? 1)];
}

describe('a block in which both models are equal', () => {
  const idle = (): TinyRenderer => new TinyRenderer({ merges: (weights) => ({ ...weights, IN05: 0.3 }) });

  it('is proved to have no effect once, and costs nothing from then on', async () => {
    const renderer = idle();
    const notices: string[] = [];
    const result = await searchTiny({
      renderers: [renderer],
      observers: [listener(notices)],
      config: { ...CONFIG, block: ONE_BLOCK },
    });
    expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 5, failed: 0 });
    const scores = ofKind(recordsOf(result), 'scored').map(({ score }) => score);
    expect(new Set(scores).size).toBe(1);
    expect(notices).toEqual([
      expect.stringMatching(
        /^Iteration 2: the image stripes\/0 is identical to .* of iteration 1.*drawing the image again\.$/,
      ),
      expect.stringMatching(/but a third merge gives a different one: IN05 has no effect here/),
    ]);
    expect(renderer.calls.filter((call) => call === 'rearm')).toHaveLength(1);
    const witnesses = 3;
    const distinct = new Set(ofKind(recordsOf(result), 'asked').map(({ weights }) => weights.IN05)).size;
    expect(renderer.images).toBe(2 * distinct + 2 + witnesses);
  });

  describe('while the server fails in the middle of that proof', () => {
    /** Two iterations of two images, and the second one again: what comes next is the first image of the proof. */
    const BEFORE_PROOF = 6;
    const failing = (error: Error): TinyRenderer => {
      let failures = 0;
      const renderer: TinyRenderer = new TinyRenderer({
        merges: (weights) => ({ ...weights, IN05: 0.3 }),
        failAt: () => (renderer.images === BEFORE_PROOF && failures++ < 1 ? error : undefined),
      });
      return renderer;
    };

    it('and comes back, is proved all the same', async () => {
      const renderer = failing(webuiError('webui-lost', 'It went away.'));
      const { summary } = await searchTiny({
        renderers: [renderer],
        config: { ...CONFIG, block: ONE_BLOCK },
      });
      expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 5, failed: 0 });
      expect(renderer.calls.filter((call) => call === 'rearm')).toHaveLength(2);
    });

    it('and cannot answer, costs that iteration and no other', async () => {
      const result = await searchTiny({
        renderers: [failing(webuiError('webui-rejected', 'Not this one.'))],
        config: { ...CONFIG, block: ONE_BLOCK },
      });
      expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 5, failed: 1 });
      expect(ofKind(recordsOf(result), 'failed')).toMatchObject([
        { trial: 2, failure: { code: 'webui-rejected', message: 'Not this one.' }, images: [{}, {}] },
      ]);
    });
  });

  it('is proved again by a session that goes on', async () => {
    const begun = await searchTiny({
      renderers: [idle()],
      config: { ...CONFIG, block: ONE_BLOCK, iterations: 2 },
    });
    const resumed = await resumeTiny(begun.journal, { renderers: [idle()], config: { iterations: 4 } });
    expect(resumed.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 4, failed: 0 });
  });
});

/** Gives, from one image to another, what it gave at first; until it is rearmed, if that helps. */
function stuck(from: number, to = Number.POSITIVE_INFINITY): TinyRenderer {
  let first: BlockWeights | undefined;
  const renderer: TinyRenderer = new TinyRenderer({
    merges: (weights) => {
      first ??= weights;
      return renderer.images + 1 >= from && renderer.images + 1 <= to ? first : weights;
    },
  });
  return renderer;
}

describe('a server that has stopped merging', () => {
  it('is noticed at the second occurrence; nothing more is scored, and a resume measures again', async () => {
    const renderer = stuck(1);
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    expect(result.summary.reason).toMatchObject({
      code: 'pictures-unchanged',
      message: expect.stringMatching(
        /^Iteration 2: .* iteration 1 is unreliable and will be measured again\.$/,
      ),
    });
    expect(ofKind(recordsOf(result), 'scored').map(({ trial }) => trial)).toEqual([1]);
    expect(ofKind(recordsOf(result), 'doubted').map(({ trials }) => trials)).toEqual([[1]]);
    const resumed = await resumeTiny(result.journal, { renderers: [new TinyRenderer()] });
    expect(resumed.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 5 });
    const honest = await searchTiny({ config: CONFIG });
    const [found, right] = common(resumed, honest);
    expect(found).toEqual(right);
    expect(found.length).toBeGreaterThanOrEqual(2);
  });

  it('is not waited for until the last of many images', async () => {
    const [many, some] = [40, 20];
    let first: BlockWeights | undefined;
    const renderer: TinyRenderer = new TinyRenderer({
      merges: (weights) => (first ??= weights),
      // Once the first one of the second iteration was looked at, nothing more is begun.
      onImage: async () => {
        if (renderer.images > many + 1 && !renderer.calls.includes('rearm')) await sleep(300);
      },
    });
    const config = { ...CONFIG, retries: 0 };
    const result = await searchTiny({ renderers: [renderer], payload: { n_iter: many }, config });
    expect(result.summary.reason.code).toBe('pictures-unchanged');
    const again = many + 1;
    expect(renderer.images).toBeLessThan(many + some + again);
  });

  it('an earlier iteration that turns out to be wrong itself loses its score', async () => {
    // Before rearming it merges half of what it is asked, without a difference between the first two.
    let lies = true;
    const renderer = new TinyRenderer({
      merges: (weights) => (lies ? uniformWeights(0, 'sd1') : weights),
      onRearm: () => {
        lies = false;
      },
    });
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    expect(ofKind(recordsOf(result), 'doubted').map(({ trials }) => trials)).toEqual([[1]]);
    expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 5, failed: 0 });
    const honest = await searchTiny({ config: CONFIG });
    const scoreOf = (of: SearchResult, trial: number): number | undefined =>
      ofKind(recordsOf(of), 'scored').findLast((scored) => scored.trial === trial)?.score;
    expect(scoreOf(result, 2)).toBe(scoreOf(honest, 2));
  });
});

describe('old images', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])('%i in a row never become a score', async (count) => {
    const honest = await searchTiny({ config: CONFIG });
    const result = await searchTiny({ renderers: [stuck(5, 4 + count)], config: CONFIG });
    const [found, right] = common(result, honest);
    expect(found).toEqual(right);
    expect(found.length).toBeGreaterThanOrEqual(1);
  });
});

describe('the same pixels for two seeds of one iteration', () => {
  it('of a server that ignores the seed, which is found out with one image more', async () => {
    const renderer = new TinyRenderer({ seedOf: () => 1 });
    const notices: string[] = [];
    const result = await searchTiny({
      renderers: [renderer],
      observers: [listener(notices)],
      config: CONFIG,
    });
    expect(result.summary).toMatchObject({ reason: { code: 'pictures-unchanged' }, iterations: 0 });
    expect(notices).toEqual([
      'Iteration 1: the images of seed 7 (stripes/0) and seed 8 (stripes/1) are identical; drawing the second again.',
    ]);
    expect(renderer.images).toBe(3);
    expect(renderer.calls).not.toContain('rearm');
  });

  it('are not waited for until the last of many images', async () => {
    let drawn = 0;
    const renderer = new TinyRenderer({
      seedOf: () => 1,
      // Once the second one was looked at, nothing more is begun.
      onImage: async () => (++drawn > 2 ? sleep(300) : undefined),
    });
    const result = await searchTiny({ renderers: [renderer], payload: { n_iter: 40 }, config: CONFIG });
    expect(result.summary.reason.code).toBe('pictures-unchanged');
    expect(renderer.images).toBeLessThan(20);
  });

  it.each([
    ['the second is the old one', (seed: number, image: number) => (image === 6 ? 7 : seed)],
    ['both are old', (seed: number, image: number) => (image === 5 || image === 6 ? 99 : seed)],
  ])('that pass: %s, and what is scored is right', async (_, seedOf) => {
    const renderer = new TinyRenderer({ seedOf });
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    expect(result.csv).toBe((await searchTiny({ config: CONFIG })).csv);
    expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(renderer.calls).not.toContain('rearm');
  });
});
