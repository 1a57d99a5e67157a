/** The scorer that asks the WebUI itself, against the simulated one: better merges must score higher. */
import { afterEach, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/images/decode.ts';
import { createJudge } from '../../src/score/score-image.ts';
import type { JudgedItem } from '../../src/score/score-image.ts';
import { webuiTagsScorer } from '../../src/score/webui-tags/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { get, loadB, merged, shoot } from '../unit/simulator/client.ts';

const PROMPT = 'green hills, blue sky, small house, masterpiece';
const NEGATIVE = 'blurry, worst quality';
const { signal } = new AbortController();
let simulator: Simulator;

afterEach(async () => {
  await simulator.close();
});

async function imageAt(weight: number): Promise<JudgedItem> {
  const request = { prompt: PROMPT, negative_prompt: NEGATIVE, width: 128, height: 128, ...merged(weight) };
  const { images, info } = await shoot(simulator.url, request);
  const bytes = Buffer.from(images[0] ?? '', 'base64');
  const [infotext] = info['infotexts'] as string[];
  return {
    bytes,
    pixels: await decodeImage(bytes),
    prompt: PROMPT,
    negativePrompt: NEGATIVE,
    payload: 'hills',
    seed: 1,
    infotext: infotext ?? null,
    reverse: false,
  };
}

describe.each([
  ['deepdanbooru', 'POST /sdapi/v1/interrogate'],
  ['tagger', 'POST /tagger/v1/interrogate'],
])('webui-tags by way of %s', (via, path) => {
  it('scores a good merge higher than a bad one, and leaves the settings as they were', async () => {
    simulator = await startSimulator({ extensions: ['runtime-block-merge', 'wd14-tagger'] });
    const { url } = simulator;
    await loadB(url);
    const { body: before } = await get(url, '/sdapi/v1/options');
    const scorer = webuiTagsScorer.create(webuiTagsScorer.options.parse({ url, via }));
    const judge = createJudge([{ scorer, weight: 1 }]);
    await judge.open(signal);
    const scores: number[] = [];
    for (const weight of [0, 0.5, 1]) {
      scores.push((await judge.judge(await imageAt(weight), signal)).score);
    }
    await judge.close();
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(new Set(scores).size).toBe(3);
    expect((await get(url, '/sdapi/v1/options')).body).toEqual(before);
    expect(simulator.stats().requests[path]).toBe(1 + 3);
  });
});
