/** The tiny world's numbers beside PyTorch's (tests/fixtures/tiny-world/make-reference.py). */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCheckpoint } from '../../../../src/checkpoints/checkpoint-file.ts';
import { blockOfKey } from '../../../../src/simulator/models/blocks.ts';
import { readTensors } from '../../../../src/simulator/models/disk-folder.ts';
import { interpolate } from '../../../../src/simulator/models/state-dict.ts';
import { modelFile, readSchedule, readVocabulary } from '../../../../src/simulator/worlds/tiny/assets.ts';
import { Graphs } from '../../../../src/simulator/worlds/tiny/graphs.ts';
import { layoutIssue } from '../../../../src/simulator/worlds/tiny/layout.ts';
import { TINY_WORLD } from '../../../../src/simulator/worlds/tiny/place.ts';
import { TinySampling } from '../../../../src/simulator/worlds/tiny/sampling.ts';
import { tokensOf } from '../../../../src/simulator/worlds/tiny/tokens.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import { weightsFromList } from '../../../../src/architectures/sd-lists.ts';

const FILE = path.join(import.meta.dirname, '../../../fixtures/tiny-world/reference.safetensors');
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
const facts = z
  .object({
    prompt: json(z.string()),
    negative: json(z.string()),
    weights: json(z.array(z.number())),
    width: json(z.int()),
    height: json(z.int()),
  })
  .parse(Object.fromEntries(openCheckpoint(FILE).metadata));
const expected = readTensors(FILE);
const tensor = (name: string): Float32Array => expected.get(name)?.data ?? new Float32Array(0);
const schedule = readSchedule();
const vocabulary = readVocabulary();
const [a, b] = ['crisp', 'vivid'].map((name) => readTensors(modelFile(name))) as [
  ReturnType<typeof readTensors>,
  ReturnType<typeof readTensors>,
];
const weights = new Map<string, number>(Object.entries(weightsFromList(facts.weights, 'search')));
const model = interpolate(a, a, b, (key) => weights.get(blockOfKey(key, 'sd1') ?? ''));

/** Largest difference, in the largest of the expected numbers where that is above 1. */
function difference(actual: Float32Array, wanted: Float32Array): number {
  expect(actual).toHaveLength(wanted.length);
  expect(wanted.length).toBeGreaterThan(0);
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] ?? 0))), 0) / scale;
}

function bytesOf(name: string): Buffer {
  const { tensors, dataStart } = openCheckpoint(FILE);
  const found = tensors.find((one) => one.name === name);
  return fs.readFileSync(FILE).subarray(dataStart + (found?.begin ?? 0), dataStart + (found?.end ?? 0));
}

describe('the tiny world beside PyTorch', () => {
  let graphs: Graphs;
  beforeAll(async () => {
    graphs = await Graphs.open({ folder: TINY_WORLD, suffix: '' });
  });
  afterAll(async () => {
    await graphs.close();
  });

  it('has weights for every input of its graphs', () => {
    expect(layoutIssue(model, graphs)).toBeUndefined();
    const weightsOf = (graph: 'text' | 'unet' | 'vae'): number =>
      graphs.inputsOf(graph).filter(({ name }) => name.includes('.')).length;
    expect([weightsOf('text'), weightsOf('unet'), weightsOf('vae')]).toEqual([20, 556, 44]);
    const unet = [...model.keys()].filter((key) => key.startsWith('model.diffusion_model.'));
    expect(unet).toHaveLength(556);
  });

  it('reads the same words', () => {
    const bytes = bytesOf('tokens');
    const ids = [facts.prompt, facts.negative].flatMap((text) => [...tokensOf(text, vocabulary, schedule)]);
    expect(ids).toEqual(ids.map((_, i) => bytes.readBigInt64LE(8 * i)));
  });

  it('makes the same contexts', async () => {
    for (const [name, text] of [
      ['context', facts.prompt],
      ['negative', facts.negative],
    ] as const) {
      const data = tokensOf(text, vocabulary, schedule);
      const { context } = await graphs.run('text', model, { tokens: { dims: [1, data.length], data } });
      expect(difference(context?.data ?? new Float32Array(0), tensor(name))).toBeLessThan(1e-5);
    }
  });

  it('goes the same way from the same noise, to the same picture', async () => {
    const { prompt, negative: negativePrompt, width, height } = facts;
    const job = {
      prompt,
      negativePrompt,
      width,
      height,
      seed: 1,
      subseed: 0,
      subseedStrength: 0,
      steps: schedule.steps,
      cfgScale: 7,
    };
    const noise = (): Float32Array => tensor('noise');
    const encoders = { positive: model, negative: model };
    const sampling = new TinySampling({ graphs, schedule, vocabulary, noise }, { jobs: [job], encoders });
    for (let step = 0; step < schedule.steps; step++) await sampling.step(model);
    expect(difference(sampling.latents[0] ?? new Float32Array(0), tensor('latent'))).toBeLessThan(1e-5);

    const rest = { finished: 1, sampler: 'Euler', scheduler: 'Automatic', clipSkip: 1, hires: null };
    const parts = { weights: uniformWeights(0, 'sd1'), textEncoder: '', vae: '', damaged: false };
    const picture = await sampling.paint({ ...job, ...rest, ...parts, batch: { size: 1, index: 0 } }, model);
    const planes = bytesOf('picture');
    const off = picture.data.map((value, i) =>
      Math.abs(value - (planes[(i % 3) * width * height + Math.floor(i / 3)] ?? 0)),
    );
    // Where a value lies between two bytes, the seventh digit decides.
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
    expect(off.filter((value) => value > 0).length).toBeLessThan(off.length / 100);
  });
});
