/** Text encoder files: what tells them apart, and small ones out of nothing. */
import { randomTensors } from '../shapes.ts';
import type { Shapes } from '../shapes.ts';
import type { StateDict } from '../state-dict.ts';

const T5_LAYER = 'encoder.block.23.layer.1.DenseReluDense';
const LAYER = 'model.layers.0';
const NORM = `${LAYER}.post_attention_layernorm.weight`;
const QUERY_NORM = `${LAYER}.self_attn.q_norm.weight`;

/** Keys that a file of each kind has. Widths tell language models apart. */
const KINDS = {
  clip_l: [
    ['text_model.encoder.layers.0.mlp.fc1.weight', [8, 4]],
    ['text_model.final_layer_norm.weight', [16]],
  ],
  clip_g: [
    ['text_model.encoder.layers.0.mlp.fc1.weight', [8, 4]],
    ['text_model.encoder.layers.30.mlp.fc1.weight', [8, 4]],
    ['text_model.final_layer_norm.weight', [20]],
    ['logit_scale', [1]],
  ],
  t5xxl: [
    ['encoder.block.0.layer.0.SelfAttention.k.weight', [4, 4]],
    [`${T5_LAYER}.wi_1.weight`, [10240, 1]],
    ['shared.weight', [6, 4]],
  ],
  old_t5xxl: [
    ['encoder.block.0.layer.0.SelfAttention.k.weight', [4, 4]],
    [`${T5_LAYER}.wi.weight`, [8, 1]],
    ['shared.weight', [6, 4]],
  ],
  pile_t5xl: [
    ['encoder.block.0.layer.0.SelfAttention.k.weight', [4, 4]],
    [`${T5_LAYER}.wi_1.weight`, [5120, 1]],
    ['shared.weight', [6, 4]],
  ],
  gemma2_2b: [
    [`${LAYER}.post_feedforward_layernorm.weight`, [2304]],
    [NORM, [2304]],
  ],
  qwen25_7b: [[`${LAYER}.self_attn.k_proj.bias`, [512]]],
  qwen3_06b: [
    [NORM, [1024]],
    [QUERY_NORM, [4]],
  ],
  qwen3_4b: [
    [NORM, [2560]],
    [QUERY_NORM, [4]],
  ],
  qwen3_8b: [
    [NORM, [4096]],
    [QUERY_NORM, [4]],
  ],
  qwen3vl_4b: [
    ['model.visual.deepstack_merger_list.0.norm.weight', [4]],
    ['model.visual.merger.linear_fc2.weight', [2560, 1]],
  ],
  qwen3vl_8b: [
    ['model.visual.deepstack_merger_list.0.norm.weight', [4]],
    ['model.visual.merger.linear_fc2.weight', [4096, 1]],
  ],
  mistral3_24b: [
    [NORM, [5120]],
    ['model.layers.39.post_attention_layernorm.weight', [4]],
  ],
  ministral3_3b: [[NORM, [3072]]],
  llama: [[NORM, [4096]]],
  gpt_oss_20b: [
    ['layers.0.self_attn.sinks', [4]],
    ['layers.0.mlp.experts.gate_up_proj.weight', [4, 4]],
  ],
} as const satisfies Readonly<Record<string, Shapes>>;

export type EncoderKind = keyof typeof KINDS;

/** With the keys of a file. */
export function madeEncoder(kind: EncoderKind, name: string): StateDict {
  return randomTensors(KINDS[kind], `encoder|${name}`);
}

/** Where a whole checkpoint keeps it. */
export function encoderPrefix(kind: string): string {
  return `text_encoders.${kind}.transformer.`;
}

/** Of a file; undefined for what is none that is known here. */
export function encoderKind(file: StateDict): EncoderKind | undefined {
  const names = [...file.keys()];
  const has = (key: string): boolean => file.has(key);
  const widthOf = (key: string): number | undefined => file.get(key)?.shape[0];
  if (has('text_model.encoder.layers.30.mlp.fc1.weight')) return 'clip_g';
  if (names.some((name) => name.startsWith('text_model.'))) return 'clip_l';
  if (has(`${T5_LAYER}.wi.weight`)) return 'old_t5xxl';
  if (widthOf(`${T5_LAYER}.wi_1.weight`) === 5120) return 'pile_t5xl';
  if (names.some((name) => name === 'shared.weight' || name.startsWith('encoder.block.'))) return 't5xxl';
  if (has(`${LAYER}.post_feedforward_layernorm.weight`)) return 'gemma2_2b';
  if (has('layers.0.self_attn.sinks')) return 'gpt_oss_20b';
  if (has(`${LAYER}.self_attn.k_proj.bias`)) return 'qwen25_7b';
  if (has('model.visual.deepstack_merger_list.0.norm.weight')) {
    return widthOf('model.visual.merger.linear_fc2.weight') === 2560 ? 'qwen3vl_4b' : 'qwen3vl_8b';
  }
  return has(NORM) ? languageModel(widthOf(NORM), has(QUERY_NORM)) : undefined;
}

function languageModel(width: number | undefined, hasQueryNorm: boolean): EncoderKind {
  if (hasQueryNorm) return width === 2560 ? 'qwen3_4b' : width === 1024 ? 'qwen3_06b' : 'qwen3_8b';
  if (width === 5120) return 'mistral3_24b';
  return width === 3072 ? 'ministral3_3b' : 'llama';
}

/** Of all encoders in a model's text encoder part, by the names that they have in checkpoints. */
export function kindsIn(model: StateDict): readonly string[] {
  const kinds = [...model.keys()].map((key) => /^text_encoders\.(\w+)\.transformer\./u.exec(key)?.[1]);
  return [...new Set(kinds.filter((kind) => kind !== undefined))];
}
