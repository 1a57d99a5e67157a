import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OnnxEngine } from '../../../../src/score/onnx/engine.ts';
import { openHead } from '../../../../src/score/onnx/heads.ts';
import { manifestSchema, readManifest, type Head } from '../../../../src/score/onnx/manifest.ts';
import { builtInManifests } from '../../../../src/score/onnx/manifests/index.ts';
import { createOnnxScorer } from '../../../../src/score/onnx/onnx-scorer.ts';
import { placeBytes, preparePicture } from '../../../../src/score/onnx/preprocess/prepare.ts';
import { profileSchema, type Profile } from '../../../../src/score/onnx/preprocess/profile.ts';
import type { Scorer } from '../../../../src/score/scorer.ts';
import type { Pixels } from '../../../../src/types.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { FIXTURES, fixtureJson, makePicture, pictureSchema, sha256 } from './reference.ts';
import { itemOf, manifestFile, MODELS, valueOf } from './scorers.ts';

const FOLDER = fileURLToPath(new URL('steps/', FIXTURES));
const { signal } = new AbortController();

const numbers = z.array(z.number());
const { pictures, profiles, crops, heads, graphs } = fixtureJson(
  'steps/steps.json',
  z.object({
    pictures: z.array(pictureSchema),
    profiles: z.record(z.string(), profileSchema),
    crops: z.array(
      z.object({
        profile: z.string(),
        picture: z.int(),
        layout: z.enum(['nchw', 'nhwc']),
        at: z.array(z.int()),
        values: numbers,
        mean: z.number(),
        sha256: z.string().optional(),
      }),
    ),
    heads: z.array(z.object({ file: z.string(), layers: z.unknown(), values: numbers })),
    graphs: z.array(
      z.object({ output: z.string(), head: z.looseObject({ kind: z.string() }), values: numbers }),
    ),
  }),
);

let inputs: Pixels[];
beforeAll(async () => {
  inputs = await Promise.all(pictures.map(makePicture));
});

describe('a profile that resizes before it cuts, or pads at an edge, equals Pillow and torchvision', () => {
  it.each(Object.entries(profiles))('%s', (name, profile: Profile) => {
    const cases = crops.filter((crop) => crop.profile === name);
    expect(cases).toHaveLength(pictures.length);
    for (const { picture, layout, at, values, mean, sha256: hash } of cases) {
      const pixels = inputs[picture];
      if (pixels === undefined) throw new Error(`There is no picture ${picture}.`);
      expect(hash === undefined ? undefined : sha256(placeBytes(pixels, profile).data)).toBe(hash);
      const tensor = preparePicture(pixels, profile, layout);
      expect(tensor).toHaveLength(3 * profile.size ** 2);
      const differences = values.map((value, i) => Math.abs(value - (tensor[at[i] ?? 0] ?? NaN)));
      // PyTorch takes the positions of its floats in single precision.
      expect(Math.max(...differences)).toBeLessThan(profile.resampler === 'floats' ? 1e-4 : 2e-5);
      const sum = tensor.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum / tensor.length - mean)).toBeLessThan(1e-5 * Math.max(1, Math.abs(mean)));
    }
  });
});

const base = JSON.parse(readFileSync(manifestFile('toy-chain'), 'utf8')) as Record<string, unknown>;

async function valuesOf(manifest: unknown): Promise<number[]> {
  const scorer: Scorer = createOnnxScorer({
    manifest: manifestSchema.parse(manifest),
    folders: () => [FOLDER, MODELS],
    engine: new OnnxEngine(),
  });
  try {
    await scorer.open?.(signal);
    const results = await scorer.score(
      inputs.map((pixels) => itemOf(pixels)),
      signal,
    );
    return results.map(valueOf);
  } finally {
    await scorer.close?.();
  }
}

describe('a head gives what PyTorch gives', () => {
  it.each(heads)('$file', async ({ file, layers, values }) => {
    const found = await valuesOf({ ...base, head: { kind: 'layers', files: [{ file }], layers } });
    for (const [i, value] of found.entries()) expect(Math.abs(value - (values[i] ?? NaN))).toBeLessThan(1e-3);
    expect(new Set(values).size).toBeGreaterThan(2);
  });

  it('with the layers of the built-in scorers', () => {
    const layersOf = (id: string): unknown => {
      const head = builtInManifests.find((manifest) => manifest.id === id)?.head;
      return head?.kind === 'layers' ? head.layers : undefined;
    };
    const [waifu, , , predictor] = heads;
    expect(layersOf('waifu-scorer')).toEqual(waifu?.layers);
    expect(layersOf('aesthetic-v25')).toEqual(predictor?.layers);
  });

  it('or says why a batch normalisation does not fit', () => {
    const open = (layers: unknown) => () =>
      openHead(
        manifestSchema.parse({ ...base, head: { kind: 'layers', files: [{ file: 'x' }], layers } }).head,
        path.join(FOLDER, 'waifu-scorer.safetensors'),
      );
    expect(open([{ linear: 'layers.0' }, { batchNorm: 'layers.6' }, { linear: 'layers.18' }])).toThrow(
      /a batch normalisation of 16 numbers is next to a layer of 32/,
    );
    expect(open([{ linear: 'layers.16' }, { batchNorm: 'layers.0' }, { linear: 'layers.18' }])).toThrow(
      /has no layers\.0\.running_mean/,
    );
  });
});

const picture = {
  graph: { file: 'graph.onnx' },
  profile: { size: 64, resize: 80, fit: 'squash', filter: 'bicubic' },
};

describe('a head over what the graph gives equals ONNX Runtime in Python', () => {
  it.each(graphs)('$head.kind of $output', async ({ output, head, values }) => {
    const found = await valuesOf({ ...base, picture: { ...picture, output }, head });
    for (const [i, value] of found.entries()) expect(Math.abs(value - (values[i] ?? NaN))).toBeLessThan(2e-6);
    expect(new Set(values).size).toBeGreaterThan(2);
  });

  it.each([
    [
      { kind: 'probability', labels: ['a', 'b', 'c'], label: 'a' },
      'logits',
      /where a probability is expected/,
    ],
    [{ kind: 'max', channels: { count: 7, read: [0] } }, 'boxes', /384 numbers, not 7 per box/],
  ])('or refuses: %j of %s', async (head, output, message) => {
    await expect(valuesOf({ ...base, picture: { ...picture, output }, head })).rejects.toThrow(
      expect.objectContaining({ code: 'onnx-output', message: expect.stringMatching(message) }),
    );
  });

  it('and a detector that finds nothing', () => {
    const judged = (head: Head): unknown =>
      openHead(head, null).judge({
        picture: new Float32Array(0),
        text: new Float32Array(0),
        item: itemOf({ width: 1, height: 1, data: new Uint8Array(3) }),
      });
    expect(judged({ kind: 'max', none: 0 })).toEqual({ state: 'scored', value: 0 });
    // No finite number: the score is refused where it is used.
    expect(judged({ kind: 'max' })).toEqual({ state: 'scored', value: -Infinity });
    expect(judged({ kind: 'mean' })).toEqual({ state: 'scored', value: NaN });
  });
});

describe('a manifest that asks for what cannot be', () => {
  const profile = { size: 64, fit: 'crop', filter: 'bicubic' };
  it.each([
    [
      { picture: { ...picture, profile: { ...profile, resize: 32 } } },
      /"picture\.profile\.resize" must be at least the size/,
    ],
    [
      { picture: { ...picture, profile: { ...profile, fit: 'pad', resize: 80 } } },
      /resize" must be .* crop or squash; got 80/,
    ],
    [
      { picture: { ...picture, profile: { ...profile, place: 'top-left' } } },
      /place" is only for the fit pad or letterbox/,
    ],
    [
      { head: { kind: 'max', channels: { count: 2, read: [2] } } },
      /"head\.channels\.read" must be below the count/,
    ],
    [{ head: { kind: 'probability', labels: ['a'], label: 'b' } }, /"head\.label" must be one of the labels/],
  ])('%j', (change, message) => {
    const file = path.join(temporaryFolder('steps'), 'm.json');
    writeFileSync(file, JSON.stringify({ ...base, ...change }));
    expect(() => readManifest(file)).toThrow(message);
  });
});

it('takes the examples of the guide', () => {
  const guide = readFileSync(new URL('../../../docs/onnx-scorers.md', FIXTURES), 'utf8');
  const examples = [...guide.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']): unknown =>
    JSON.parse(text),
  );
  expect(examples).toHaveLength(3);
  for (const example of examples) {
    const manifest = { ...base, ...(typeof example === 'object' ? example : {}) };
    expect(manifestSchema.safeParse(manifest).error).toBeUndefined();
  }
});
