/** What a run makes of iterations of which single images could not be had, and of several WebUIs that share the images. */
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { isMeasured } from '../../src/judging/trial-scores.ts';
import { RunState } from '../../src/run/run-state.ts';
import { runError } from '../../src/shared/errors.ts';
import { LocalEvaluator } from '../../src/trial/local-evaluator.ts';
import type { Evaluator, ImageRef } from '../../src/trial/evaluator.ts';
import { resumeTiny, searchTiny, temporaryFolder, type SearchResult } from '../helpers/run-search.ts';
import { ofKind } from '../helpers/simulated-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const TOTAL = 12;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Says of some images that they failed; the others are measured. */
function lacking(evaluator: Evaluator, fails: (trial: number, image: ImageRef) => boolean): Evaluator {
  return {
    name: evaluator.name,
    look: async (...rest) => evaluator.look(...rest),
    redraw: async (...rest) => evaluator.redraw(...rest),
    evaluate: async (trial, { images, ...wanted }, signal, events) => {
      const bad = images.filter((image) => fails(trial.id, image));
      const good = images.filter((image) => !bad.includes(image));
      const outcome = await evaluator.evaluate(trial, { ...wanted, images: good }, signal, events);
      const missing = bad.map((image) => ({ ...image, code: 'image-degenerate' as const, message: 'black' }));
      return { ...outcome, missing };
    },
  };
}

interface Lacking {
  readonly config: Readonly<Record<string, unknown>>;
  readonly fails: (trial: number, image: ImageRef) => boolean;
}

async function search({ config, fails }: Lacking): Promise<SearchResult> {
  const folder = temporaryFolder();
  folders.push(folder);
  return searchTiny({
    folder,
    config: { iterations: 5, earlyStop: false, ...config },
    payload: { n_iter: TOTAL },
    createEvaluator: (settings) => lacking(new LocalEvaluator(settings), fails),
  });
}

const recordsOf = ({ journalText }: SearchResult): readonly JournalRecord[] =>
  parseJournal(journalText, 'test').records;

function replayed(records: readonly JournalRecord[]): RunState {
  const [first] = records;
  if (first?.kind !== 'plan') throw new Error('a journal begins with its plan');
  const state = new RunState(first.plan);
  expect(state.replay(records)).toEqual({ faithful: true });
  return state;
}

const seventh = ({ request }: ImageRef): boolean => request === 'stripes/6';

describe.each(['all', 'auto', 3])('with %s images an iteration, images that fail', (imagesPerTrial) => {
  it('are left out of the score, and asked for once more where the best lacks them', async () => {
    const asked = new Map<number, number>();
    const result = await search({
      config: { imagesPerTrial },
      fails: (trial, image) => {
        if (!seventh(image)) return false;
        asked.set(trial, (asked.get(trial) ?? 0) + 1);
        return true;
      },
    });
    const { summary } = result;
    const records = recordsOf(result);
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 5, failed: 0 });
    const state = replayed(records);
    expect(state.best()).toEqual(summary.best);
    expect(state.askLast()).toBeUndefined();
    const best = trialsOf(records)
      .finished.filter(isMeasured)
      .find(({ id }) => id === summary.best?.trial);
    expect(best?.images).toHaveLength(TOTAL - 1);
    expect(best?.missing).toEqual([
      { request: 'stripes/6', index: 0, code: 'image-degenerate', message: 'black' },
    ]);
    expect(asked.get(best?.id ?? 0)).toBe(2);
    const again = ofKind(records, 'more').filter(({ trial }) => trial === best?.id);
    expect(again.at(-1)?.images).toBe(TOTAL);
    // Nothing came of it, and the iteration stays scored.
    const [last] = ofKind(records, 'added').slice(-1);
    expect(last).toMatchObject({ images: [], missing: [{ request: 'stripes/6' }] });
  });

  it('count once they come', async () => {
    const refused = new Set<number>();
    const result = await search({
      config: { imagesPerTrial },
      fails: (trial, image) => {
        const isFirst = seventh(image) && !refused.has(trial);
        if (isFirst) refused.add(trial);
        return isFirst;
      },
    });
    const whole = await search({ config: { imagesPerTrial }, fails: () => false });
    const trials = trialsOf(recordsOf(result)).finished.filter(isMeasured);
    const best = trials.find(({ id }) => id === result.summary.best?.trial);
    expect(best?.images).toHaveLength(TOTAL);
    expect(best).not.toHaveProperty('missing');
    expect(result.summary.best?.score).toBeCloseTo(whole.summary.best?.score ?? 0, 12);
  });
});

it('an iteration with fewer than half of its images fails, and is told apart from a lower score', async () => {
  const result = await search({
    config: { imagesPerTrial: 'all' },
    fails: (trial, { request }) => trial === 2 && Number(request.split('/')[1]) < 7,
  });
  const failed = trialsOf(recordsOf(result)).finished.filter(({ state }) => state === 'failed');
  expect(failed).toMatchObject([{ id: 2, failure: { code: 'image-degenerate', message: 'black' } }]);
  expect(failed[0]?.images).toHaveLength(5);
});

it('an iteration that gets more images, and fails at that, keeps its score and what came before the failure', async () => {
  const folder = temporaryFolder();
  folders.push(folder);
  const renderer = new TinyRenderer({
    failAt: (_, { id }) => {
      // Whatever is tried: the ninth image is black, and nothing behind it is drawn.
      return id === 'stripes/8' ? runError('image-degenerate', 'black') : undefined;
    },
  });
  const result = await searchTiny({
    folder,
    config: { imagesPerTrial: 'auto', iterations: 5, earlyStop: false },
    payload: { n_iter: TOTAL },
    renderers: [renderer],
  });
  const records = recordsOf(result);
  expect(result.summary.failed).toBe(0);
  const added = ofKind(records, 'added');
  expect(added.some(({ missing }) => missing !== undefined)).toBe(true);
  for (const { missing = [] } of added) for (const { message } of missing) expect(message).toBe('black');
  replayed(records);
});

it('an iteration that gets more images and none of them comes keeps its score', async () => {
  const result = await search({
    config: { imagesPerTrial: 'auto' },
    fails: (_, { request }) => Number(request.split('/')[1]) > 5,
  });
  const records = recordsOf(result);
  expect(result.summary.failed).toBe(0);
  expect(ofKind(records, 'failed')).toEqual([]);
  replayed(records);
});

describe('several WebUIs', () => {
  const config = { imagesPerTrial: 'auto', iterations: 12, earlyStop: false };

  it('never draw the same image twice, and leave the best with all of its images', async () => {
    const drawn: string[] = [];
    const folder = temporaryFolder();
    folders.push(folder);
    const renderers = [1, 2, 3].map(
      (n) =>
        new TinyRenderer({
          onImage: async (weights, { id }) => {
            drawn.push(`${JSON.stringify(weights)} ${id}`);
            for (let i = 0; i < n; i++) await new Promise((resolve) => void setImmediate(resolve));
          },
        }),
    );
    const result = await searchTiny({ folder, config, payload: { n_iter: TOTAL }, renderers });
    expect(new Set(drawn).size).toBe(drawn.length);
    const records = recordsOf(result);
    expect(ofKind(records, 'scored')).toHaveLength(12);
    expect(ofKind(records, 'more')).toHaveLength(ofKind(records, 'added').length);
    const state = replayed(records);
    expect(state.best()).toEqual(result.summary.best);
    const best = state.trials.find(({ id }) => id === result.summary.best?.trial);
    expect(best?.images).toHaveLength(TOTAL);
    expect(result.summary.images).toBe(drawn.length);
  });

  it('keep to a budget together, and one of them goes on alone', async () => {
    const folder = temporaryFolder();
    folders.push(folder);
    const renderers = [1, 2, 3].map(() => new TinyRenderer());
    const result = await searchTiny({
      folder,
      config: { ...config, iterations: 100, budgetImages: 60 },
      payload: { n_iter: TOTAL },
      renderers,
    });
    expect(result.summary.reason.code).toBe('images');
    expect(renderers.reduce((sum, { images }) => sum + images, 0)).toBeLessThanOrEqual(60);
    const alone = await resumeTiny(result.journal, { config: { budgetImages: 72 } });
    expect(alone.summary.reason.code).toBe('images');
    expect(alone.summary.images).toBeLessThanOrEqual(72);
  });
});
