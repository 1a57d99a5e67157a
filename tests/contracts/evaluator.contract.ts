/** What every evaluator must do, wherever it runs. A variant adds one call of this. */
import { describe, expect, it } from 'vitest';
import { pixelHash } from '../../src/images/decode.ts';
import { spreadWeights, webuiError } from '../../src/renderers/index.ts';
import { createJudge, createScorers } from '../../src/score/index.ts';
import { runError } from '../../src/shared/errors.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import type { EvaluationEvents, Evaluator, ImageRef, Outcome } from '../../src/trial/evaluator.ts';
import type { EvaluatorSettings } from '../../src/trial/local-evaluator.ts';
import { patient } from '../../src/trial/patient-renderer.ts';
import type { BlockWeights, EncodedImage, ImageRecord } from '../../src/types.ts';
import { TinyRenderer, type TinyRendererOptions } from '../helpers/tiny-renderer.ts';
import { makeRequest } from '../unit/renderers/make-request.ts';

const { signal } = new AbortController();
const RETRIES = 2;
const SIZE = { width: 64, height: 64 };
/** Four images: two requests of one, and one of two. */
const REQUESTS = [
  makeRequest(SIZE, { id: 'cats/0', seeds: [1] }),
  makeRequest(SIZE, { id: 'cats/1', seeds: [2, 3] }),
  makeRequest(SIZE, { id: 'cats/2', seeds: [4] }),
];
const ALL: readonly ImageRef[] = [
  { request: 'cats/0', index: 0 },
  { request: 'cats/1', index: 0 },
  { request: 'cats/1', index: 1 },
  { request: 'cats/2', index: 0 },
];
const HALF = uniformWeights(0.5, 'sd1');
const REFERENCE = spreadWeights('sd1');

interface Setting extends TinyRendererOptions {
  readonly checkEvery?: number;
  readonly isChecked?: boolean;
}

interface Test {
  readonly evaluator: Evaluator;
  readonly renderer: TinyRenderer;
  /** Of the references that were looked at. */
  readonly looks: () => number;
  readonly sentences: string[];
  readonly images: { record: ImageRecord; file: EncodedImage }[];
  readonly events: EvaluationEvents;
  readonly measure: (id: number, images?: readonly ImageRef[], weights?: BlockWeights) => Promise<Outcome>;
}

/** Of an evaluator that has several servers. */
export interface SeveralServers {
  /** So many measure a trial of all images. Default 1. */
  readonly atWork?: number;
  /** So many others could. Default 0. */
  readonly spare?: number;
  /** Requests that a second server tries where one has failed: once, for it knows by its renderer how often that was in vain. Default none. */
  readonly twice?: readonly string[];
}

/** @param create what is tested, over parts that run in this process */
export function describeEvaluator(
  name: string,
  create: (settings: EvaluatorSettings) => Evaluator,
  { atWork = 1, spare = 0, twice = [] }: SeveralServers = {},
): void {
  /** How often a request is tried that keeps failing. */
  const tries = (request: string): number => 1 + RETRIES + (twice.includes(request) ? 1 : 0);

  async function setUp({ checkEvery = 0, isChecked = true, ...options }: Setting = {}): Promise<Test> {
    const request = makeRequest(SIZE, { id: 'proof/0', seeds: [9] });
    let pixels = '';
    for await (const { bytes } of new TinyRenderer().render(
      { weights: REFERENCE, requests: [request] },
      signal,
    ))
      pixels = await pixelHash(bytes);
    let looks = 0;
    const renderer = new TinyRenderer({
      ...options,
      onImage: async (weights, of) => {
        if (of.id === request.id) looks++;
        await options.onImage?.(weights, of);
      },
    });
    let now = 0;
    const clock = {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    };
    const evaluator = create({
      renderer: patient(renderer, { clock, retries: RETRIES, minutes: 1 }),
      judge: createJudge(createScorers(['quality'])),
      checksSize: true,
      requests: REQUESTS,
      reference: isChecked ? { request, weights: REFERENCE, pixels } : undefined,
      checkEvery,
      retries: RETRIES,
      reconnect: 1,
      clock,
    });
    const sentences: string[] = [];
    const images: Test['images'] = [];
    const events: EvaluationEvents = {
      onWarning: (sentence) => void sentences.push(sentence),
      onInfo: (sentence) => void sentences.push(sentence),
      onImage: (record, file) => void images.push({ record, file }),
    };
    const measure = async (id: number, wanted = ALL, weights: BlockWeights = HALF): Promise<Outcome> =>
      evaluator.evaluate({ id, weights }, { images: wanted }, signal, events);
    return { evaluator, renderer, looks: () => looks, sentences, images, events, measure };
  }

  /** Merges half of what is asked while it lies; setting merging up again cures that, or not. */
  function liar(isCured: boolean): TinyRendererOptions & { lie: () => void } {
    let lies = false;
    return {
      lie: () => {
        lies = true;
      },
      merges: (weights) =>
        lies
          ? Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, weight / 2]))
          : weights,
      onRearm: () => {
        if (isCured) lies = false;
      },
    };
  }

  describe(`${name} keeps the evaluator contract`, () => {
    describe('an evaluation', () => {
      it('measures what is wanted, in the order of the requests, and hands out the files', async () => {
        const { measure, images } = await setUp();
        const outcome = await measure(1, ALL.toReversed());
        expect(outcome).toMatchObject({ failure: null, look: null });
        expect(outcome.images.map(({ request, index }) => ({ request, index }))).toEqual(ALL);
        expect(outcome.images.map(({ seed }) => seed)).toEqual([1, 2, 3, 4]);
        for (const { score, raw, seconds } of outcome.images) {
          expect(Number.isFinite(score)).toBe(true);
          expect(raw).toEqual({ quality: score });
          expect(seconds).toBeGreaterThan(0);
        }
        const keyOf = ({ request, index }: ImageRef): string => `${request}#${index}`;
        const files = new Map(images.map(({ record, file }) => [keyOf(record), { record, file }]));
        for (const image of outcome.images) {
          const told = files.get(keyOf(image));
          expect(told?.record).toEqual(image);
          expect(await pixelHash(told?.file.bytes ?? new Uint8Array())).toBe(image.pixels);
        }
      });

      it('of two images and then of the other two is that of all four', async () => {
        const whole = await (await setUp()).measure(1);
        for (const first of [[0, 1], [1, 3], [2]] as const) {
          const { measure } = await setUp();
          const isFirst = (_: unknown, n: number): boolean => first.some((at) => at === n);
          const one = await measure(1, ALL.filter(isFirst));
          const rest = await measure(
            1,
            ALL.filter((image, n) => !isFirst(image, n)),
          );
          expect(one.images).toEqual(whole.images.filter(isFirst));
          expect(rest.images).toEqual(whole.images.filter((image, n) => !isFirst(image, n)));
        }
      });

      it('of nothing draws nothing', async () => {
        const { measure, renderer } = await setUp();
        expect(await measure(1, [])).toEqual({ images: [], missing: [], failure: null, look: null });
        expect(renderer.images).toBe(0);
      });

      it('says how far it is, in images that are wanted', async () => {
        const { evaluator } = await setUp();
        const seen: string[] = [];
        await evaluator.evaluate({ id: 1, weights: HALF }, { images: ALL.slice(0, 2) }, signal, {
          onProgress: ({ done, total }) => void seen.push(`${done}/${total}`),
        });
        expect(new Set(seen)).toEqual(new Set(['0/2', '1/2', '2/2']));
      });

      it('sets merging up again first when it is asked to', async () => {
        const { evaluator, renderer } = await setUp();
        await evaluator.evaluate({ id: 1, weights: HALF }, { images: ALL, rearm: true }, signal, {});
        expect(renderer.calls).toEqual(Array.from({ length: atWork }, () => 'rearm'));
      });

      it('throws the reason of the signal, and mistakes of ours as they are', async () => {
        const mistake = new TypeError('planted');
        const { measure } = await setUp({ failAt: () => mistake });
        await expect(measure(1)).rejects.toBe(mistake);
        const { evaluator } = await setUp();
        const reason = new Error('stopped');
        await expect(
          evaluator.evaluate({ id: 1, weights: HALF }, { images: ALL }, AbortSignal.abort(reason), {}),
        ).rejects.toBe(reason);
      });
    });

    describe('a failure', () => {
      it('that passes costs nothing but a new start, and keeps the images that came', async () => {
        let failures = 0;
        const lost = webuiError('webui-lost', 'It went away.');
        const { measure, renderer, sentences } = await setUp({
          failAt: (_, { id }) => (id === 'cats/2' && failures++ < 1 ? lost : undefined),
        });
        const outcome = await measure(7);
        expect(outcome.failure).toBeNull();
        expect(outcome.images).toEqual((await (await setUp()).measure(7)).images);
        expect(renderer.calls).toEqual(['rearm']);
        expect(sentences).toEqual([`Iteration 7: it went away. Trying again (1 of ${RETRIES}).`]);
      });

      it('that stays ends the trial after so many attempts, and the other images are there', async () => {
        let failures = 0;
        const { measure } = await setUp({
          failAt: (_, { id }) => {
            if (id !== 'cats/2') return undefined;
            failures++;
            return webuiError('webui-out-of-memory', 'Too large.');
          },
        });
        const { images, failure } = await measure(1);
        expect(failure).toMatchObject({ code: 'webui-out-of-memory', ends: 'trial' });
        expect(images.map(({ seed }) => seed)).toEqual([1, 2, 3]);
        expect(failures).toBe(tries('cats/2'));
      });

      it('that cannot be cured by asking again ends the trial at once', async () => {
        const { measure, renderer } = await setUp({
          failAt: () => webuiError('webui-rejected', 'Never.'),
        });
        expect((await measure(1)).failure).toEqual({
          code: 'webui-rejected',
          message: 'Never.',
          ends: 'trial',
        });
        expect(renderer.calls).toEqual([]);
      });

      it('of one image is that of this image alone, and the others count', async () => {
        let failures = 0;
        const { measure, sentences, renderer, looks } = await setUp({
          failAt: (_, { id }) => {
            if (id !== 'cats/1') return undefined;
            failures++;
            return webuiError('webui-server-error', 'No.', { image: { request: id } });
          },
        });
        const { images, missing, failure } = await measure(7);
        expect(failure).toBeNull();
        expect(images.map(({ seed }) => seed)).toEqual([1, 4]);
        const message = `No. This image was lost ${tries('cats/1')} times in a row.`;
        const why = { code: 'webui-server-error', message };
        expect(missing).toEqual([
          { request: 'cats/1', index: 0, ...why },
          { request: 'cats/1', index: 1, ...why },
        ]);
        expect(failures).toBe(tries('cats/1'));
        expect(renderer.images).toBe(2 + looks());
        expect(sentences.at(-1)).toBe(
          `Iteration 7: 2 of 4 images are missing (cats/1); the other 2 count. ${why.message}`,
        );
        // In the next trial it is asked for once.
        expect((await measure(8)).missing).toHaveLength(2);
        expect(failures).toBe(tries('cats/1') + 1);
      });

      it('of one image is one of all where it is the server that has failed', async () => {
        for (const code of ['webui-out-of-memory', 'webui-lost', 'webui-busy'] as const) {
          const { measure } = await setUp({
            failAt: (_, { id }) =>
              id === 'cats/2' ? webuiError(code, 'No.', { image: { request: id } }) : undefined,
          });
          expect(await measure(1)).toMatchObject({ missing: [], failure: { code, ends: 'trial' } });
        }
      });

      it('of more than half of the images ends the trial as the first of them did', async () => {
        const { measure, sentences } = await setUp({
          failAt: (_, { id }) =>
            id === 'cats/2'
              ? undefined
              : webuiError('webui-rejected', `Never ${id}.`, { image: { request: id } }),
        });
        const { images, failure, missing } = await measure(1);
        expect(failure).toEqual({ code: 'webui-rejected', message: 'Never cats/0.', ends: 'trial' });
        // Of several servers none knows how many images the others lack.
        expect([images.length, missing.length]).toEqual([atWork + spare > 1 ? 1 : 0, 3]);
        expect(sentences).toEqual([
          'Iteration 1: Never cats/0. Never cats/1. 3 of 4 images are missing (cats/0, cats/1), too many for a score.',
        ]);
      });

      it('that is forgotten with the images when the merge turns out to be broken', async () => {
        const { lie, ...options } = liar(true);
        const { measure } = await setUp({
          ...options,
          checkEvery: 1,
          failAt: (_, { id }) =>
            id === 'cats/0' ? webuiError('webui-rejected', 'No.', { image: { request: id } }) : undefined,
        });
        lie();
        expect(await measure(1)).toMatchObject({ images: [], missing: [], look: { result: 'mended' } });
        expect((await measure(1)).missing).toHaveLength(1);
      });

      it.each([
        ['somebody else works on the server', webuiError('webui-shared', 'Shared.')],
        ['the merge is gone for good', runError('merge-lost', 'Lost.', { endsRun: true })],
        ['the login is refused', webuiError('webui-auth', 'Login.')],
      ])('ends the run where %s', async (_, error) => {
        const { measure } = await setUp({ failAt: () => error });
        expect((await measure(1)).failure).toEqual({
          code: error.code,
          message: error.message,
          ends: 'run',
        });
      });

      it('of a server that stays away ends the run', async () => {
        const gone = webuiError('webui-refused', 'Nobody there.');
        const { measure, sentences } = await setUp({
          failAt: () => gone,
          onRearm: () => {
            throw gone;
          },
        });
        const { failure } = await measure(1);
        expect(failure).toMatchObject({ code: 'webui-gone', ends: 'run' });
        expect(sentences.at(-1)).toMatch(/is not answering; waiting up to 1 minute\./);
      });
    });

    describe('a look', () => {
      it('is not made while nothing was measured, nor without a reference', async () => {
        const { evaluator, looks } = await setUp();
        expect(await evaluator.look(signal, {})).toBeNull();
        expect(looks()).toBe(0);
        const unchecked = await setUp({ isChecked: false, checkEvery: 1 });
        expect((await unchecked.measure(1)).look).toBeNull();
        expect(await unchecked.evaluator.look(signal, {})).toBeNull();
      });

      it('holds, and then vouches for everything before it', async () => {
        const { evaluator, measure, looks } = await setUp();
        await measure(1);
        expect(await evaluator.look(signal, {})).toEqual({ result: 'holds' });
        expect(await evaluator.look(signal, {})).toBeNull();
        expect(looks()).toBe(atWork);
      });

      it('is part of every second evaluation with --check-every 2', async () => {
        const { measure, looks } = await setUp({ checkEvery: 2 });
        const found = [];
        for (const id of [1, 2, 3, 4, 5]) found.push((await measure(id)).look);
        expect(found).toEqual([null, { result: 'holds' }, null, { result: 'holds' }, null]);
        expect(looks()).toBe(2 * atWork);
      });

      it('counts a trial once, in however many parts it is measured', async () => {
        const { measure } = await setUp({ checkEvery: 2 });
        const found = [];
        for (const image of ALL) found.push((await measure(1, [image])).look);
        expect(found).toEqual([null, null, null, null]);
      });

      it('that finds another image and cures it says mended, and which trials are in doubt', async () => {
        const { lie, ...options } = liar(true);
        const { evaluator, measure } = await setUp(options);
        await measure(1);
        lie();
        await measure(2);
        expect(await evaluator.look(signal, {})).toEqual({
          result: 'mended',
          image: 'reference',
          trials: [1, 2],
          reason: expect.stringMatching(
            /of a known merge .* has changed, .*; iterations 1, 2 are unreliable\.$/,
          ),
        });
        expect(await evaluator.look(signal, {})).toBeNull();
      });

      // Where others can go on, the trial is measured again by them.
      const lost = spare > 0 ? 'mended' : 'lost';
      const ofLost =
        spare > 0 ? { code: 'merge-doubtful', ends: 'nothing' } : { code: 'merge-lost', ends: 'run' };

      it('that cannot cure it says lost', async () => {
        const { lie, ...options } = liar(false);
        const { evaluator, measure } = await setUp(options);
        await measure(1);
        lie();
        expect(await evaluator.look(signal, {})).toMatchObject({ result: lost, trials: [1] });
      });

      it('within an evaluation leaves none of its images, and asks for them again', async () => {
        const { lie, ...options } = liar(true);
        const { measure } = await setUp({ ...options, checkEvery: 2 });
        await measure(1);
        lie();
        const outcome = await measure(2);
        expect(outcome).toMatchObject({
          images: [],
          failure: { code: 'merge-doubtful', ends: 'nothing' },
          look: { result: 'mended', trials: [1] },
        });
        const honest = await (await setUp()).measure(2);
        expect((await measure(2)).images).toEqual(honest.images);
      });

      it('within an evaluation that cannot be cured ends the run', async () => {
        const { lie, ...options } = liar(false);
        const { measure } = await setUp({ ...options, checkEvery: 1 });
        lie();
        expect(await measure(1)).toMatchObject({
          images: [],
          failure: ofLost,
          look: { result: lost, trials: [] },
        });
      });

      it('that was broken off forgets nothing of what it found', async () => {
        const { lie, onRearm, ...options } = liar(true);
        let refusals = 1;
        const { measure } = await setUp({
          ...options,
          checkEvery: 2,
          onRearm: () => {
            if (refusals-- > 0) throw webuiError('webui-lost', 'Not now.');
            onRearm?.();
          },
        });
        await measure(1);
        lie();
        expect(await measure(2)).toMatchObject({ images: [], look: { result: 'mended', trials: [1] } });
      });

      it('that the server does not answer is an answer too', async () => {
        let isGone = false;
        const { evaluator, measure } = await setUp({
          failAt: () => (isGone ? webuiError('webui-refused', 'Nobody there.') : undefined),
        });
        await measure(1);
        isGone = true;
        expect(await evaluator.look(signal, {})).toEqual({
          result: 'unanswered',
          failure: { code: 'webui-refused', message: 'Nobody there.', ends: 'nothing' },
        });
      });

      it('takes one odd image for what it is', async () => {
        let odd = 1;
        const { evaluator, measure, events, sentences } = await setUp({
          merges: (weights) =>
            JSON.stringify(weights) === JSON.stringify(REFERENCE) && odd-- > 0 ? HALF : weights,
        });
        await measure(1);
        expect(await evaluator.look(signal, events)).toEqual({ result: 'holds' });
        expect(sentences).toEqual([expect.stringContaining('no scores are affected')]);
      });
    });

    describe('an image that is drawn again', () => {
      it('has the pixels that it had, and others for other weights', async () => {
        const { evaluator, measure, images } = await setUp();
        const outcome = await measure(1);
        const told = images.length;
        for (const { request, index, pixels } of outcome.images) {
          const again = await evaluator.redraw({ request, index, weights: HALF }, signal, {});
          expect(again).toEqual({ pixels, failure: null, look: null });
        }
        const image = { request: 'cats/0', index: 0, weights: uniformWeights(1, 'sd1') };
        const other = await evaluator.redraw(image, signal, {});
        expect(other.pixels).not.toBe(outcome.images[0]?.pixels);
        expect(images).toHaveLength(told);
      });

      it('is not believed of a server that was found again before that one was looked at', async () => {
        let failures = 1;
        const { evaluator, looks, sentences, events } = await setUp({
          failAt: (_, { id }) =>
            id === 'cats/0' && failures-- > 0 ? webuiError('webui-lost', 'Gone.') : undefined,
        });
        const again = await evaluator.redraw({ request: 'cats/0', index: 0, weights: HALF }, signal, events);
        expect(again).toMatchObject({ pixels: expect.any(String), failure: null, look: { result: 'holds' } });
        expect(looks()).toBe(1);
        expect(sentences).toEqual([`Gone. Trying again (1 of ${RETRIES}).`]);
      });

      it('says when it cannot be had', async () => {
        const { evaluator } = await setUp({ failAt: () => webuiError('webui-rejected', 'Never.') });
        expect(await evaluator.redraw({ request: 'cats/0', index: 0, weights: HALF }, signal, {})).toEqual({
          pixels: null,
          failure: { code: 'webui-rejected', message: 'Never.', ends: 'trial' },
          look: null,
        });
      });
    });
  });
}
