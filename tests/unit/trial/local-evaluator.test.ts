/** The evaluator of this process alone: how often it tries, what it says of that, and that nobody need listen. */
import { expect, it } from 'vitest';
import { webuiError } from '../../../src/renderers/index.ts';
import { createJudge, createScorers } from '../../../src/score/index.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import type { EvaluationEvents } from '../../../src/trial/evaluator.ts';
import { LocalEvaluator } from '../../../src/trial/local-evaluator.ts';
import { patient } from '../../../src/trial/patient-renderer.ts';
import { TinyRenderer, type TinyRendererOptions } from '../../helpers/tiny-renderer.ts';
import { makeRequest } from '../renderers/make-request.ts';

const REQUESTS = [1, 2, 3, 4].map((seed) =>
  makeRequest({ width: 32, height: 32 }, { id: `cats/${seed}`, seeds: [seed] }),
);
const IMAGES = REQUESTS.map(({ id }) => ({ request: id, index: 0 }));
const weights = uniformWeights(0.5, 'sd1');
const lost = webuiError('webui-server-error', 'The merge is gone.', { retry: 'rearm' });

function evaluatorOf(options: TinyRendererOptions, { isPatient = false, retries = 2 } = {}) {
  const clock = { now: () => 0, sleep: async () => {} };
  const tiny = new TinyRenderer(options);
  const evaluator = new LocalEvaluator({
    renderer: isPatient ? patient(tiny, { clock, retries, minutes: 1 }) : tiny,
    judge: createJudge(createScorers(['quality'])),
    checksSize: true,
    requests: REQUESTS,
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
  return { evaluator, tiny, told, measure };
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
  const image = { request: 'dogs/1', index: 0, seconds: 1 };
  const file = { bytes: new Uint8Array(), infotext: null };
  expect(await evaluator.judge({ id: 1, weights }, { image, file }, NEVER_ABORTED, {})).toBeUndefined();
  expect(await evaluator.redraw({ request: 'cats/1', index: 7, weights }, NEVER_ABORTED, {})).toMatchObject({
    pixels: null,
    failure: null,
  });
  expect(await evaluator.look(NEVER_ABORTED, {})).toBeNull();
});
