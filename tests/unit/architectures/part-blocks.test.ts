/** Text encoders and VAE: model A's as ever, blocks of their own for who asks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  allBlocksOf,
  findBlock,
  isBlockName,
  partBlockOf,
  partNamesOf,
} from '../../../src/architectures/registry.ts';
import { openCheckpoint, type CheckpointFile } from '../../../src/checkpoints/checkpoint-file.ts';
import { mergeCheckpoints, prepareMerge } from '../../../src/checkpoints/merge.ts';
import { remergeBlocks } from '../../../src/checkpoints/remerge.ts';
import { warningsOfMerge } from '../../../src/checkpoints/warnings.ts';
import { findWeights } from '../../../src/cli/commands/files/merge-weights.ts';
import { formatHistoryCsv, readHistoryCsv } from '../../../src/formats/history-csv.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import type { BlockWeights } from '../../../src/types.ts';
import { fitWeights } from '../../../src/weights/fit.ts';
import { withOtherParts } from '../../helpers/with-other-parts.ts';
import { checkpointBytes, sd1Tensors, tensorBytes, writeTo } from '../checkpoints/make-checkpoint.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/tiny-world/sdxl');
const modelA = path.join(FIXTURES, 'crisp-sdxl.safetensors');
const L = 'conditioner.embedders.0.';
const G = 'conditioner.embedders.1.';
const VAE = 'first_stage_model.';
const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-parts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const trained = path.join(FIXTURES, 'vivid-sdxl.safetensors');
const modelB = withOtherParts(trained, path.join(folder, 'b.safetensors'), [L, G, VAE]);

const AS_WORK_FILES = { modelA, modelB, hashes: false, alignment: 16_384, name: 'm' } as const;

async function merged(name: string, weights: BlockWeights): Promise<CheckpointFile> {
  const output = path.join(folder, `${name}.safetensors`);
  const settings = { ...AS_WORK_FILES, output, weights };
  await mergeCheckpoints(settings, { workers: 0 });
  return openCheckpoint(output);
}

/** Keys whose bytes differ. */
function differing(one: CheckpointFile, other: CheckpointFile): string[] {
  return one.tensors
    .map(({ name }) => name)
    .filter((name) => !tensorBytes(one, name).equals(tensorBytes(other, name)));
}

const under =
  (...prefixes: readonly string[]) =>
  (name: string): boolean =>
    prefixes.some((prefix) => name.startsWith(prefix));

describe('a key', () => {
  const te = 'cond_stage_model.transformer.text_model.';
  it.each([
    ['sd1', `${te}encoder.layers.11.mlp.fc1.weight`, 'TE', 'TE.11'],
    ['sd1', 'cond_stage_model.transformer.encoder.layers.0.mlp.fc1.weight', 'TE', 'TE.0'],
    ['sd1', `${te}embeddings.token_embedding.weight`, 'TE', 'TE.embedding'],
    ['sd1', `${te}final_layer_norm.bias`, 'TE', 'TE.final'],
    ['sd1', `${te}embeddings.position_ids`, undefined, undefined],
    ['sd2', 'cond_stage_model.model.transformer.resblocks.23.ln_1.weight', 'TE', 'TE.23'],
    ['sd2', 'cond_stage_model.model.logit_scale', undefined, undefined],
    ['sdxl', `${L}transformer.text_model.encoder.layers.3.mlp.fc1.weight`, 'CLIP_L', 'CLIP_L.3'],
    ['sdxl', `${G}model.transformer.resblocks.31.attn.in_proj_weight`, 'CLIP_G', 'CLIP_G.31'],
    ['sdxl', `${G}model.positional_embedding`, 'CLIP_G', 'CLIP_G.embedding'],
    ['sdxl', `${G}model.ln_final.weight`, 'CLIP_G', 'CLIP_G.final'],
    ['sdxl', `${G}model.text_projection`, 'CLIP_G', 'CLIP_G.projection'],
    ['sdxl', `${G}model.logit_scale`, undefined, undefined],
    ['sdxl', `${VAE}decoder.conv_in.weight`, 'VAE', 'VAE'],
    ['sdxl', 'model.diffusion_model.out.2.weight', undefined, undefined],
    [
      'sd3',
      'text_encoders.clip_g.transformer.text_model.encoder.layers.31.mlp.fc1.weight',
      'CLIP_G',
      'CLIP_G.31',
    ],
    ['sd3', 'text_encoders.clip_l.transformer.text_projection.weight', 'CLIP_L', 'CLIP_L.projection'],
    ['sd3', 'text_encoders.t5xxl.transformer.encoder.block.7.layer.0.SelfAttention.q.weight', 'T5', 'T5.7'],
    ['sd3', 'text_encoders.t5xxl.transformer.shared.weight', 'T5', 'T5.embedding'],
    ['flux1', 'vae.decoder.conv_in.weight', 'VAE', 'VAE'],
  ])('of %s, %s, is one of %s and %s', (architecture, key, whole, layer) => {
    const names = partNamesOf(architecture);
    const all = Object.fromEntries(names.map((name) => [name, 1]));
    const wholes = Object.fromEntries(names.filter((name) => !name.includes('.')).map((name) => [name, 1]));
    expect(partBlockOf(key, architecture, {})).toBeUndefined();
    expect(partBlockOf(key, architecture, wholes)).toBe(whole);
    expect(partBlockOf(key, architecture, all)).toBe(layer);
  });

  it('of a name that the registry knows, in any case', () => {
    for (const id of ['sd1', 'sd2', 'sdxl', 'sd3', 'flux1', 'chroma', 'z-image']) {
      for (const name of partNamesOf(id)) {
        expect(isBlockName(name)).toBe(true);
        expect(findBlock(name.toLowerCase())).toBe(name);
        expect(allBlocksOf(id)).not.toContain(name);
      }
    }
    expect(partNamesOf('z-image')).toEqual(['VAE']);
  });
});

describe('a native merge', () => {
  const [a, b] = [openCheckpoint(modelA), openCheckpoint(modelB)];
  // What the trained pair differs in at all.
  const unlike = differing(a, b);

  it('leaves text encoders and VAE at A where nobody names them', async () => {
    const found = fitWeights(await findWeights({ weights: '*=1' }), 'sdxl');
    const all = await merged('star', found.weights);
    expect(differing(all, a).filter((name) => !name.startsWith('model.diffusion_model.'))).toEqual([]);
    expect(unlike.filter(under(L)).length).toBeGreaterThan(0);
    expect(unlike.filter(under(G)).length).toBeGreaterThan(0);
  });

  it('of one encoder at 1 has that of B, and all else of A', async () => {
    const found = fitWeights(await findWeights({ weights: 'clip_g=1' }), 'sdxl');
    expect(found.weights).toEqual({ CLIP_G: 1 });
    const one = await merged('clip-g', found.weights);
    expect(differing(one, a)).toEqual(
      unlike.filter(under(G)).filter((name) => !name.endsWith('logit_scale')),
    );
    expect(
      differing(one, b)
        .filter(under(G))
        .filter((name) => !name.endsWith('logit_scale')),
    ).toEqual([]);
  });

  it('takes a pattern for text encoders where it fits no block of the network', async () => {
    const found = fitWeights(await findWeights({ weights: 'CLIP_*=0.5' }), 'sdxl');
    expect(Object.keys(found.weights)).toContain('CLIP_L');
    expect(Object.keys(found.weights)).toContain('CLIP_G.31');
    const named = fitWeights(await findWeights({ weights: 'IN*=1,CLIP_L.*=1,CLIP_L=0.5' }), 'sdxl');
    expect(named.weights).toMatchObject({ IN00: 1, 'CLIP_L.0': 1, CLIP_L: 0.5 });
  });

  it('moves one layer apart from its encoder', async () => {
    const layer = await merged('layer', { 'CLIP_L.0': 1 });
    const first = `${L}transformer.text_model.encoder.layers.0.`;
    expect(differing(layer, a)).toEqual(unlike.filter(under(first)));
    expect(differing(layer, a).length).toBeGreaterThan(0);
    const rest = await merged('rest', { CLIP_L: 1, 'CLIP_L.0': 0 });
    expect(differing(rest, a)).toEqual(unlike.filter(under(L)).filter((name) => !name.startsWith(first)));
  });

  it('says where a weight of them does nothing', () => {
    const settings = { ...AS_WORK_FILES, output: path.join(folder, 'o.safetensors'), vae: trained };
    const warnings = warningsOfMerge(prepareMerge({ ...settings, weights: { IN00: 1, VAE: 0.5 } }));
    expect(warnings).toContain(`The VAE comes from ${trained}, whatever the weight of VAE is.`);
    const lacking = writeTo(
      folder,
      'lacking.safetensors',
      checkpointBytes(
        Object.fromEntries(Object.entries(sd1Tensors(1)).filter(([name]) => !name.startsWith('cond_stage'))),
      ),
    );
    const other = writeTo(folder, 'other.safetensors', checkpointBytes(sd1Tensors(2)));
    const models = { modelA: lacking, modelB: other, output: settings.output, weights: { IN00: 1, TE: 1 } };
    expect(warningsOfMerge(prepareMerge(models))).toContain(
      `${lacking} has no tensors of TE (cond_stage_model.…), so its weight has no effect.`,
    );
  });

  it('is turned into another one block by block, whatever had a weight before', async () => {
    const steps: readonly BlockWeights[] = [
      { IN00: 0.5, CLIP_L: 0.25 },
      { IN00: 0.5 },
      { IN00: 0.5, CLIP_L: 0.25, 'CLIP_L.0': 0.75 },
      { IN00: 0.5, CLIP_L: 0.25 },
      { IN00: 0.5, 'CLIP_L.0': 0.75, VAE: 1 },
      { IN00: 0.5, CLIP_G: 0.5, VAE: 0.5 },
    ];
    let previous = (await merged('turned', steps[0] ?? {})).path;
    for (const [step, weights] of steps.entries()) {
      const whole = await merged(`whole-${step}`, weights);
      const output = path.join(folder, `turned-${step}.safetensors`);
      const settings = { ...AS_WORK_FILES, output, weights };
      expect(await remergeBlocks(previous, settings, { workers: 0 })).toBeDefined();
      expect(readFileSync(output).equals(readFileSync(whole.path))).toBe(true);
      previous = output;
    }
  });
});

describe('weights', () => {
  it('of encoders have named columns in a history, and are read again', async () => {
    const weights = { ...uniformWeights(0.5, 'sdxl'), CLIP_L: 0.25, 'CLIP_G.3': 0.75, VAE: 1 };
    const row = { weights, score: 0.5, evalTimes: 1, iterTimes: 2, extra: {} };
    const text = formatHistoryCsv([row]);
    expect(text.split('\n')[0]).toMatch(/,26,score,eval_times,iter_times,VAE,CLIP_L,CLIP_G\.3$/);
    expect((await readHistoryCsv(text))[0]?.weights).toMatchObject(weights);
  });

  it('for models that lack the encoder are refused by name', async () => {
    const named = await findWeights({ weights: '0.5,CLIP_L=1' });
    expect(() => fitWeights(named, 'sd1')).toThrow(
      /has no block CLIP_L; its blocks are IN00, .+, TE, VAE\.$/,
    );
  });
});
