import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allBlocksOf,
  architectureRow,
  blocksOf,
  isArchitecture,
  isBlockName,
  recogniseArchitecture,
  registerArchitecture,
} from '../../../src/architectures/registry.ts';
import { architectureSchema, blockWeightsSchema } from '../../../src/architectures/schema.ts';
import { TRANSFORMER_FAMILIES } from '../../../src/architectures/transformers/families.ts';
import { idOf, layoutOf, parseLayout } from '../../../src/architectures/transformers/layout.ts';
import { describeArchitectureContract } from '../../contracts/architecture.contract.ts';
import { makeRandom } from '../checkpoints/make-checkpoint.ts';
import { familyOf, fullSize, prefixed, shapesOf, without, type Shapes } from './transformer-headers.ts';

const IDS = TRANSFORMER_FAMILIES.map(({ id }) => id);
const found = (shapes: Shapes, prefix?: string): string =>
  recogniseArchitecture(prefixed(shapes, prefix))?.architecture ?? 'none';

describe.each(IDS)('a file of the usual size: %s', (id) => {
  it('has the bare id, whatever the prefix of its keys', () => {
    const shapes = fullSize(id);
    for (const prefix of ['model.diffusion_model.', 'diffusion_model.', 'model.model.', 'net.', 'model.', ''])
      expect([prefix, found(shapes, prefix)]).toEqual([prefix, id]);
  });

  it('is the row that the bare id gives without a file', () => {
    const numbered = familyOf(id).groups.reduce((sum, { usual }) => sum + usual, 0);
    expect(allBlocksOf(id)).toHaveLength(numbered + familyOf(id).parts.length);
    const { architecture = '' } = recogniseArchitecture(prefixed(fullSize(id))) ?? {};
    expect(blocksOf(architecture)).toEqual(blocksOf(id));
  });
});

for (const id of IDS) {
  const shapes = shapesOf(id);
  const row = architectureRow(found(shapes));
  describe(`with a row of its own: ${id}`, () => {
    let unregister: () => void;
    beforeAll(() => {
      unregister = registerArchitecture(row);
    });
    afterAll(() => unregister());
    describeArchitectureContract(row, prefixed(shapes));
  });
}

describe('what differs from the usual file', () => {
  const usual = fullSize('flux1');

  it('stands in the id: other counts, parts that are missing, parts that nobody knows', () => {
    expect(found(without(usual, /^double_blocks\.(8|9|1\d)\./))).toBe('flux1:double_blocks=8');
    expect(found(without(usual, 'guidance_in.in_layer.weight'))).toBe('flux1:-guidance_in');
    const extra = found({ ...usual, 'extra_net.0.weight': [1], 'redux.x': [1] });
    expect(extra).toBe('flux1:+extra_net,+redux');
    expect(allBlocksOf(extra)).toContain('extra_net');
    expect(architectureRow(extra).blockOf('model.diffusion_model.extra_net.0.weight')).toBe('extra_net');
  });

  it('blocks behind a gap are parts', () => {
    const id = found(without(usual, /^single_blocks\.36\./));
    expect(id).toBe('flux1:single_blocks=36,+single_blocks.37');
    expect(architectureRow(id).sides[1]).toHaveLength(36);
    expect(architectureRow(id).blockOf('model.diffusion_model.single_blocks.37.linear1.weight')).toBe(
      'single_blocks.37',
    );
  });

  it('can be told from any id alone: random layouts come back as they were', () => {
    const random = makeRandom(20231121);
    for (let round = 0; round < 200; round++) {
      const family = familyOf(IDS[Math.floor(random() * IDS.length)] ?? '');
      const keys = [
        ...family.groups.flatMap(({ start }) =>
          Array.from({ length: Math.floor(random() * 50) }, (_, n) => `${start}${n}.weight`),
        ),
        ...family.parts.filter(() => random() < 0.7).map((part) => `${part}.weight`),
        ...(random() < 0.3 ? ['what_is_this.weight', 'zzz'] : []),
      ];
      const layout = layoutOf(family, keys);
      expect(parseLayout(idOf(layout))).toEqual(layout);
      expect(architectureSchema.parse(idOf(layout))).toBe(idOf(layout));
    }
  });

  it.each([
    'flux1:',
    'flux',
    'flux1:double_blocks=19',
    'flux1:-nothing',
    'flux1:+img_in',
    'flux1:double_blocks=2,double_blocks=3',
    'flux1:+a b',
    'sd1:+x',
  ])('%s is no id', (id) => {
    expect(isArchitecture(id)).toBe(false);
    expect(() => architectureRow(id)).toThrow(/does not know the architecture/);
  });
});

describe('names of blocks where no file is at hand', () => {
  it('are those that a family can have', () => {
    expect(
      ['double_blocks.18', 'blocks.block3', 'llm_adapter', 'modF', 'LABEL_EMB'].filter(isBlockName),
    ).toHaveLength(5);
    expect(
      ['double_blocks', 'double_blocks.x', 'double_blocks.1.2', 'nothing', 'IN99'].filter(isBlockName),
    ).toEqual([]);
    expect(blockWeightsSchema.safeParse({ extra_net: 1, 'double_blocks.3': 0.5 }).success).toBe(true);
    expect(blockWeightsSchema.safeParse({ IN99: 1 }).success).toBe(false);
  });
});

describe('variants', () => {
  const variantOf = (shapes: Shapes): string | undefined => recogniseArchitecture(prefixed(shapes))?.variant;
  const [flux, sd3, anima, qwen] = ['flux1', 'sd3', 'anima', 'qwen-image'].map((id) => shapesOf(id));
  const qwen21 = shapesOf('qwen-image-2.1');
  const chroma = shapesOf('chroma');

  it.each([
    ['dev', flux],
    ['schnell', without(flux ?? {}, 'guidance_in.in_layer.weight')],
    ['dev, 384 input channels', { ...flux, 'img_in.weight': [4, 384] }],
    ['Ovis-Image', { ...flux, 'double_blocks.0.img_mlp.gate_proj.weight': [4, 4] }],
    ['LongCat-Image', { ...without(flux ?? {}, /^vector_in/), 'txt_in.weight': [4, 3584] }],
    ['3.5', sd3],
    ['3 Medium', without(sd3 ?? {}, /ln_q/)],
    ['3.5 Medium', { ...sd3, 'joint_blocks.0.x_block.attn2.qkv.weight': [6, 4] }],
    ['3.5 Large', { ...sd3, 'x_embedder.proj.weight': [2432, 16, 2, 2] }],
    [undefined, anima],
    ['2B', without(anima ?? {}, /^llm_adapter/)],
    ['14B', { ...without(anima ?? {}, /^llm_adapter/), 'x_embedder.proj.1.weight': [5120, 1] }],
    ['separate MLP', qwen21],
    ['fused MLP', { ...qwen21, 'transformer_blocks.0.img_mlp.gate_up.weight': [10, 4] }],
    ['Layered', { ...qwen, 'time_text_embed.addition_t_embedding.weight': [2, 4] }],
    ['Edit 2511', { ...qwen, __index_timestep_zero__: [] }],
    [undefined, chroma],
    ['Radiance x0', { ...chroma, 'nerf_blocks.0.norm.scale': [4], __x0__: [] }],
    ['Radiance', { ...without(chroma, 'img_in.weight'), 'nerf_blocks.0.norm.scale': [4] }],
    ['NewBie', { ...shapesOf('lumina2'), 'clip_text_pooled_proj.0.weight': [4] }],
    ['without pad tokens, as Ming-Image', without(shapesOf('z-image'), /_pad_token$/)],
    ['in pixel space', { ...shapesOf('z-image'), 'dec_net.cond_embed.weight': [4, 4] }],
    ['text to video', shapesOf('wan')],
    ['VACE', { ...shapesOf('wan'), 'vace_patch_embedding.weight': [4, 3] }],
    ['image to video', { ...shapesOf('wan'), 'img_emb.proj.0.bias': [4] }],
  ])('%s', (variant, shapes) => {
    expect(variantOf(shapes ?? {})).toBe(variant);
  });
});
