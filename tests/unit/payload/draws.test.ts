/** Templates in payloads: drawn once, with seeds that make no image twice. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePayload } from '../../../src/payload/load.ts';
import { drawFreshPrompts, toRequests } from '../../../src/payload/requests.ts';
import { openWildcards } from '../../../src/prompts/index.ts';
import type { ImageRequest } from '../../../src/types.ts';
import { temporaryFolder } from '../../helpers/run-search.ts';

async function drawn(raw: object, runSeed = 1, settings = {}): Promise<ImageRequest[]> {
  return toRequests([{ name: 'p', payload: parsePayload({ seed: 10, ...raw }, 'p') }], runSeed, settings);
}

const seen = (requests: readonly ImageRequest[]): unknown[] =>
  requests.map(({ id, prompt, negativePrompt, body }) => [
    id,
    prompt,
    negativePrompt,
    body['prompt'],
    body['seed'],
  ]);

describe('a template', () => {
  it('becomes one request for every prompt, with the same seed and n_iter 1', async () => {
    const requests = await drawn({
      prompt: 'a {red|blue} hat',
      negative_prompt: '{bad|worse}',
      wildcard_type: 'combinatorial',
      n_iter: 2,
      batch_size: 2,
    });
    expect(seen(requests)).toEqual([
      ['p/0', 'a red hat', 'bad', 'a red hat', 10],
      ['p/1', 'a blue hat', 'worse', 'a blue hat', 10],
    ]);
    expect(requests[0]).toMatchObject({
      seeds: [10, 11],
      body: { n_iter: 1, batch_size: 2, negative_prompt: 'bad' },
    });
    expect(requests[0]?.body).not.toHaveProperty('wildcard_type');
  });

  it('that has fewer prompts than n_iter makes fewer images', async () => {
    const raw = { prompt: '{a|b}', wildcard_type: 'combinatorial', n_iter: 9 };
    expect((await drawn(raw)).map(({ prompt }) => prompt)).toEqual(['a', 'b']);
  });

  it('that draws a prompt again gives it the next seed', async () => {
    const requests = await drawn({ prompt: '{a|b}', wildcard_type: 'random', n_iter: 12 });
    const images = requests.map(({ prompt, seeds }) => `${prompt} ${seeds.join()}`);
    expect(new Set(images).size).toBe(12);
    expect(new Set(requests.map(({ prompt }) => prompt))).toEqual(new Set(['a', 'b']));
  });

  it('is drawn by the seed of the run', async () => {
    const raw = { prompt: '{1|2|3|4|5|6|7|8}', wildcard_type: 'random', n_iter: 6 };
    const prompts = async (seed: number): Promise<string> =>
      (await drawn(raw, seed)).map(({ prompt }) => prompt).join();
    expect(await prompts(1)).toBe(await prompts(1));
    expect(await prompts(1)).not.toBe(await prompts(2));
  });

  it('takes wildcards from a folder', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'hats'));
    writeFileSync(path.join(folder, 'hats/kinds.txt'), 'fez\nberet\n');
    const raw = { prompt: 'a __hats/*__', wildcard_type: 'combinatorial', n_iter: 5 };
    const requests = await drawn(raw, 1, { wildcards: await openWildcards(folder) });
    expect(requests.map(({ prompt }) => prompt).toSorted()).toEqual(['a beret', 'a fez']);
    await expect(drawn(raw)).rejects.toThrow(/Payload p: .*--wildcards/);
  });

  it('of jinja2 is rendered', async () => {
    const raw = { prompt: '{% for i in [1, 2] %}x{{ i }} {% endfor %}', wildcard_type: 'jinja2' };
    expect((await drawn(raw))[0]?.prompt.trim()).toBe('x1 x2');
  });

  it.each([
    ['that asks a website', { prompt: 'a', wildcard_type: 'lucky' }, /"lucky" fetch prompts from a website/],
    ['with an open brace', { prompt: 'a {b|c', wildcard_type: 'random' }, /Payload p: the prompt/],
  ])('%s is refused', async (_, raw, message) => {
    await expect(drawn(raw)).rejects.toThrow(message);
  });
});

describe('fresh prompts', () => {
  const fresh = async (raw: object, runSeed = 1) => {
    const payload = parsePayload({ seed: 10, ...raw }, 'p');
    const [own] = await drawFreshPrompts([{ name: 'p', payload }], runSeed, await openWildcards(undefined));
    return own?.prompts.map(({ prompt }) => prompt);
  };
  const NUMBER = '{0|1|2|3|4|5|6|7|8|9}';
  const wide = { prompt: NUMBER.repeat(6), wildcard_type: 'random' };

  it.each([
    [1, 24],
    [6, 24],
    [7, 28],
    [100, 400],
    [101, 400],
  ])('of a payload with %s prompts are %s, none of them among those', async (used, count) => {
    const prompts = (await fresh({ ...wide, n_iter: used })) ?? [];
    expect(prompts).toHaveLength(count);
    const known = new Set((await drawn({ ...wide, n_iter: used })).map(({ prompt }) => prompt));
    expect(prompts.filter((prompt) => known.has(prompt))).toEqual([]);
    expect(await fresh({ ...wide, n_iter: used })).toEqual(prompts);
    expect(await fresh({ ...wide, n_iter: used }, 2)).not.toEqual(prompts);
  });

  it('are those that are left, or the same where none is', async () => {
    const few = { prompt: '{a|b|c}', wildcard_type: 'combinatorial' };
    expect(await fresh({ ...few, n_iter: 2 })).toEqual(['c']);
    expect(await fresh({ ...few, n_iter: 3 })).toEqual(['a', 'b', 'c']);
  });

  it('are none of a prompt that is no template, and are told of no more warnings', async () => {
    expect(await fresh({ prompt: 'hat', wildcard_type: 'random' })).toBeUndefined();
    expect(await fresh({ prompt: '{a|b}' })).toBeUndefined();
  });
});

it('a seed that the run draws is that of the payload’s name, one for the image and another for its variation', async () => {
  const requestOf = async (name: string, raw: object) => {
    const payload = parsePayload({ prompt: 'a', subseed_strength: 0.5, ...raw }, 'p');
    const [request] = await toRequests([{ name, payload }], 1);
    return [request?.body['seed'], request?.body['subseed']];
  };
  const [seed, subseed] = await requestOf('p', {});
  expect(seed).not.toBe(subseed);
  expect(await requestOf('p', { subseed: 0 })).toEqual([seed, 0]);
  expect(await requestOf('p', { seed: 0 })).toEqual([0, subseed]);
  expect(await requestOf('q', {})).not.toEqual([seed, subseed]);
});

it('a variation of no strength is none', async () => {
  const [request] = await drawn({ prompt: 'a', subseed: 5, batch_size: 2 });
  expect(request?.seeds).toEqual([10, 11]);
  expect(request?.body).not.toHaveProperty('subseed_strength');
});

it('what is odd in the files of wildcards is told once', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'hats.txt'), '3::fez\nberet\n');
  const raw = { prompt: 'a __hats__', wildcard_type: 'random' };
  const wildcards = await openWildcards(folder);
  const told: string[] = [];
  for (let time = 1; time <= 2; time++)
    await drawn(raw, 1, { wildcards, onWarning: (sentence: string) => told.push(sentence) });
  expect(told).toEqual([expect.stringContaining('"3::fez" is used literally')]);
  // Nobody need be told.
  await drawn(raw, 1, { wildcards: await openWildcards(folder) });
  const again = await openWildcards(folder);
  const payload = parsePayload(raw, 'p');
  await drawFreshPrompts([{ name: 'p', payload }], 1, again);
  expect(again.takeWarnings()).toEqual([]);
});

it('a template that cannot be read names its file', async () => {
  const payload = parsePayload({ prompt: 'a {b', wildcard_type: 'random' }, 'x');
  const named = { name: 'hat', file: 'hats/hat.toml', payload };
  await expect(toRequests([named], 1)).rejects.toThrow(/^Payload hats\/hat\.toml: the prompt, column 5/);
});

it('a plain prompt keeps the rounds of the WebUI, and braces stay where templates are off', async () => {
  expect(seen(await drawn({ prompt: 'hat', wildcard_type: 'random', n_iter: 2 }))).toEqual([
    ['p/0', 'hat', '', 'hat', 10],
    ['p/1', 'hat', '', 'hat', 11],
  ]);
  expect((await drawn({ prompt: '{a|b}' }))[0]?.prompt).toBe('{a|b}');
});

it('seeds of each second merge are shifted, drawn prompts are not', async () => {
  const raw = { prompt: '{a|b|c|d}', wildcard_type: 'random', n_iter: 3 };
  const [plain, shifted] = [await drawn(raw), await drawn(raw, 1, { seedShift: 1 })];
  expect(shifted.map(({ prompt }) => prompt)).toEqual(plain.map(({ prompt }) => prompt));
  expect(shifted.map(({ seeds }) => seeds[0])).toEqual(plain.map(({ seeds }) => (seeds[0] ?? 0) + 1));
});
