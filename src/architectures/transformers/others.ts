/** All other families of transformers whose files people merge, each told by keys that the families asked before it lack. */
import type { BlockGroup, NetworkKeys, TransformerFamily, VariantSigns } from './family.ts';

function group(start: string, usual: number): BlockGroup {
  return { start, usual };
}

/** 64 for each of the 38 blocks that it was made with. */
const LARGE_WIDTH = 2432;

function signsOfSd3(keys: NetworkKeys): VariantSigns {
  if (keys.has('joint_blocks.0.x_block.attn2.qkv.weight')) return { kin: '3.5 Medium' };
  if (!keys.has('joint_blocks.0.x_block.attn.ln_q.weight')) return { kin: '3 Medium' };
  return { kin: keys.shapeOf('x_embedder.proj.weight')?.[0] === LARGE_WIDTH ? '3.5 Large' : '3.5' };
}

export const sd3: TransformerFamily = {
  id: 'sd3',
  title: 'Stable Diffusion 3',
  matches: (keys) => keys.has('joint_blocks.0.context_block.attn.qkv.weight'),
  widthKey: 'x_embedder.proj.weight',
  signsOf: signsOfSd3,
  groups: [group('joint_blocks.', 24)],
  parts: ['pos_embed', 'x_embedder', 'context_embedder', 'y_embedder', 't_embedder', 'final_layer'],
  encoders: ['clip_l', 'clip_g', 't5xxl'],
};

/** Pony V7 is one. */
export const auraflow: TransformerFamily = {
  id: 'auraflow',
  title: 'AuraFlow',
  matches: (keys) => keys.has('double_layers.0.attn.w1q.weight'),
  widthKey: 'init_x_linear.weight',
  groups: [group('double_layers.', 4), group('single_layers.', 32)],
  parts: [
    'init_x_linear',
    'positional_encoding',
    'cond_seq_linear',
    'register_tokens',
    't_embedder',
    'modF',
    'final_linear',
  ],
};

const Z_IMAGE_WIDTH = 3840;

/** The first key alone is other families' too. */
function isLumina(keys: NetworkKeys): boolean {
  return keys.has('cap_embedder.1.weight') && keys.has('noise_refiner.0.attention.k_norm.weight');
}

function luminaGroups(layers: number): BlockGroup[] {
  return [group('layers.', layers), group('noise_refiner.', 2), group('context_refiner.', 2)];
}

function signsOfZImage(keys: NetworkKeys): VariantSigns {
  if (keys.has('dec_net.cond_embed.weight')) return { kin: 'in pixel space' };
  return keys.has('cap_pad_token') && !keys.has('__ming_image__')
    ? {}
    : { kin: 'without pad tokens, as Ming-Image' };
}

export const zImage: TransformerFamily = {
  id: 'z-image',
  title: 'Z-Image',
  matches: (keys) => isLumina(keys) && keys.shapeOf('cap_embedder.1.weight')?.[0] === Z_IMAGE_WIDTH,
  signsOf: signsOfZImage,
  groups: luminaGroups(30),
  parts: ['x_embedder', 't_embedder', 'cap_embedder', 'cap_pad_token', 'x_pad_token', 'final_layer'],
};

export const lumina2: TransformerFamily = {
  id: 'lumina2',
  title: 'Lumina 2',
  matches: (keys) => isLumina(keys) && keys.shapeOf('cap_embedder.1.weight')?.[0] !== Z_IMAGE_WIDTH,
  widthKey: 'cap_embedder.1.weight',
  signsOf: (keys) => (keys.has('clip_text_pooled_proj.0.weight') ? { kin: 'NewBie' } : {}),
  groups: luminaGroups(26),
  parts: ['x_embedder', 't_embedder', 'cap_embedder', 'norm_final', 'final_layer'],
};

function signsOfWan(keys: NetworkKeys): VariantSigns {
  if (keys.has('vace_patch_embedding.weight')) return { kin: 'VACE' };
  return { kin: keys.has('img_emb.proj.0.bias') ? 'image to video' : 'text to video' };
}

export const wan: TransformerFamily = {
  id: 'wan',
  title: 'Wan 2',
  drawing: 'own workflow',
  matches: (keys) => keys.has('head.modulation'),
  widthKey: 'patch_embedding.weight',
  signsOf: signsOfWan,
  groups: [group('blocks.', 30)],
  parts: ['patch_embedding', 'time_embedding', 'time_projection', 'text_embedding', 'head'],
};

export const hidreamO1: TransformerFamily = {
  id: 'hidream-o1',
  title: 'HiDream-O1',
  matches: (keys) => keys.has('t_embedder1.mlp.0.weight') && keys.has('x_embedder.proj1.weight'),
  groups: [group('language_model.layers.', 36), group('visual.blocks.', 27)],
  parts: ['x_embedder', 't_embedder1', 'final_layer2', 'lm_head', 'visual', 'language_model'],
};

export const hidream: TransformerFamily = {
  id: 'hidream',
  title: 'HiDream I1',
  matches: (keys) => keys.has('caption_projection.0.linear.weight'),
  groups: [group('double_stream_blocks.', 16), group('single_stream_blocks.', 32)],
  parts: ['x_embedder', 't_embedder', 'p_embedder', 'caption_projection', 'final_layer'],
};

/** Both know nothing of a family's name: their blocks are the same, and Anima has an adapter of its own besides. */
function isPredict2(keys: NetworkKeys): boolean {
  return keys.has('blocks.0.mlp.layer1.weight');
}

const ADAPTER = 'llm_adapter';
const PREDICT2_PARTS = ['x_embedder', 't_embedder', 't_embedding_norm', 'final_layer', 'pos_embedder'];
/** Counters of the training, and what a library keeps of its layers. */
const PREDICT2_IGNORED = /(^|\.)(_extra_state|accum_\w+)$/;
const PREDICT2_PATCH = 'x_embedder.proj.1.weight';

export const anima: TransformerFamily = {
  id: 'anima',
  title: 'Anima',
  matches: (keys) => isPredict2(keys) && keys.has(`${ADAPTER}.blocks.0.cross_attn.q_proj.weight`),
  widthKey: PREDICT2_PATCH,
  groups: [group('blocks.', 28)],
  parts: [...PREDICT2_PARTS, ADAPTER],
  // Easily spoilt, says who made it.
  optionalParts: [ADAPTER],
  ignored: PREDICT2_IGNORED,
};

const PREDICT2_SIZES: ReadonlyMap<number, string> = new Map([
  [2048, '2B'],
  [5120, '14B'],
]);

export const cosmosPredict2: TransformerFamily = {
  id: 'cosmos-predict2',
  title: 'Cosmos-Predict2',
  matches: (keys) => isPredict2(keys) && !keys.has(`${ADAPTER}.blocks.0.cross_attn.q_proj.weight`),
  widthKey: PREDICT2_PATCH,
  signsOf: (keys) => ({ kin: PREDICT2_SIZES.get(keys.shapeOf(PREDICT2_PATCH)?.[0] ?? 0) }),
  groups: [group('blocks.', 28)],
  parts: PREDICT2_PARTS,
  ignored: PREDICT2_IGNORED,
};

export const cosmos1: TransformerFamily = {
  id: 'cosmos1',
  title: 'Cosmos 1',
  drawing: 'own workflow',
  matches: (keys) => keys.has('blocks.block0.blocks.0.block.attn.to_q.0.weight'),
  widthKey: 'blocks.block0.blocks.0.block.attn.to_q.0.weight',
  groups: [group('blocks.block', 28)],
  parts: ['pos_embedder', 'extra_pos_embedder', 'x_embedder', 't_embedder', 'affline_norm', 'final_layer'],
  ignored: PREDICT2_IGNORED,
};

const TRANSFORMERS = 'transformer_blocks.';

export const lens: TransformerFamily = {
  id: 'lens',
  title: 'Lens',
  matches: (keys) =>
    keys.has(`${TRANSFORMERS}0.attn.norm_added_q.weight`) && keys.has(`${TRANSFORMERS}0.img_mlp.w1.weight`),
  groups: [group(TRANSFORMERS, 60)],
  parts: ['img_in', 'txt_norm', 'txt_in', 'time_text_embed', 'norm_out', 'proj_out'],
};

const QWEN21_SIGNS = [
  'txt_in.text_norm.weight',
  'modulation.1.weight',
  `${TRANSFORMERS}0.attn.norm_q.weight`,
  'img_in.weight',
  'proj_out.weight',
];

/** ComfyUI saves what it has loaded with two matrices in one. */
const FUSED_MLP = `${TRANSFORMERS}0.img_mlp.gate_up.weight`;
const SEPARATE_MLP = `${TRANSFORMERS}0.img_mlp.proj.weight`;

export const qwenImage21: TransformerFamily = {
  id: 'qwen-image-2.1',
  title: 'Qwen-Image 2.1',
  matches: (keys) =>
    QWEN21_SIGNS.every((key) => keys.has(key)) && (keys.has(FUSED_MLP) || keys.has(SEPARATE_MLP)),
  widthKey: 'img_in.weight',
  signsOf: (keys) => ({ kin: keys.has(FUSED_MLP) ? 'fused MLP' : 'separate MLP' }),
  groups: [group(TRANSFORMERS, 60)],
  parts: ['img_in', 'txt_in', 'modulation', 'time_text_embed', 'norm_out', 'proj_out'],
};

const MAGE_FLOW_TEXT = 2560;
const MAGE_FLOW_OUT = 128;
const QWEN_PARTS = ['pos_embeds', 'img_in', 'txt_norm', 'txt_in', 'time_text_embed', 'norm_out', 'proj_out'];

function isMageFlow(keys: NetworkKeys): boolean {
  return (
    keys.shapeOf('txt_norm.weight')?.[0] === MAGE_FLOW_TEXT &&
    keys.shapeOf('proj_out.weight')?.[0] === MAGE_FLOW_OUT
  );
}

/** Of Lumina's relatives some have a norm of that name too. */
function isQwen(keys: NetworkKeys): boolean {
  return keys.has('txt_norm.weight') && keys.hasUnder(`${TRANSFORMERS}0.`);
}

export const mageFlow: TransformerFamily = {
  id: 'mage-flow',
  title: 'Mage-Flow',
  drawing: 'own workflow',
  matches: (keys) => isQwen(keys) && isMageFlow(keys),
  widthKey: 'img_in.weight',
  groups: [group(TRANSFORMERS, 60)],
  parts: QWEN_PARTS,
};

const TIMESTEP_ZERO = '__index_timestep_zero__';

export const qwenImage: TransformerFamily = {
  id: 'qwen-image',
  title: 'Qwen-Image',
  matches: (keys) => isQwen(keys) && !isMageFlow(keys),
  widthKey: 'img_in.weight',
  signsOf: (keys) => ({
    kin: keys.has('time_text_embed.addition_t_embedding.weight') ? 'Layered' : undefined,
    also: keys.has(TIMESTEP_ZERO) ? 'Edit 2511' : undefined,
  }),
  groups: [group(TRANSFORMERS, 60)],
  parts: QWEN_PARTS,
};

export const krea2: TransformerFamily = {
  id: 'krea2',
  title: 'Krea 2',
  matches: (keys) => keys.has('txtfusion.projector.weight'),
  groups: [
    group('blocks.', 28),
    group('txtfusion.refiner_blocks.', 2),
    group('txtfusion.layerwise_blocks.', 2),
  ],
  parts: ['first', 'txtmlp', 'tmlp', 'tproj', 'txtfusion.projector', 'last'],
};

export const ideogram4: TransformerFamily = {
  id: 'ideogram4',
  title: 'Ideogram 4',
  drawing: 'never',
  matches: (keys) => keys.has('embed_image_indicator.weight'),
  groups: [group('layers.', 36)],
  parts: ['input_proj', 'embed_image_indicator'],
};

const ERNIE_PARTS = [
  'x_embedder',
  'text_proj',
  'time_embedding',
  'adaLN_modulation',
  'final_norm',
  'final_linear',
];

export const ernieImage: TransformerFamily = {
  id: 'ernie-image',
  title: 'ERNIE-Image',
  // No single key is known to be its own.
  matches: (keys) => ['layers.0', ...ERNIE_PARTS].every((part) => keys.hasUnder(`${part}.`)),
  groups: [group('layers.', 36)],
  parts: ERNIE_PARTS,
};
