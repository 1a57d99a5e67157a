/** The numbers of the tiny world's transformer beside PyTorch's (tests/fixtures/tiny-world/make-reference-flux.py). */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recogniseArchitecture } from '../../../../src/architectures/registry.ts';
import { openCheckpoint } from '../../../../src/checkpoints/checkpoint-file.ts';
import { blockOfKey } from '../../../../src/simulator/models/blocks.ts';
import { readTensors } from '../../../../src/simulator/models/disk-folder.ts';
import { interpolate } from '../../../../src/simulator/models/state-dict.ts';
import type { StateDict } from '../../../../src/simulator/models/state-dict.ts';
import { readSchedule, readVocabulary, TINY_FLUX } from '../../../../src/simulator/worlds/tiny/assets.ts';
import { Graphs } from '../../../../src/simulator/worlds/tiny/graphs.ts';
import { layoutIssue } from '../../../../src/simulator/worlds/tiny/layout.ts';
import { TinySampling } from '../../../../src/simulator/worlds/tiny/sampling.ts';
import { tokensOf } from '../../../../src/simulator/worlds/tiny/tokens.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';

const FILE = path.join(import.meta.dirname, '../../../fixtures/tiny-world/reference-flux.safetensors');
const ARCHITECTURE = 'flux1:double_blocks=5,single_blocks=10,-guidance_in';
const NETWORK = 'model.diffusion_model.';
const PARTS = {
  'clip-l': 'text_encoders.clip_l.transformer.',
  t5: 'text_encoders.t5xxl.transformer.',
  vae: 'first_stage_model.',
};
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
const facts = z
  .object({
    prompt: json(z.string()),
    negative: json(z.string()),
    weights: json(z.record(z.string(), z.number())),
    width: json(z.int()),
    height: json(z.int()),
    cfg: json(z.number()),
  })
  .parse(Object.fromEntries(openCheckpoint(FILE).metadata));
const expected = readTensors(FILE);
const tensor = (name: string): Float32Array => expected.get(name)?.data ?? new Float32Array(0);
const schedule = readSchedule(TINY_FLUX);
const vocabulary = readVocabulary(TINY_FLUX);
const fileOf = (name: string): string => path.join(TINY_FLUX, `${name}.safetensors`);
const part = (name: string, prefix: string): StateDict =>
  new Map([...readTensors(fileOf(name))].map(([key, value]) => [`${prefix}${key}`, value]));
const [a, b] = [part('crisp-flux', NETWORK), part('vivid-flux', NETWORK)];
const model: StateDict = new Map([
  ...interpolate(a, a, b, (key) => facts.weights[blockOfKey(key, ARCHITECTURE) ?? '']),
  ...Object.entries(PARTS).flatMap(([name, prefix]) => [...part(name, prefix)]),
]);

/** Largest difference, in the largest of the expected numbers where that is above 1. */
function difference(actual: Float32Array | undefined, wanted: Float32Array): number {
  expect(actual).toHaveLength(wanted.length);
  expect(wanted.length).toBeGreaterThan(0);
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual?.[i] ?? 0))), 0) / scale;
}

function picturesBytes(): Buffer {
  const { tensors, dataStart } = openCheckpoint(FILE);
  const found = tensors.find(({ name }) => name === 'picture');
  return fs.readFileSync(FILE).subarray(dataStart + (found?.begin ?? 0), dataStart + (found?.end ?? 0));
}

describe('the files of the transformer', () => {
  it.each(['crisp-flux', 'vivid-flux'])('%s is recognised as Flux.1 with few blocks', (name) => {
    const found = recogniseArchitecture(openCheckpoint(fileOf(name)));
    expect(found?.architecture).toBe(ARCHITECTURE);
  });

  it('take no more than 13 MB with all that belongs to them', () => {
    const sizes = fs.readdirSync(TINY_FLUX).map((name) => fs.statSync(path.join(TINY_FLUX, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(13e6);
  });

  it.each(Object.keys(facts.weights))('differ in %s', (block) => {
    const own = [...a.keys()].filter((key) => blockOfKey(key, ARCHITECTURE) === block);
    expect(own.some((key) => a.get(key)?.data.some((value, i) => value !== b.get(key)?.data[i]))).toBe(true);
  });
});

describe('the transformer beside PyTorch', () => {
  let graphs: Graphs;
  beforeAll(async () => {
    graphs = await Graphs.open({ folder: TINY_FLUX, suffix: '' });
  });
  afterAll(async () => {
    await graphs.close();
  });

  const { prompt, negative: negativePrompt, width, height, cfg } = facts;
  const jobWith = (cfgScale: number) => ({
    prompt,
    negativePrompt,
    width,
    height,
    seed: 1,
    subseed: 0,
    subseedStrength: 0,
    steps: schedule.steps,
    cfgScale,
  });
  async function sampled(cfgScale: number): Promise<TinySampling> {
    const noise = (): Float32Array => tensor('noise');
    const encoders = { positive: model, negative: model };
    const batch = { jobs: [jobWith(cfgScale)], encoders };
    const sampling = new TinySampling({ graphs, schedule, vocabulary, noise }, batch);
    for (let step = 0; step < schedule.steps; step++) await sampling.step(model);
    return sampling;
  }

  it('has weights for every input of its graphs', () => {
    expect(layoutIssue(model, graphs)).toBeUndefined();
    const weightsOf = (graph: 'text' | 'unet' | 'vae'): number =>
      graphs.inputsOf(graph).filter(({ name }) => name.includes('.')).length;
    expect([weightsOf('text'), weightsOf('unet'), weightsOf('vae')]).toEqual([41, 216, 44]);
    expect(a.size).toBe(216);
  });

  it('reads a prompt the same with both encoders', async () => {
    const data = tokensOf(prompt, vocabulary, schedule);
    const read = await graphs.run('text', model, { tokens: { dims: [1, data.length], data } });
    expect(difference(read['context']?.data, tensor('context'))).toBeLessThan(1e-5);
    expect(difference(read['pooled']?.data, tensor('pooled'))).toBeLessThan(1e-5);
  });

  it('goes the same way without guidance, to the same picture', async () => {
    const sampling = await sampled(1);
    expect(difference(sampling.latents[0], tensor('latent'))).toBeLessThan(1e-5);

    const rest = { finished: 1, sampler: 'Euler', scheduler: 'Automatic', clipSkip: 1, hires: null };
    const parts = { weights: uniformWeights(0, ARCHITECTURE), textEncoder: '', vae: '', damaged: false };
    const picture = await sampling.paint(
      { ...jobWith(1), ...rest, ...parts, batch: { size: 1, index: 0 } },
      model,
    );
    const planes = picturesBytes();
    const off = picture.data.map((value, i) =>
      Math.abs(value - (planes[(i % 3) * width * height + Math.floor(i / 3)] ?? 0)),
    );
    // Where a value lies between two bytes, the seventh digit decides.
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
    expect(off.filter((value) => value > 0).length).toBeLessThan(off.length / 100);
  });

  it('goes the same way with guidance and a negative prompt', async () => {
    const sampling = await sampled(cfg);
    expect(difference(sampling.latents[0], tensor('guided'))).toBeLessThan(1e-5);
    expect(difference(sampling.latents[0], tensor('latent'))).toBeGreaterThan(1e-2);
  });
});
