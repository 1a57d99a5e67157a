import { expect, it } from 'vitest';
import { parsePayload } from '../../../src/payload/load.ts';
import { imageCount, toRequests } from '../../../src/payload/requests.ts';
import { splitBatches } from '../../../src/payload/split-batches.ts';

const requestsOf = (payloads: Readonly<Record<string, object>>) =>
  toRequests(
    Object.entries(payloads).map(([name, raw]) => ({
      name,
      payload: parsePayload({ prompt: 'a', seed: 10, ...raw }, name),
    })),
    1,
  );

it('a batch becomes a request for every image, with the same seeds, numbered through its payload', async () => {
  const whole = await requestsOf({ p: { batch_size: 2, n_iter: 2 }, q: { batch_size: 3, seed: 5 } });
  const split = splitBatches(whole);
  expect(split.map(({ id, seeds, body }) => [id, seeds, body['seed'], body['batch_size']])).toEqual([
    ['p/0', [10], 10, 1],
    ['p/1', [11], 11, 1],
    ['p/2', [12], 12, 1],
    ['p/3', [13], 13, 1],
    ['q/0', [5], 5, 1],
    ['q/1', [6], 6, 1],
    ['q/2', [7], 7, 1],
  ]);
  expect(imageCount(split)).toBe(imageCount(whole));
  expect(split[0]?.body).not.toHaveProperty('subseed');
  expect(split[0]?.body).toEqual({ ...whole[0]?.body, batch_size: 1 });
  expect(splitBatches(split)).toEqual(split);
});

it('a variation counts up its own seed', async () => {
  const varied = { batch_size: 2, n_iter: 2, subseed: 7, subseed_strength: 0.5 };
  const split = splitBatches(await requestsOf({ p: varied }));
  expect(split.map(({ seeds, body }) => [seeds, body['seed'], body['subseed']])).toEqual(
    [7, 8, 9, 10].map((subseed) => [[10], 10, subseed]),
  );
});
