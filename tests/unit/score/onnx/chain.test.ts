import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OnnxEngine, type SharedGraph } from '../../../../src/score/onnx/engine.ts';
import type { Pixels } from '../../../../src/types.ts';
import { cleanPrompt } from '../../../../src/score/onnx/text/prompt.ts';
import { fixtureJson, makePicture, pictureSchema } from './reference.ts';
import { itemOf, MODELS, toyScorer } from './scorers.ts';

const { pictures, prompts, expected } = fixtureJson(
  'expected.json',
  z.object({
    pictures: z.array(pictureSchema),
    prompts: z.array(z.object({ prompt: z.string(), clean: z.string() })),
    expected: z.array(
      z.object({
        manifest: z.string(),
        picture: z.int(),
        prompt: z.string().nullable(),
        negativePrompt: z.string().optional(),
        value: z.number(),
      }),
    ),
  }),
);
const manifests = [...new Set(expected.map(({ manifest }) => manifest))];

describe('the whole chain, through the real process, gives what PyTorch gives', () => {
  const engine = new OnnxEngine();
  const { signal } = new AbortController();
  let inputs: Pixels[];
  let graphs: SharedGraph[] = [];

  beforeAll(async () => {
    inputs = await Promise.all(pictures.map(makePicture));
    // Held, so that the heads on CLIP do not start its processes anew.
    const files = ['clip/vision.onnx', 'clip/text.onnx'].map((file) => path.join(MODELS, file));
    graphs = await Promise.all(files.map(async (file) => engine.acquire(file, signal)));
  });

  afterAll(async () => {
    for (const graph of graphs) await graph.release();
  });

  it.each(manifests)('%s', async (name) => {
    const scorer = toyScorer(name, engine);
    await scorer.open?.(signal);
    const cases = expected.filter(({ manifest }) => manifest === name);
    const items = cases.map(({ picture, prompt, negativePrompt }) => {
      const pixels = inputs[picture];
      if (pixels === undefined) throw new Error(`There is no picture ${picture}.`);
      return itemOf(pixels, prompt ?? '', negativePrompt);
    });
    const results = await scorer.score(items, signal);
    await scorer.close?.();
    expect(results).toHaveLength(cases.length);
    for (const [i, result] of results.entries()) {
      const value = result.state === 'scored' ? result.value : NaN;
      const wanted = cases[i]?.value ?? NaN;
      expect(Math.abs(value - wanted), `${name} ${i}: ${value}, not ${wanted}`).toBeLessThan(1e-3);
    }
    expect(new Set(cases.map(({ value }) => value)).size).toBeGreaterThan(1);
  });

  it('reads the prompts as the reference did', () => {
    expect(prompts.map(({ prompt }) => cleanPrompt(prompt))).toEqual(prompts.map(({ clean }) => clean));
  });
});
