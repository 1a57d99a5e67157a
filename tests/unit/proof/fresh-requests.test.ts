import { describe, expect, it } from 'vitest';
import { freshImages, usualCount } from '../../../src/proof/fresh-requests.ts';
import type { SearchPlan } from '../../../src/journal/record.ts';

type Planned = Parameters<typeof freshImages>[0];
const request = (payload: string, n: number, seeds: number[], body: Record<string, unknown> = {}) => ({
  id: `${payload}/${n}`,
  payload,
  prompt: `${payload} ${n}`,
  negativePrompt: 'bad',
  reverseScoring: payload === 'b',
  seeds,
  body: { prompt: `${payload} ${n}`, seed: seeds[0], batch_size: seeds.length, ...body },
});
const planOf = (requests: SearchPlan['requests'], freshPrompts?: SearchPlan['freshPrompts']): Planned => ({
  requests,
  ...(freshPrompts !== undefined && { freshPrompts }),
  optimizer: { name: 'random', seed: 5, options: {}, second: null },
});

describe('fresh images', () => {
  const plan = planOf([request('a', 0, [7, 8, 9, 10]), request('b', 0, [3]), request('b', 1, [4])]);

  it('hold each payload as often as the set does, and alternate before that', () => {
    const payloads = freshImages(plan, 12).requests.map(({ payload }) => payload);
    expect(payloads.filter((payload) => payload === 'b')).toHaveLength(4);
    expect(payloads.slice(0, 3).toSorted()).toEqual(['a', 'a', 'b']);
  });

  it('are the beginning of every longer row', () => {
    const long = freshImages(plan, 50);
    expect(freshImages(plan, 20).requests).toEqual(long.requests.slice(0, 20));
    expect(freshImages(plan, 20).images).toEqual(long.images.slice(0, 20));
  });

  it('have seeds that nothing else has, and are requests of one image', () => {
    const { requests } = freshImages(plan, 200);
    const seeds = requests.flatMap((one) => one.seeds);
    expect(new Set(seeds).size).toBe(200);
    expect(seeds.filter((seed) => [7, 8, 9, 10, 3, 4].includes(seed))).toEqual([]);
    expect(new Set(requests.map(({ id }) => id)).size).toBe(200);
    for (const {
      body,
      seeds: [seed],
    } of requests)
      expect(body).toMatchObject({ seed, batch_size: 1, n_iter: 1 });
    expect(requests.find(({ payload }) => payload === 'b')?.reverseScoring).toBe(true);
  });

  it('skip a seed that the search has used', () => {
    const [first] = freshImages(planOf([request('a', 0, [1])]), 1).requests;
    const used = first?.seeds[0] ?? 0;
    const [other] = freshImages(planOf([request('a', 0, [used])]), 1).requests;
    expect(other?.seeds[0]).not.toBe(used);
  });

  it('take the fresh prompts of a payload, and again from the first when there are no more', () => {
    const prompts = ['x', 'y', 'z'].map((prompt) => ({ prompt, negativePrompt: '' }));
    const { requests } = freshImages(planOf([request('a', 0, [1])], [{ payload: 'a', prompts }]), 5);
    expect(requests.map(({ prompt }) => prompt)).toEqual(['x', 'y', 'z', 'x', 'y']);
    expect(requests.map(({ body }) => body['prompt'])).toEqual(['x', 'y', 'z', 'x', 'y']);
  });

  it('vary in their variation seeds too', () => {
    const { requests } = freshImages(planOf([request('a', 0, [1], { subseed: 9, subseed_strength: 1 })]), 9);
    expect(new Set(requests.map(({ body }) => body['subseed'])).size).toBe(9);
  });

  it('are whole sets of at least eight unless somebody says how many', () => {
    expect(usualCount(planOf([request('a', 0, [1, 2, 3])]).requests)).toBe(9);
    expect(usualCount(planOf([request('a', 0, [1])]).requests)).toBe(8);
    expect(usualCount(planOf(Array.from({ length: 12 }, (_, n) => request('a', n, [n]))).requests)).toBe(12);
  });
});
