import { describe, expect, it } from 'vitest';
import { cutToUnits, imagesInPlan, orderImages, unitEnds, upToUnits } from '../../../src/allocation/index.ts';
import { splitBatches } from '../../../src/payload/split-batches.ts';
import { toRequests } from '../../../src/payload/requests.ts';
import { payloadSchema } from '../../../src/payload/schema.ts';
import type { ImageRequest } from '../../../src/types.ts';

const requestsOf = async (
  ...payloads: readonly { readonly name: string; readonly prompt: string; readonly [key: string]: unknown }[]
): Promise<ImageRequest[]> =>
  toRequests(
    payloads.map(({ name, ...payload }) => ({ name, payload: payloadSchema.parse({ seed: 7, ...payload }) })),
    1,
  );

const keys = (images: readonly { readonly request: string; readonly index: number }[]): string[] =>
  images.map(({ request, index }) => `${request}#${index}`);

describe('the order of images', () => {
  it('has one image of every prompt before the second of any', async () => {
    const requests = await requestsOf(
      { name: 'a', prompt: 'a cat', n_iter: 3 },
      { name: 'b', prompt: 'a dog', n_iter: 1 },
      { name: 'c', prompt: 'a cat and a dog', n_iter: 2 },
    );
    // The third has most words in common with the others.
    expect(keys(orderImages(requests))).toEqual(['c/0#0', 'a/0#0', 'b/0#0', 'c/1#0', 'a/1#0', 'a/2#0']);
  });

  it('begins with the prompt that is nearest to all, then takes what is farthest from those before', async () => {
    const requests = await requestsOf(
      { name: 'one', prompt: 'red house, river' },
      { name: 'two', prompt: 'red house, hill' },
      { name: 'three', prompt: 'red house' },
      { name: 'far', prompt: 'portrait of an old sailor' },
    );
    expect(keys(orderImages(requests))).toEqual(['three/0#0', 'far/0#0', 'one/0#0', 'two/0#0']);
  });

  it('keeps the order of the payloads among equals, and is the same every time', async () => {
    const requests = await requestsOf(
      { name: 'x', prompt: 'same words' },
      { name: 'y', prompt: 'same words' },
      { name: 'z', prompt: '' },
    );
    expect(keys(orderImages(requests))).toEqual(['x/0#0', 'z/0#0', 'y/0#0']);
    expect(orderImages(requests)).toEqual(orderImages(requests));
  });

  it('has every image once, those of a batch together', async () => {
    const requests = await requestsOf(
      { name: 'a', prompt: 'a cat', n_iter: 2, batch_size: 2 },
      { name: 'b', prompt: 'a dog', batch_size: 3 },
    );
    const order = orderImages(requests);
    expect(keys(order).toSorted()).toEqual(keys(imagesInPlan(requests)).toSorted());
    expect(keys(order)).toEqual(['a/0#0', 'a/0#1', 'b/0#0', 'b/0#1', 'b/0#2', 'a/1#0', 'a/1#1']);
    expect(unitEnds(order)).toEqual([2, 5, 7]);
  });
});

describe('whole units', () => {
  const ends = [2, 5, 7];

  it.each([
    [1, {}, 2],
    [4, {}, 2],
    [5, {}, 5],
    [100, {}, 7],
    [3, { had: 2 }, 5],
    [7, { had: 2 }, 7],
    [7, { had: 2, most: 6 }, 5],
    [7, { had: 5, most: 6 }, undefined],
    [7, { had: 7 }, undefined],
  ])('%j images after %j are %j', (images, limits, cut) => {
    expect(cutToUnits(ends, images, limits)).toBe(cut);
  });

  it.each([
    [1, 2],
    [2, 2],
    [3, 5],
    [6, 7],
    [100, 7],
  ])('a new trial that is to have %j images gets %j', (images, whole) => {
    expect(upToUnits(ends, images)).toBe(whole);
  });
});

describe('a batch that is split', () => {
  it('keeps its seeds, one in every request, and names no request twice', async () => {
    const requests = await requestsOf({ name: 'a', prompt: 'a cat', n_iter: 2, batch_size: 3 });
    const split = splitBatches(requests);
    expect(split.map(({ id }) => id)).toEqual(['a/0', 'a/1', 'a/2', 'a/3', 'a/4', 'a/5']);
    expect(split.flatMap(({ seeds }) => seeds)).toEqual([7, 8, 9, 10, 11, 12]);
    expect(split.map(({ body }) => body['seed'])).toEqual([7, 8, 9, 10, 11, 12]);
    expect(split.map(({ body }) => body['batch_size'])).toEqual([1, 1, 1, 1, 1, 1]);
    expect(split.every(({ body }) => body['subseed'] === undefined)).toBe(true);
  });

  it('counts the variation up where the seed stands still', async () => {
    const [request, ...others] = await requestsOf({
      name: 'a',
      prompt: 'a cat',
      batch_size: 2,
      subseed: 40,
      subseed_strength: 0.5,
    });
    expect(others).toEqual([]);
    const split = splitBatches(request === undefined ? [] : [request]);
    expect(split.map(({ body }) => [body['seed'], body['subseed']])).toEqual([
      [7, 40],
      [7, 41],
    ]);
    expect(split.map(({ seeds }) => seeds)).toEqual([[7], [7]]);
  });
});
