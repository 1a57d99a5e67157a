/** How many images an iteration gets: the same run, whatever stops it; every image drawn once; budgets kept to the image. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { filesOf } from '../../src/journal/name-run.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import { RunState } from '../../src/run/run-state.ts';
import { comparableIn, isMeasured } from '../../src/judging/trial-scores.ts';
import { parseSearchConfig } from '../../src/config/load.ts';
import { divideImages } from '../../src/run/requests.ts';
import { remember } from '../../src/run/chain/memory.ts';
import { resumeConfig } from '../../src/run/resume.ts';
import { NOTHING_KNOWN } from '../../src/run/warm-start.ts';
import { runError } from '../../src/shared/errors.ts';
import { isBaseline, type BlockWeights } from '../../src/types.ts';
import {
  STANDING_CLOCK,
  resumeTiny,
  searchTiny,
  temporaryFolder,
  timelessJournal,
} from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const SOUND_SCORER = fileURLToPath(new URL('../fixtures/scorers/sound.mjs', import.meta.url));
const TOTAL = 12;
const payload = { n_iter: TOTAL };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Counts how often every image of every merge was drawn. */
function counting(failAt?: (weights: BlockWeights) => Error | undefined): {
  readonly renderer: TinyRenderer;
  readonly drawn: Map<string, number>;
} {
  const drawn = new Map<string, number>();
  const renderer = new TinyRenderer({
    ...(failAt !== undefined && { failAt }),
    onImage: (weights, { id }) => {
      const key = `${JSON.stringify(weights)} ${id}`;
      drawn.set(key, (drawn.get(key) ?? 0) + 1);
    },
  });
  return { renderer, drawn };
}

async function search(
  config: Readonly<Record<string, unknown>>,
  renderer = new TinyRenderer(),
): Promise<Awaited<ReturnType<typeof searchTiny>>> {
  const folder = temporaryFolder();
  folders.push(folder);
  return searchTiny({
    folder,
    config: { earlyStop: false, ...config },
    payload,
    renderers: [renderer],
    clock: STANDING_CLOCK,
  });
}

/** The trials of a journal with their images, by the numbers of their requests. */
function imagesOf(journalText: string): { id: number; images: string[]; score: number }[] {
  return trialsOf(parseJournal(journalText, 'test').records)
    .finished.filter(isMeasured)
    .map(({ id, images, score }) => ({ id, images: images.map(({ request }) => request), score }));
}

describe.each([
  { imagesPerTrial: undefined, optimizer: 'random' },
  { imagesPerTrial: 'auto', optimizer: 'bayesian' },
  { imagesPerTrial: 'auto', optimizer: 'particle-swarm' },
  { imagesPerTrial: 5, optimizer: 'hill-climbing', optimizerB: 'bayesian', balance: 0.5 },
])('a search with $imagesPerTrial images an iteration, $optimizer', (settings) => {
  const config = { ...settings, iterations: 8 };

  it('draws every image once, always the first ones of the order, and all of the best', async () => {
    const { renderer, drawn } = counting();
    const { summary, journalText } = await search(config, renderer);
    expect([...drawn.values()].every((count) => count === 1)).toBe(true);
    const { records } = parseJournal(journalText, 'test');
    const [first] = records;
    const order = first?.kind === 'plan' ? (first.plan.imageOrder ?? []) : [];
    expect(order.map(({ request }) => request).toSorted()).toHaveLength(TOTAL);
    const trials = imagesOf(journalText);
    expect(trials).toHaveLength(8);
    for (const { images } of trials)
      expect(images).toEqual(order.slice(0, images.length).map(({ request }) => request));
    expect(trials.reduce((sum, { images }) => sum + images.length, 0)).toBe(drawn.size);
    expect(drawn.size).toBeLessThan(8 * TOTAL);
    expect(summary.images).toBe(drawn.size);
    expect(trials.find(({ id }) => id === summary.best?.trial)?.images).toHaveLength(TOTAL);
    expect(trials.find(({ id }) => id === summary.recommended?.trial)?.images).toHaveLength(TOTAL);
  });

  it('is rebuilt from its journal', async () => {
    const { summary, journalText } = await search(config);
    const { records } = parseJournal(journalText, 'test');
    const [first] = records;
    if (first?.kind !== 'plan') throw new Error('a journal begins with its plan');
    const state = new RunState(first.plan);
    expect(state.replay(records)).toEqual({ faithful: true });
    expect(state.best()).toEqual(summary.best);
    expect(state.trials).toEqual(trialsOf(records).finished);
    expect(state.askLast()).toBeUndefined();
  });

  it('writes the same journal for the same seed, times aside', async () => {
    const [one, two] = [await search(config), await search(config)];
    expect(timelessJournal(two.journalText, two.folder)).toBe(timelessJournal(one.journalText, one.folder));
  });

  it('goes on after a stop anywhere as if it had never stopped', async () => {
    // Some merges fail whatever is tried, so that failures are among them.
    const failAt = (weights: BlockWeights): Error | undefined =>
      (weights.IN03 ?? 0) > 0.85 ? runError('image-degenerate', 'black') : undefined;
    const unhurt = { ...config, maxFailures: 100 };
    const whole = await search(unhurt, counting(failAt).renderer);
    const lines = whole.journalText.split('\n').slice(0, -1);
    expect(whole.journalText).toContain('"kind":"added"');
    for (const [n] of lines.entries()) {
      const folder = temporaryFolder();
      folders.push(folder);
      const journal = path.join(folder, 'csv/history/A - B/O-0-2026-01-01-00-00-00.journal.jsonl');
      mkdirSync(path.dirname(journal), { recursive: true });
      writeFileSync(
        journal,
        lines
          .slice(0, n + 1)
          .map((line) => `${line}\n`)
          .join(''),
      );
      const { renderer, drawn } = counting(failAt);
      const resumed = await resumeTiny(journal, { renderers: [renderer], clock: STANDING_CLOCK });
      expect(resumed.csv, `stopped after line ${n + 1}`).toBe(whole.csv);
      expect(resumed.summary.best, `stopped after line ${n + 1}`).toEqual(whole.summary.best);
      // What was recorded is not drawn again.
      const had = imagesOf(readFileSync(journal, 'utf8')).reduce((sum, { images }) => sum + images.length, 0);
      expect([...drawn.values()].every((count) => count <= 3)).toBe(true);
      expect(had).toBe(imagesOf(whole.journalText).reduce((sum, { images }) => sum + images.length, 0));
    }
  }, 120_000);
});

describe('a budget of images', () => {
  it.each(['auto', 'all', 3])(
    'is kept to the image, and leaves the best with all of them: %s',
    async (imagesPerTrial) => {
      const { renderer } = counting();
      const { summary, journalText } = await search(
        { imagesPerTrial, budgetImages: 50, iterations: 100 },
        renderer,
      );
      expect(summary.reason).toMatchObject({ code: 'images' });
      expect(renderer.images).toBeLessThanOrEqual(50);
      expect(renderer.images).toBeGreaterThan(50 - TOTAL);
      const best = imagesOf(journalText).find(({ id }) => id === summary.best?.trial);
      expect(best?.images).toHaveLength(TOTAL);
    },
  );

  it('that not even one merge fits into is refused', async () => {
    await expect(search({ budgetImages: 11 })).rejects.toThrow(
      /--budget-images 11 is less than the 12 images/,
    );
  });

  it('that leaves the best without some images says so once, and how they are had', async () => {
    const spoken: string[] = [];
    const observers: RunObserver[] = [{ name: 'ear', onNotice: ({ message }) => void spoken.push(message) }];
    const folder = temporaryFolder();
    folders.push(folder);
    // Scores of pure chance: what looks best by few images rarely is by all of them.
    const chance = {
      optimizer: 'bayesian',
      scorer: ['command'],
      scoreCache: false,
      scorerOptions: { 'command.run': `"${process.execPath}" "${SOUND_SCORER}"` },
    };
    const config = { ...chance, earlyStop: false, budgetImages: 36, iterations: 100, seed: 3 };
    const { summary, journal, journalText } = await searchTiny({ folder, config, payload, observers });
    const best = imagesOf(journalText).find(({ id }) => id === summary.recommended?.trial);
    expect(best?.images.length).toBeLessThan(TOTAL);
    const said = spoken.filter((message) => message.includes('--budget-images'));
    const enough = summary.images + TOTAL - (best?.images.length ?? 0);
    expect(said).toEqual([
      `Iteration ${best?.id}, the best, has only ${best?.images.length} of its 12 images, because --budget-images 36 is used up; with all images another iteration may turn out best. To draw the rest: autombw resume "${journal}" --budget-images ${enough}`,
    ]);
    const more = await resumeTiny(journal, { config: { budgetImages: enough }, observers });
    expect(more.summary.images).toBe(enough);
    expect(imagesOf(more.journalText).find(({ id }) => id === best?.id)?.images).toHaveLength(TOTAL);
  });

  it('may be raised by whoever goes on', async () => {
    const first = await search({ imagesPerTrial: 3, budgetImages: 24, iterations: 100 });
    const renderer = new TinyRenderer();
    const more = await resumeTiny(first.journal, { config: { budgetImages: 48 }, renderers: [renderer] });
    expect(more.journalText).toContain('"limits":{"budgetImages":48}');
    expect(more.summary.reason.code).toBe('images');
    expect(more.summary.images).toBeLessThanOrEqual(48);
    expect(renderer.images).toBe(more.summary.images - first.summary.images);
  });
});

describe('a server that stops merging while an iteration gets more images', () => {
  const config = { imagesPerTrial: 'auto', iterations: 6, check: true, checkEvery: 0, retries: 2 };

  /** Merges half of what is asked from the image of this number on; some images later the server has to be found again. */
  function lying(from: number): TinyRenderer {
    let lies = true;
    const renderer: TinyRenderer = new TinyRenderer({
      merges: (weights) =>
        lies && renderer.images >= from
          ? Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, weight / 2]))
          : weights,
      onImage: () => {
        if (renderer.images === from + 6) renderer.epoch++;
      },
      onRearm: () => {
        lies = false;
      },
    });
    return renderer;
  }

  it('takes back all scores since the last look, that of this iteration too, and measures them anew', async () => {
    const honest = await search(config);
    // After the proof, every one of the first images that iterations get and get later.
    for (let from = 5; from < 40; from += 3) {
      const { summary, journalText } = await search(config, lying(from));
      expect(summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 6, failed: 0 });
      const { records } = parseJournal(journalText, 'test');
      const [first] = records;
      if (first?.kind !== 'plan') throw new Error('a journal begins with its plan');
      expect(new RunState(first.plan).replay(records)).toEqual({ faithful: true });
      // No image of the broken merge is left: of the same weights every image has the same score.
      const honestScores = imageScores(honest.journalText);
      const shared = [...imageScores(journalText)].filter(([image]) => honestScores.has(image));
      expect(shared.length).toBeGreaterThan(0);
      const wrong = shared.filter(([image, score]) => honestScores.get(image) !== score);
      expect(wrong, `from ${from}`).toEqual([]);
    }
  });

  function imageScores(journalText: string): Map<string, number> {
    return new Map(
      trialsOf(parseJournal(journalText, 'test').records)
        .finished.filter(isMeasured)
        .flatMap(({ weights, images }) =>
          images.map(({ request, score }) => [`${JSON.stringify(weights)} ${request}`, score]),
        ),
    );
  }
});

describe.each(['auto', 3])('the images that are kept, with %s an iteration', (imagesPerTrial) => {
  it('are all of the best one, those from before it was the best too', async () => {
    const { journal, journalText, summary } = await search({ imagesPerTrial, iterations: 12 });
    const { images } = filesOf(journal);
    const kept = readdirSync(images).map((file) => Number.parseInt(file));
    const count = (trial: number | undefined): number => kept.filter((id) => id === trial).length;
    expect(count(summary.best?.trial)).toBe(TOTAL);
    const { finished } = trialsOf(parseJournal(journalText, 'test').records);
    const first = finished.find((trial) => isMeasured(trial) && !isBaseline(trial));
    const beside = finished.filter((trial) => isBaseline(trial) || trial === first);
    const others = new Set([...beside.map(({ id }) => id), summary.recommended?.trial, summary.best?.trial]);
    expect(kept.filter((id) => !others.has(id))).toEqual([]);
  });
});

describe('a later pass over the same images', () => {
  it('learns comparable scores, and takes over only those of whole sets', async () => {
    const { journal, journalText, summary } = await search({ imagesPerTrial: 'auto', iterations: 8 });
    const { records } = parseJournal(journalText, 'test');
    const [first] = records;
    if (first?.kind !== 'plan') throw new Error('a journal begins with its plan');
    const { plan } = first;
    const now = { config: resumeConfig(plan, {}).config, requests: plan.requests, scorers: plan.scorers };
    const { priors, queue } = await remember(NOTHING_KNOWN, [{ journal, weights: undefined }], now);
    const { finished } = trialsOf(records);
    const comparable = comparableIn(plan, finished);
    expect(priors.map(({ weights, score, measured }) => ({ weights, score, measured }))).toEqual(
      finished
        .filter(isMeasured)
        .map(({ id, weights, score, images }) =>
          images.length === TOTAL
            ? { weights, score, measured: true }
            : { weights, score: comparable.get(id), measured: undefined },
        ),
    );
    expect(priors.filter(({ measured }) => measured === true).length).toBeGreaterThan(0);
    expect(priors.filter(({ measured }) => measured === undefined).length).toBeGreaterThan(0);
    expect(queue).toEqual([summary.best?.weights]);
  });
});

describe('all images for every iteration', () => {
  it.each([{ imagesPerTrial: 'all' }, { imagesPerTrial: TOTAL }])(
    'writes nothing new: %o',
    async (config) => {
      const { journalText, summary } = await search({ ...config, iterations: 3 });
      for (const key of [
        'imageOrder',
        '"kind":"more"',
        '"kind":"added"',
        '"mergeCost"',
        '"missing"',
        '"images":12',
      ])
        expect(journalText).not.toContain(key);
      expect(summary.images).toBe(3 * TOTAL);
    },
  );

  it('is what a set of four gets', async () => {
    const folder = temporaryFolder();
    folders.push(folder);
    const { journalText, summary } = await searchTiny({
      folder,
      config: { iterations: 2 },
      payload: { n_iter: 4 },
    });
    expect(summary.images).toBe(8);
    expect(journalText).not.toMatch(/imageOrder|imagesPerTrial|budgetImages/);
  });
});

describe('a tally that depends on the number of images', () => {
  const spoken: string[] = [];
  const divided = (over: Readonly<Record<string, unknown>>): boolean => {
    spoken.length = 0;
    const config = parseSearchConfig({ payload: ['p'], modelA: 'A', modelB: 'B', output: 'O', ...over });
    const requests = Array.from({ length: TOTAL }, (_, p) => ({
      id: `p/${p}`,
      payload: 'p',
      prompt: 'hills',
      negativePrompt: '',
      reverseScoring: false,
      seeds: [p],
      body: {},
    }));
    return divideImages(config, requests, (sentence) => void spoken.push(sentence)).imageOrder !== undefined;
  };

  it.each(['min', 'max', 'lower-quantile'])(
    '%s gives all of them to every iteration, and says so',
    (tally) => {
      expect(divided({ tally })).toBe(false);
      expect(spoken).toEqual([
        `--tally ${tally} depends on the number of images, so iterations with few images cannot be compared with others: every iteration gets all 12.`,
      ]);
      // Somebody wants it so.
      expect(divided({ tally, imagesPerTrial: 3 })).toBe(true);
      expect(spoken).toEqual([
        expect.stringMatching(/with --images-per-trial 3 the best gets all 12 in the end/),
      ]);
      expect(divided({ tally, imagesPerTrial: 'all' })).toBe(false);
      expect(spoken).toEqual([]);
    },
  );

  it.each(['arithmetic-mean', 'median', 'trimmed-mean'])('%s does not', (tally) => {
    expect(divided({ tally })).toBe(true);
    expect(spoken).toEqual([]);
  });
});
