/** The evaluator of this process alone: how often it tries, what it says of that, and that nobody need listen. */
import { expect, it } from 'vitest';
import { webuiError } from '../../../src/renderers/index.ts';
import { createJudge, createScorers } from '../../../src/score/index.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import type { EvaluationEvents } from '../../../src/trial/evaluator.ts';
import { LocalEvaluator } from '../../../src/trial/local-evaluator.ts';
import { patient } from '../../../src/trial/patient-renderer.ts';
import type { RenderJob } from '../../../src/renderers/renderer.ts';
import type { EncodedImage, Image, ImageRecord } from '../../../src/types.ts';
import { TinyRenderer, type TinyRendererOptions } from '../../helpers/tiny-renderer.ts';
import { makeRequest } from '../renderers/make-request.ts';

const REQUESTS = [1, 2, 3, 4].map((seed) =>
  makeRequest({ width: 32, height: 32 }, { id: `cats/${seed}`, seeds: [seed] }),
);
const IMAGES = REQUESTS.map(({ id }) => ({ request: id, index: 0 }));
const weights = uniformWeights(0.5, 'sd1');
const lost = webuiError('webui-server-error', 'The merge is gone.', { retry: 'rearm' });

function evaluatorOf(
  options: TinyRendererOptions,
  { isPatient = false, retries = 2, requests = REQUESTS, tiny = new TinyRenderer(options) } = {},
) {
  const clock = { now: () => 0, sleep: async () => {} };
  const evaluator = new LocalEvaluator({
    renderer: isPatient ? patient(tiny, { clock, retries, minutes: 1 }) : tiny,
    judge: createJudge(createScorers(['quality'])),
    checksSize: true,
    requests,
    reference: undefined,
    checkEvery: 0,
    retries,
    reconnect: 1,
    clock,
  });
  const told: string[] = [];
  const events: EvaluationEvents = {
    onWarning: (sentence) => void told.push(sentence),
    onState: ({ state, sentence }) => state === 'waiting' && void told.push(`${state}: ${sentence}`),
  };
  const measure = async (heard = events) =>
    evaluator.evaluate({ id: 1, weights }, { images: IMAGES }, NEVER_ABORTED, heard);
  return { evaluator, tiny, told, events, measure };
}

const rearmed = ({ calls }: TinyRenderer): number => calls.filter((call) => call === 'rearm').length;

it('sets merging up again as often as it may, and says so every time', async () => {
  const { tiny, told, measure } = evaluatorOf({ failAt: () => lost });
  expect(await measure()).toMatchObject({
    images: [],
    failure: { code: 'webui-server-error', message: 'The merge is gone.', ends: 'trial' },
  });
  expect(told).toEqual([
    'Iteration 1: the merge is gone. Trying again (1 of 2).',
    'Iteration 1: the merge is gone. Trying again (2 of 2).',
    'Iteration 1: the merge is gone.',
  ]);
  expect(rearmed(tiny)).toBe(3);
});

it('tries at once and no more where nothing is to be tried again', async () => {
  const { tiny, told, measure } = evaluatorOf({ failAt: () => lost }, { retries: 0 });
  expect(await measure()).toMatchObject({ failure: { ends: 'trial' } });
  expect(told).toEqual(['Iteration 1: the merge is gone.']);
  expect(rearmed(tiny)).toBe(1);
});

it('counts the attempts at one image, not the misfortunes of a trial', async () => {
  const failed = new Set<string>();
  const { tiny, told, measure } = evaluatorOf(
    {
      failAt: (_, { id }) => {
        if (failed.has(id)) return undefined;
        failed.add(id);
        return lost;
      },
    },
    { retries: 1 },
  );
  const { images, failure } = await measure();
  expect([images.length, failure]).toEqual([4, null]);
  expect(told).toEqual(
    Array.from({ length: 4 }, () => 'Iteration 1: the merge is gone. Trying again (1 of 1).'),
  );
  expect(rearmed(tiny)).toBe(4);
});

it('says that an image is asked for again, and waits visibly', async () => {
  let left = 1;
  const cut = webuiError('webui-bad-reply', 'It was cut.', { retry: 'image' });
  const { told, measure } = evaluatorOf(
    { failAt: () => (left-- > 0 ? cut : undefined) },
    { isPatient: true },
  );
  expect(await measure()).toMatchObject({ failure: null });
  expect(told).toEqual([
    'Iteration 1: it was cut. Asking for the image again in 1 s.',
    'waiting: It was cut. Asking for the image again in 1 s.',
  ]);
});

it('needs nobody who listens', async () => {
  for (const failure of [lost, webuiError('webui-bad-reply', 'It was cut.', { retry: 'image' })]) {
    let left = 1;
    const { evaluator, measure } = evaluatorOf(
      { failAt: () => (left-- > 0 ? failure : undefined) },
      { isPatient: true },
    );
    const { images, failure: none } = await measure({});
    expect([images.length, none]).toEqual([4, null]);
    left = 1;
    const [first] = images;
    if (first === undefined) throw new Error('there are four');
    const redrawn = await evaluator.redraw({ request: first.request, index: 0, weights }, NEVER_ABORTED, {});
    expect(redrawn).toMatchObject({ pixels: first.pixels, failure: null });
  }
  const refused = webuiError('webui-rejected', 'No such sampler.', { image: { request: 'cats/2' } });
  const { measure } = evaluatorOf({ failAt: (_, { id }) => (id === 'cats/2' ? refused : undefined) });
  const { missing, failure } = await measure({});
  expect([missing.map(({ request }) => request), failure]).toEqual([['cats/2'], null]);
});

it('finds no image of a request that it does not know', async () => {
  const { evaluator } = evaluatorOf({});
  expect(await evaluator.redraw({ request: 'cats/1', index: 7, weights }, NEVER_ABORTED, {})).toMatchObject({
    pixels: null,
    failure: null,
  });
  expect(await evaluator.look(NEVER_ABORTED, {})).toBeNull();
});

/** Sends its images as it is told to: none, some twice, or some that nobody wanted. */
class OddRenderer extends TinyRenderer {
  readonly #sent: (image: Image) => readonly Image[];

  constructor(sent: (image: Image) => readonly Image[]) {
    super();
    this.#sent = sent;
  }

  override async *render(job: RenderJob, signal: AbortSignal): AsyncGenerator<Image> {
    job.onProgress?.({ requestId: 'cats', step: null, steps: null });
    job.onProgress?.({ requestId: 'cats', step: 0, steps: 20 });
    for await (const image of super.render(job, signal)) {
      job.onProgress?.({ requestId: 'cats', step: 7, steps: 20 });
      yield* this.#sent(image);
    }
  }
}

it('takes every image once that is wanted, and misses those that never come', async () => {
  const twice = evaluatorOf({}, { tiny: new OddRenderer((image) => [image, image]) });
  const part = await twice.evaluator.evaluate(
    { id: 1, weights },
    { images: IMAGES.slice(1, 3) },
    NEVER_ABORTED,
    twice.events,
  );
  expect([part.images.map(({ seed }) => seed), part.failure]).toEqual([[2, 3], null]);
  const lacking = evaluatorOf(
    {},
    { tiny: new OddRenderer((image) => (image.request.id === 'cats/2' ? [] : [image])) },
  );
  expect(await lacking.measure()).toMatchObject({
    failure: { code: 'pictures-missing', message: 'Received only 3 of 4 images from tiny.', ends: 'trial' },
  });
});

it('says that images are drawn once one is begun', async () => {
  const { measure } = evaluatorOf({}, { tiny: new OddRenderer((image) => [image]) });
  const seen: string[] = [];
  await measure({
    onState: ({ state }) => void seen.push(state),
    onProgress: ({ done, step }) => void seen.push(`${done} ${step}`),
  });
  expect(seen.slice(0, 5)).toEqual(['merging', '0 null', '0 null', '0 0', 'drawing']);
  expect(seen[5]).toBe('0 7');
  expect(seen.at(-1)).toBe('4 null');
});

it('scores an image that was drawn before as it would have been then, and tells of it in the same way', async () => {
  const { evaluator, measure } = evaluatorOf({});
  const files: { record: ImageRecord; file: EncodedImage }[] = [];
  await measure({ onImage: (record, file) => void files.push({ record, file }) });
  const first = files.at(-1);
  if (first === undefined) throw new Error('there are four');
  const { request, index, seconds } = first.record;
  const told: string[] = [];
  const judged = await evaluator.judge(
    { id: 1, weights },
    { image: { request, index, seconds }, file: first.file },
    NEVER_ABORTED,
    {
      onArrival: (image) => void told.push(`came ${image.request}`),
      onImage: (image) => void told.push(`scored ${image.request}`),
    },
  );
  expect(judged).toEqual(first.record);
  expect(told).toEqual([`came ${request}`, `scored ${request}`]);
  const unknown = { image: { request: 'dogs/1', index, seconds }, file: first.file };
  expect(await evaluator.judge({ id: 1, weights }, unknown, NEVER_ABORTED, {})).toBeUndefined();
  const broken = { image: { request, index, seconds }, file: { ...first.file, bytes: new Uint8Array(9) } };
  expect(await evaluator.judge({ id: 1, weights }, broken, NEVER_ABORTED, {})).toBeUndefined();
});

it('says once of a payload that it gives nothing, and no more in every iteration', async () => {
  const dogs = REQUESTS.map((request, n) => (n === 0 ? { ...request, payload: 'dogs' } : request));
  const refused = webuiError('webui-rejected', 'No such sampler.', { image: { request: 'cats/1' } });
  const failAt = (_: unknown, { id }: { readonly id: string }) => (id === 'cats/1' ? refused : undefined);
  const { evaluator, told, events } = evaluatorOf({ failAt }, { requests: dogs });
  const counts: number[] = [];
  let first: string | undefined;
  for (let id = 1; id <= 4; id++) {
    told.length = 0;
    await evaluator.evaluate({ id, weights }, { images: IMAGES }, NEVER_ABORTED, events);
    counts.push(told.length);
    first ??= told[0];
  }
  expect(counts).toEqual([1, 1, 1, 0]);
  expect(first).toBe('Iteration 1: 1 of 4 images is missing (cats/1); the other 3 count. No such sampler.');
  const silent = evaluatorOf({ failAt }, { requests: dogs });
  for (let id = 1; id <= 3; id++)
    expect(
      await silent.evaluator.evaluate({ id, weights }, { images: IMAGES }, NEVER_ABORTED, {}),
    ).toMatchObject({ failure: null });
});
