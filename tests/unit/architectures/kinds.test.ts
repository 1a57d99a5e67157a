import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openCheckpoint, type CheckpointFile } from '../../../src/checkpoints/checkpoint-file.ts';
import { mergeCheckpoints } from '../../../src/checkpoints/merge.ts';
import { tensorBytes } from '../checkpoints/make-checkpoint.ts';
import {
  allBlocksOf,
  architectureRow,
  blocksOf,
  byKind,
  divisionThat,
  isArchitecture,
  isBlockName,
} from '../../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../src/architectures/transformers/families.ts';
import { hasKinds } from '../../../src/architectures/kinds.ts';
import { blockWeightsSchema } from '../../../src/architectures/schema.ts';

const NETWORK = 'model.diffusion_model.';

/** What every block of a row has, by the row's name and the kind of layer. */
const LAYERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  flux1: {
    'double_blocks.attention': ['img_attn.qkv', 'txt_attn.proj', 'img_attn.norm.key_norm'],
    'double_blocks.mlp': ['img_mlp.0', 'txt_mlp.2'],
    'double_blocks.modulation': ['img_mod.lin', 'txt_mod.lin'],
    'single_blocks.fused': ['linear1', 'linear2', 'norm.query_norm'],
    'single_blocks.modulation': ['modulation.lin'],
  },
  chroma: {
    'double_blocks.attention': ['img_attn.qkv', 'txt_attn.norm.query_norm'],
    'double_blocks.mlp': ['txt_mlp.0'],
    'single_blocks.fused': ['linear1', 'norm.key_norm'],
  },
  sd3: {
    'joint_blocks.attention': ['x_block.attn.qkv', 'x_block.attn2.ln_q', 'context_block.attn.proj'],
    'joint_blocks.mlp': ['x_block.mlp.fc1', 'context_block.mlp.fc2'],
    'joint_blocks.modulation': ['x_block.adaLN_modulation.1', 'context_block.adaLN_modulation.1'],
  },
  auraflow: {
    'double_layers.attention': ['attn.w1q', 'attn.w2o'],
    'double_layers.mlp': ['mlpC.c_fc1', 'mlpX.c_proj'],
    'double_layers.modulation': ['modC.1', 'modX.1'],
    'single_layers.attention': ['attn.w1v'],
    'single_layers.mlp': ['mlp.c_fc2'],
    'single_layers.modulation': ['modCX.1'],
  },
  'z-image': {
    'layers.attention': ['attention.qkv', 'attention.q_norm', 'attention_norm1', 'attention_norm2'],
    'layers.mlp': ['feed_forward.w1', 'ffn_norm1', 'ffn_norm2'],
    'layers.modulation': ['adaLN_modulation.0', 'adaLN_modulation.1'],
    'noise_refiner.modulation': ['adaLN_modulation.1'],
    'context_refiner.attention': ['attention.out'],
    'context_refiner.mlp': ['feed_forward.w3'],
  },
  'qwen-image': {
    'transformer_blocks.attention': ['attn.to_q', 'attn.add_k_proj', 'attn.to_out.0', 'attn.norm_added_q'],
    'transformer_blocks.mlp': ['img_mlp.net.0.proj', 'txt_mlp.net.2'],
    'transformer_blocks.modulation': ['img_mod.1', 'txt_mod.1'],
  },
  anima: {
    'blocks.attention': ['self_attn.q_proj', 'self_attn.k_norm'],
    'blocks.cross_attention': ['cross_attn.v_proj', 'cross_attn.q_norm'],
    'blocks.mlp': ['mlp.layer1', 'mlp.layer2'],
    'blocks.modulation': ['adaln_modulation_self_attn.1', 'adaln_modulation_mlp.2'],
  },
  wan: {
    'blocks.attention': ['self_attn.q', 'self_attn.norm_k'],
    'blocks.cross_attention': ['cross_attn.o', 'norm3'],
    'blocks.mlp': ['ffn.0', 'ffn.2'],
    'blocks.modulation': ['modulation'],
  },
  hidream: {
    'double_stream_blocks.attention': ['block.attn1.to_q_t', 'block.attn1.q_rms_norm'],
    'double_stream_blocks.mlp': ['block.ff_i.experts.0.w1', 'block.ff_t.w3', 'block.ff_i.gate'],
    'double_stream_blocks.modulation': ['block.adaLN_modulation.1'],
    'single_stream_blocks.mlp': ['block.ff_i.shared_experts.w2'],
  },
};

describe('a merge by kind of layer', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-kinds-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const world = path.resolve(import.meta.dirname, '../../../assets/tiny-world');
  const [modelA, modelB] = ['crisp', 'vivid'].map((name) => path.join(world, `${name}.safetensors`));

  it('takes those layers of B and no others', async () => {
    const output = path.join(folder, 'o.safetensors');
    const weights = { 'OUT.cross_attention': 1, 'IN.mlp': 1 };
    await mergeCheckpoints(
      { modelA: modelA ?? '', modelB: modelB ?? '', output, weights, hashes: false },
      { workers: 0 },
    );
    const [a, b, merged] = [modelA ?? '', modelB ?? '', output].map((file) => openCheckpoint(file));
    if (a === undefined || b === undefined || merged === undefined) throw new Error('three files');
    const same = (one: CheckpointFile, other: CheckpointFile, name: string): boolean =>
      tensorBytes(one, name).equals(tensorBytes(other, name));
    const isTaken = /output_blocks.*\.(attn2|norm2)\.|input_blocks.*\.(ff|norm3)\./;
    const differing = a.tensors.map(({ name }) => name).filter((name) => !same(a, b, name));
    expect(differing.filter((name) => isTaken.test(name)).length).toBeGreaterThan(10);
    expect(differing.filter((name) => same(merged, b, name))).toEqual(
      differing.filter((name) => isTaken.test(name)),
    );
    expect(differing.filter((name) => same(merged, a, name))).toEqual(
      differing.filter((name) => !isTaken.test(name)),
    );
  });
});

describe('blocks by kind of layer', () => {
  for (const [family, kinds] of Object.entries(LAYERS)) {
    it(`divides the layers of ${family}`, () => {
      const row = architectureRow(byKind(family));
      const found = Object.entries(kinds).flatMap(([name, layers]) =>
        layers.map((layer) => {
          const start = name.slice(0, name.lastIndexOf('.'));
          return [layer, row.blockOf(`${NETWORK}${start}.1.${layer}.weight`)];
        }),
      );
      const expected = Object.entries(kinds).flatMap(([name, layers]) =>
        layers.map((layer) => [layer, name]),
      );
      expect(found).toEqual(expected);
    });
  }

  it('keeps what is no row of blocks as it is', () => {
    const [kinds, depth] = [architectureRow('flux1/kinds'), architectureRow('flux1')];
    expect(blocksOf('flux1/kinds')).toEqual([
      'double_blocks.attention',
      'double_blocks.mlp',
      'double_blocks.modulation',
      'single_blocks.fused',
      'single_blocks.modulation',
      ...(depth.layout?.parts ?? []),
    ]);
    expect(kinds.blockOf(`${NETWORK}img_in.weight`)).toBe('img_in');
    expect(architectureRow('anima/kinds').optionalBlocks).toContain('llm_adapter');
  });

  it('divides UNets on each side', () => {
    const row = architectureRow('sdxl/kinds');
    const at = (key: string): string | undefined => row.blockOf(NETWORK + key);
    expect(row.blocks).toHaveLength(17);
    expect([
      at('input_blocks.0.0.weight'),
      at('input_blocks.3.0.op.weight'),
      at('input_blocks.4.1.norm.weight'),
      at('input_blocks.4.1.proj_in.weight'),
      at('input_blocks.4.1.transformer_blocks.1.attn1.to_q.weight'),
      at('middle_block.1.transformer_blocks.0.norm2.weight'),
      at('middle_block.1.proj_out.weight'),
      at('middle_block.2.in_layers.2.weight'),
      at('output_blocks.0.1.transformer_blocks.0.ff.net.0.proj.weight'),
      at('output_blocks.2.2.conv.weight'),
      at('out.2.weight'),
      at('time_embed.0.weight'),
      at('label_emb.0.0.weight'),
    ]).toEqual([
      'IN.convolution',
      'IN.convolution',
      'IN.projection',
      'IN.projection',
      'IN.attention',
      'M.cross_attention',
      'M.projection',
      'M.convolution',
      'OUT.mlp',
      'OUT.convolution',
      'OUT',
      'TIME_EMBED',
      'LABEL_EMB',
    ]);
  });

  it('has no block twice, each of a name that files may hold', () => {
    const ids = ['sd1', 'sd2', 'sdxl', ...TRANSFORMER_FAMILIES.map(({ id }) => id)];
    for (const id of ids.filter((one) => hasKinds(architectureRow(one)))) {
      const names = allBlocksOf(byKind(id));
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => !isBlockName(name))).toEqual([]);
      expect(() =>
        blockWeightsSchema.parse(Object.fromEntries(names.map((name) => [name, 0.5]))),
      ).not.toThrow();
    }
  });

  it('is known by its id, that of a file of its own too', () => {
    expect(isArchitecture('sd1/kinds')).toBe(true);
    expect(isArchitecture('flux1:double_blocks=4,-guidance_in/kinds')).toBe(true);
    expect(isArchitecture('sd1/kinds/kinds')).toBe(false);
    expect(isArchitecture('lens/kinds')).toBe(false);
    expect(() => byKind('lens')).toThrow(/^autombw does not know the layers of Lens/);
  });

  it('leaves out a row that a file lacks', () => {
    expect(blocksOf('flux1:single_blocks=0/kinds')).not.toContain('single_blocks.fused');
  });

  it('tells by the names which division is meant', () => {
    const meant = (names: readonly string[], id: string): string =>
      divisionThat((blocks) => names.every((name) => blocks.includes(name)), id);
    expect(meant(['IN04', 'OUT'], 'sdxl')).toBe('sdxl');
    expect(meant(['OUT'], 'sdxl')).toBe('sdxl');
    expect(meant(['IN.mlp', 'OUT'], 'sdxl')).toBe('sdxl/kinds');
    expect(meant(['IN.mlp', 'IN04'], 'sdxl')).toBe('sdxl');
    expect(meant([], 'flux1')).toBe('flux1');
    expect(meant(['single_blocks.fused'], 'flux1')).toBe('flux1/kinds');
  });
});
