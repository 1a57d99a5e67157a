import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkModels, hasRuntime } from '../../../../src/score/onnx/check-models.ts';
import { onnxDefinitions, onnxScorers } from '../../../../src/score/onnx/definitions.ts';
import { manifestSchema, readManifest } from '../../../../src/score/onnx/manifest.ts';
import { builtInManifests } from '../../../../src/score/onnx/manifests/index.ts';
import { modelsFolder } from '../../../../src/score/onnx/models-folder.ts';
import { photograph } from '../images.ts';
import { brokenToy, itemOf, manifestFile, MODELS, valueOf } from './scorers.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

describe('built-in manifests', () => {
  it('have a definition each, and one for graphs of one’s own', () => {
    expect(onnxScorers.map(({ id }) => id)).toEqual([...builtInManifests.map(({ id }) => id), 'onnx']);
    expect(new Set(onnxScorers.map(({ id }) => id)).size).toBe(20);
    for (const { options, create, id } of onnxDefinitions()) {
      if (id === 'onnx') continue;
      expect(options.safeParse({}).success).toBe(true);
      expect(options.safeParse({ manifest: 'x' }).success).toBe(false);
      // Made without any file.
      expect(create({})).toMatchObject({ id, higherIsBetter: true });
    }
  });

  it('share the graph and the profile where they share the backbone', () => {
    const heads = ['laion-v1', 'laion-v2-ava', 'laion-v2-sac', 'chad', 'clipscore'];
    const pictures = builtInManifests.filter(({ id }) => heads.includes(id)).map(({ picture }) => picture);
    expect(pictures).toHaveLength(5);
    for (const picture of pictures) expect(picture).toEqual(pictures[0]);
  });

  it('say when they need a prompt', () => {
    const needing = onnxDefinitions().filter(({ id, create }) => id !== 'onnx' && create({}).needsPrompt);
    expect(needing.map(({ id }) => id)).toEqual([
      'clipscore',
      'wd-tags',
      'image-reward',
      'pickscore',
      'hps-v21',
    ]);
  });

  it('tell what is missing as soon as their version is asked for', () => {
    const sac = onnxDefinitions().find(({ id }) => id === 'laion-v2-sac');
    expect(() => sac?.create({}).version).toThrow(
      /vision_model\.onnx, which is missing\. Download it from Xenova/,
    );
  });
});

describe('a manifest of one’s own', () => {
  it('finds its files beside itself', async () => {
    const toy = brokenToy('toy-linear', (text) => text);
    const definition = onnxDefinitions().find(({ id }) => id === 'onnx');
    const scorer = definition?.create({ manifest: toy.manifest });
    await scorer?.open?.(new AbortController().signal);
    const results = await scorer?.score([itemOf(await photograph('coffee'))], new AbortController().signal);
    expect(Number.isFinite(valueOf(results?.[0]))).toBe(true);
    expect(scorer?.id).toBe('onnx');
    await scorer?.close?.();
    rmSync(toy.folder, { recursive: true });
  });

  const toy = (): Record<string, unknown> => JSON.parse(readFileSync(manifestFile('toy-chain'), 'utf8'));

  it.each([
    ['an unknown key', { sumary: 'x' }, /Unknown key "sumary"\. Did you mean "summary"\?/],
    ['another version', { version: 2 }, /"version" must be one of 1; got 2/],
    ['a bad id', { id: 'Mine!' }, /"id" must be lower-case words/],
    ['no head', { head: undefined }, /"head" is missing/],
    [
      'a cosine without a text',
      { head: { kind: 'cosine' } },
      /"head\.kind" needs a text with its own graph; got "cosine"/,
    ],
    [
      'a label that is none',
      { head: { kind: 'softmax', labels: ['a', 'b'], label: 'c' } },
      /must be one of the labels/,
    ],
    ['no list', [], /must be an object/],
  ])('with %s says so', (_, change, message) => {
    const folder = temporaryFolder('manifest');
    const file = path.join(folder, 'm.json');
    writeFileSync(file, JSON.stringify(Array.isArray(change) ? change : { ...toy(), ...change }));
    expect(() => readManifest(file)).toThrow(
      expect.objectContaining({ code: 'onnx-manifest', kind: 'usage' }),
    );
    expect(() => readManifest(file)).toThrow(message);
    rmSync(folder, { recursive: true });
  });

  it('takes a profile that has no name', () => {
    const { picture, ...rest } = readManifest(manifestFile('toy-chain'));
    const profile = { size: 64, fit: 'letterbox', filter: 'lanczos', background: 127 };
    const parsed = manifestSchema.parse({ ...rest, picture: { ...picture, profile } });
    expect(parsed.picture.profile).toMatchObject({ ...profile, resampler: 'pillow', channels: 'rgb' });
  });
});

describe('the models folder', () => {
  it.each([
    [{ AUTOMBW_MODELS: path.resolve('here') }, path.resolve('here')],
    [{ XDG_DATA_HOME: path.resolve('data') }, path.join(path.resolve('data'), 'autombw', 'models')],
    [{ LOCALAPPDATA: path.resolve('local') }, path.join(path.resolve('local'), 'autombw', 'models')],
    [{}, path.join(os.homedir(), '.local', 'share', 'autombw', 'models')],
  ])('with %j', (env, folder) => {
    expect(modelsFolder(env)).toBe(folder);
  });
});

describe('a check of models', () => {
  it('knows manifests, and no other names', async () => {
    expect(await checkModels([manifestFile('toy-chain')], MODELS)).toMatchObject([
      { id: 'toy-chain', ready: true, fault: null },
    ]);
    await expect(checkModels(['laion-v2-sak'], MODELS)).rejects.toThrow(/Did you mean "laion-v2-sac"/);
    expect(hasRuntime()).toBe(true);
  });

  it('computes the head', async () => {
    const toy = brokenToy('toy-chain', (text) => text.replace('layers.7', 'layers.8'));
    const [check] = await checkModels([toy.manifest], toy.folder);
    expect(check).toMatchObject({ ready: false, fault: expect.stringMatching(/no layers\.8\.weight/) });
    rmSync(toy.folder, { recursive: true });
  });
});
