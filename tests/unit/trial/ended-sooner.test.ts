/** An evaluation that is to end after the image that is being made, and what is told on the way. */
import { expect, it } from 'vitest';
import { createJudge, createScorers } from '../../../src/score/index.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { LocalEvaluator } from '../../../src/trial/local-evaluator.ts';
import { TinyRenderer } from '../../helpers/tiny-renderer.ts';
import { makeRequest } from '../renderers/make-request.ts';

const SIZE = { width: 64, height: 64 };
const REQUESTS = [
  makeRequest(SIZE, { id: 'cats/0', seeds: [1] }),
  makeRequest(SIZE, { id: 'cats/1', seeds: [2, 3] }),
  makeRequest(SIZE, { id: 'cats/2', seeds: [4] }),
];
const ALL = REQUESTS.flatMap(({ id, seeds }) => seeds.map((_, index) => ({ request: id, index })));
const { signal } = new AbortController();

function evaluatorOf(renderer: TinyRenderer): LocalEvaluator {
  return new LocalEvaluator({
    renderer,
    judge: createJudge(createScorers(['quality'])),
    checksSize: true,
    requests: REQUESTS,
    reference: undefined,
    checkEvery: 0,
    retries: 0,
    reconnect: 1,
    clock: systemClock,
  });
}

it('has all images of the request under way, and the others are not missing', async () => {
  const until = new AbortController();
  const asked: string[] = [];
  const renderer = new TinyRenderer({
    onImage: (_, { id }) => {
      asked.push(id);
      if (id === 'cats/1') until.abort();
    },
  });
  const told: string[] = [];
  const outcome = await evaluatorOf(renderer).evaluate(
    { id: 1, weights: uniformWeights(0.5, 'sd1') },
    { images: ALL, until: until.signal },
    signal,
    {
      onArrival: ({ request, index }) => void told.push(`came ${request} ${index}`),
      onImage: ({ request, index }) => void told.push(`scored ${request} ${index}`),
    },
  );
  expect(outcome).toMatchObject({ missing: [], failure: null });
  expect(outcome.images.map(({ seed }) => seed)).toEqual([1, 2, 3]);
  expect(asked).not.toContain('cats/2');
  for (const image of ['cats/0 0', 'cats/1 0', 'cats/1 1'])
    expect(told.indexOf(`came ${image}`)).toBeLessThan(told.indexOf(`scored ${image}`));
});

it('draws nothing where it is to end before it has begun', async () => {
  const renderer = new TinyRenderer();
  const outcome = await evaluatorOf(renderer).evaluate(
    { id: 1, weights: uniformWeights(0.5, 'sd1') },
    { images: ALL, until: AbortSignal.abort() },
    signal,
    {},
  );
  expect(outcome).toMatchObject({ images: [], missing: [], failure: null });
  expect(renderer.images).toBe(0);
});
