/** `label_emb` of SDXL: model A's as ever, a block of its own for who asks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { allBlocksOf, blocksOf } from '../../../src/architectures/registry.ts';
import { mergeCheckpoints } from '../../../src/checkpoints/merge.ts';
import { readMergeRecipe } from '../../../src/checkpoints/metadata.ts';
import { openCheckpoint, type CheckpointFile } from '../../../src/checkpoints/checkpoint-file.ts';
import { findWeights } from '../../../src/cli/commands/files/merge-weights.ts';
import { formatHistoryCsv, readHistoryCsv } from '../../../src/formats/history-csv.ts';
import { capabilitiesOf } from '../../../src/renderers/comfyui/capabilities.ts';
import { mergeNodes } from '../../../src/renderers/comfyui/graph/merge.ts';
import { effectiveWeights } from '../../../src/renderers/effective-weights.ts';
import { knownCapabilities } from '../../../src/renderers/index.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { createSpace, decode, encode, type SpaceSettings } from '../../../src/space/space.ts';
import type { BlockWeights } from '../../../src/types.ts';
import { fitWeights } from '../../../src/weights/fit.ts';
import { formatWeights } from '../../../src/weights/format.ts';
import { WEIGHT_FORMATS } from '../../../src/weights/unsupported.ts';
import { readJsonWeights } from '../../../src/weights/json-file.ts';
import { tensorBytes, writeTo } from '../checkpoints/make-checkpoint.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/tiny-world/sdxl');
const modelA = path.join(FIXTURES, 'crisp-sdxl.safetensors');
const modelB = path.join(FIXTURES, 'vivid-sdxl.safetensors');
const LABEL = 'model.diffusion_model.label_emb.';
const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-label-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function merged(name: string, weights: BlockWeights): Promise<CheckpointFile> {
  const output = path.join(folder, `${name}.safetensors`);
  await mergeCheckpoints({ modelA, modelB, output, weights, hashes: false }, { workers: 0 });
  return openCheckpoint(output);
}

/** Keys whose bytes differ. */
function differing(one: CheckpointFile, other: CheckpointFile): string[] {
  return one.tensors
    .map(({ name }) => name)
    .filter((name) => !tensorBytes(one, name).equals(tensorBytes(other, name)));
}

describe('a native merge of trained models', () => {
  const [a, b] = [openCheckpoint(modelA), openCheckpoint(modelB)];

  it('with every block at 1, LABEL_EMB among them, has the UNet of B bit for bit', async () => {
    const found = fitWeights(await findWeights({ weights: '1' }), 'sdxl');
    expect(Object.keys(found.weights)).toEqual(allBlocksOf('sdxl'));
    const all = await merged('all', found.weights);
    const inUnet = (name: string): boolean => name.startsWith('model.diffusion_model.');
    expect(differing(a, b).filter((name) => name.startsWith(LABEL)).length).toBeGreaterThan(0);
    expect(differing(all, b).filter(inUnet)).toEqual([]);
    expect(differing(all, a).filter((name) => !inUnet(name))).toEqual([]);
    expect(readMergeRecipe(all.metadata)?.weights).toHaveProperty('LABEL_EMB', 1);
  });

  it('with the 21 blocks of a search at 1 leaves LABEL_EMB at A', async () => {
    const searched = await merged('searched', uniformWeights(1, 'sdxl'));
    expect(differing(searched, a).filter((name) => name.startsWith(LABEL))).toEqual([]);
    expect(differing(searched, b).filter((name) => name.startsWith(LABEL)).length).toBeGreaterThan(0);
  });

  it('with LABEL_EMB alone changes nothing else', async () => {
    const found = fitWeights(await findWeights({ weights: 'LABEL_EMB=1' }), 'sdxl');
    const only = await merged('only', found.weights);
    const changed = differing(only, a);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.filter((name) => !name.startsWith(LABEL))).toEqual([]);
    expect(differing(only, b).filter((name) => name.startsWith(LABEL))).toEqual([]);
  });
});

describe('weights by name', () => {
  const list = Array.from({ length: 27 }, () => '0.5').join(',');

  it('come on top of a list, a preset or one number, in any case of letters', async () => {
    const search = await findWeights({ weights: `${list},label_emb=0.25`, order: 'search' });
    expect(fitWeights(search, 'sdxl').weights).toMatchObject({ IN00: 0.5, LABEL_EMB: 0.25 });
    const preset = await findWeights({ weights: 'preset:GRAD_V,LABEL_EMB=1' });
    expect(fitWeights(preset, 'sdxl').weights).toMatchObject({ IN00: 1, LABEL_EMB: 1 });
    const uniform = fitWeights(await findWeights({ weights: '0.5,OUT=0' }), 'sd1');
    expect(uniform.weights).toEqual({ ...uniformWeights(0.5, 'sd1'), OUT: 0 });
  });

  it('that no model of the family has are refused, misspelt ones with the nearest', async () => {
    const named = await findWeights({ weights: '1,LABEL_EMB=1' });
    expect(() => fitWeights(named, 'sd1')).toThrow(/Stable Diffusion 1\.x, which has no block LABEL_EMB;/);
    await expect(findWeights({ weights: 'LABEL_EMBED=1' })).rejects.toThrow(/Did you mean "LABEL_EMB"\?$/);
    await expect(findWeights({ weights: 'LABEL_EMB=x' })).rejects.toThrow(/LABEL_EMB is "x", not a number/);
    await expect(findWeights({ weights: 'LABEL_EMB=1,0.5' })).rejects.toThrow(/no block "0\.5"/);
  });
});

describe('a search', () => {
  const settings = (change: Partial<SpaceSettings> = {}): SpaceSettings => ({
    architecture: 'sdxl',
    low: 0,
    high: 1,
    intervals: 10,
    blocks: {},
    ...change,
  });

  it('has 21 blocks unless LABEL_EMB is asked for; off or 0 is not asking', () => {
    for (const blocks of [{}, { LABEL_EMB: 0 }, { LABEL_EMB: 'off' }] as const) {
      const space = createSpace(settings({ blocks, optional: [] }));
      expect(space.dimensions.map(({ name }) => name)).toEqual(blocksOf('sdxl'));
      expect(
        Object.keys(
          decode(
            space,
            space.dimensions.map(() => 0.5),
          ),
        ),
      ).toEqual(blocksOf('sdxl'));
    }
  });

  it('moves it between its bounds, holds it at a number, or lets it share a weight', () => {
    const moving = createSpace(settings({ blocks: { LABEL_EMB: { low: 0, high: 0.5 } } }));
    expect(moving.dimensions.at(-1)).toMatchObject({ name: 'LABEL_EMB', low: 0, high: 0.5 });
    expect(
      decode(
        moving,
        moving.dimensions.map(() => 0.25),
      ),
    ).toHaveProperty('LABEL_EMB', 0.25);
    const fixed = createSpace(settings({ blocks: { LABEL_EMB: 1 } }));
    expect(fixed.dimensions).toHaveLength(21);
    expect(fixed.fixed).toEqual({ LABEL_EMB: 1 });
    const off = createSpace(settings({ blocks: { LABEL_EMB: 'off' }, base: { LABEL_EMB: 0.7 } }));
    expect(off.fixed).toEqual({ LABEL_EMB: 0.7 });
    const shared = createSpace(settings({ groups: ['TIME_EMBED,LABEL_EMB'] }));
    expect(shared.dimensions.at(-1)?.name).toBe('TIME_EMBED+LABEL_EMB');
  });

  it('learns from weights without it as from merges that left it at A', () => {
    const space = createSpace(settings({ blocks: { LABEL_EMB: { low: 0, high: 1 } } }));
    const point = encode(space, uniformWeights(1, 'sdxl'));
    expect(point).toEqual([...blocksOf('sdxl').map(() => 1), 0]);
  });

  it.each(['runtime-block-merge', 'model-mixer', 'bayesian-merger', 'lora-block-weight'] as const)(
    '%s cannot set it, and says so before the run',
    (backend) => {
      const { optional = [] } = knownCapabilities({ backend, architecture: 'sdxl' }) ?? {};
      for (const change of [{ blocks: { LABEL_EMB: 1 } }, { groups: ['OUT,LABEL_EMB'] }]) {
        expect(() => createSpace(settings({ ...change, optional }))).toThrow(
          /^Block LABEL_EMB cannot be set by this backend and stays model A's: .+ or checkpoint\.$/,
        );
      }
    },
  );

  it.each([
    ['checkpoint', (id: string) => knownCapabilities({ backend: 'checkpoint', architecture: id })],
    ['comfyui', (id: string) => capabilitiesOf(id, undefined)],
  ] as const)('%s can set it', (_, capabilities) => {
    expect(capabilities('sdxl')).toMatchObject({ optional: ['LABEL_EMB'], free: blocksOf('sdxl') });
    expect(capabilities('sd1')?.optional).toEqual([]);
  });

  it('is no block of SD1', () => {
    expect(() => createSpace(settings({ architecture: 'sd1', blocks: { LABEL_EMB: 1 } }))).toThrow(
      /Block LABEL_EMB does not exist in sd1/,
    );
  });
});

describe('ComfyUI', () => {
  const files = { modelA: 'a', modelB: 'b' };
  const ratio = (weights: BlockWeights): unknown =>
    mergeNodes(files, 'sdxl', weights).graph['merge']?.inputs['label_emb.'];

  it('gets it as the input of its own', () => {
    const weights = uniformWeights(0.5, 'sdxl');
    expect(ratio(weights)).toBe(1);
    expect(ratio({ ...weights, LABEL_EMB: 0.25 })).toBe(0.75);
    expect(ratio({ ...weights, IN00: 2 })).toBeCloseTo(2 / 3, 12);
    expect(ratio({ ...weights, LABEL_EMB: 2 })).toBeCloseTo(0, 12);
    const capabilities = { tied: {}, fixed: {} };
    expect(effectiveWeights({ ...weights, LABEL_EMB: 1 }, capabilities, 'sdxl')).toHaveProperty(
      'LABEL_EMB',
      1,
    );
    expect(effectiveWeights(weights, capabilities, 'sdxl')).not.toHaveProperty('LABEL_EMB');
  });
});

describe('files', () => {
  const weights = { ...uniformWeights(0.5, 'sdxl'), LABEL_EMB: 0.25 };
  const row = { weights, score: 1, evalTimes: 2, iterTimes: 3, extra: {} };

  it('a history has it in a column of its own, behind those of the Python tool', async () => {
    const [header, line] = formatHistoryCsv([row]).split('\n');
    const numbers = Array.from({ length: 27 }, (_, i) => i).join(',');
    expect(header).toBe(`${numbers},score,eval_times,iter_times,LABEL_EMB`);
    expect(line?.endsWith(',1.0,2.0,3.0,0.25')).toBe(true);
    const [read] = await readHistoryCsv(formatHistoryCsv([row]));
    expect(read).toMatchObject({ ...row, weights });
    expect(formatHistoryCsv([], blocksOf('sdxl'))).toBe(`${numbers},score,eval_times,iter_times\n`);
    expect(formatHistoryCsv([], allBlocksOf('sdxl'))).toBe(`${header}\n`);
  });

  it('convert says where there is no place for it, and JSON and CSV keep it', async () => {
    const found = { weights, origin: 'x', models: { a: 'a', b: 'b' }, sha256: {} };
    const silent = WEIGHT_FORMATS.filter(
      (format) =>
        !formatWeights(found, format).warnings.some((warning) => warning.includes('LABEL_EMB (0.25)')),
    );
    expect(silent).toEqual(['csv', 'mecha', 'json']);
    const file = writeTo(folder, 'w.json', Buffer.from(formatWeights(found, 'json').text));
    expect((await readJsonWeights(file)).weights).toEqual(weights);
    expect(readFileSync(file, 'utf8')).toContain('"LABEL_EMB": 0.25');
    const zero = { ...found, weights: { ...weights, LABEL_EMB: 0 } };
    expect(formatWeights(zero, 'recipe').warnings.join()).not.toContain('LABEL_EMB');
  });
});
