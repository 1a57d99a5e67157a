/**
 * What LoRAs call the layers of transformers beside the names in the model's file: the names of diffusers, where several layers may lie in one
 * tensor, one below the other. Facts: the layouts of both.
 */
import type { TransformerFamily } from './family.ts';

/** Some rows of a tensor under a name of their own. */
export interface NamedRows {
  readonly name: string;
  readonly firstRow: number;
  readonly rows: number;
}

export interface LayerShape {
  /** Without prefix and `.weight`. */
  readonly layer: string;
  readonly rows: number;
  /** Of a matrix; undefined for a bias. */
  readonly columns: number | undefined;
}

type Names = (shape: LayerShape) => readonly NamedRows[];

/** Families into which LoRAs can be baked, by id. */
const NAMES: ReadonlyMap<string, Names> = new Map([
  ['flux1', fluxNames],
  ['chroma', fluxNames],
  ['z-image', zImageNames],
  // Their files have the names of diffusers, or the only ones that there are.
  ['qwen-image', () => []],
  ['anima', () => []],
]);

/** Is it known how LoRAs name the layers of this family? */
export function takesLoras({ id }: TransformerFamily): boolean {
  return NAMES.has(id);
}

export function loraNames({ id }: TransformerFamily, shape: LayerShape): readonly NamedRows[] {
  return NAMES.get(id)?.(shape) ?? [];
}

const QKV = ['attn.to_q', 'attn.to_k', 'attn.to_v'];
const FLUX_DOUBLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['img_attn.qkv', QKV],
  ['txt_attn.qkv', ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj']],
  ['img_attn.proj', ['attn.to_out.0']],
  ['txt_attn.proj', ['attn.to_add_out']],
  ['img_mlp.0', ['ff.net.0.proj']],
  ['img_mlp.2', ['ff.net.2']],
  ['txt_mlp.0', ['ff_context.net.0.proj']],
  ['txt_mlp.2', ['ff_context.net.2']],
  ['img_mod.lin', ['norm1.linear']],
  ['txt_mod.lin', ['norm1_context.linear']],
]);
const FLUX_SINGLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['linear2', ['proj_out']],
  ['modulation.lin', ['norm.linear']],
]);
/** Not the modulation of the last layer: there diffusers has the halves the other way round. */
const FLUX_REST: ReadonlyMap<string, readonly string[]> = new Map([
  ['img_in', ['x_embedder']],
  ['txt_in', ['context_embedder']],
  ['time_in.in_layer', ['time_text_embed.timestep_embedder.linear_1']],
  ['time_in.out_layer', ['time_text_embed.timestep_embedder.linear_2']],
  ['vector_in.in_layer', ['time_text_embed.text_embedder.linear_1']],
  ['vector_in.out_layer', ['time_text_embed.text_embedder.linear_2']],
  ['guidance_in.in_layer', ['time_text_embed.guidance_embedder.linear_1']],
  ['guidance_in.out_layer', ['time_text_embed.guidance_embedder.linear_2']],
  ['final_layer.linear', ['proj_out']],
]);

function fluxNames({ layer, rows, columns }: LayerShape): readonly NamedRows[] {
  const [, kind, number = '', inner = ''] = /^(double|single)_blocks\.(\d+)\.(.+)$/.exec(layer) ?? [];
  if (kind === undefined) return inEqualParts('', FLUX_REST.get(layer), rows);
  if (kind === 'double') return inEqualParts(`transformer_blocks.${number}.`, FLUX_DOUBLE.get(inner), rows);
  const start = `single_transformer_blocks.${number}.`;
  if (inner !== 'linear1') return inEqualParts(start, FLUX_SINGLE.get(inner), rows);
  // Query, key and value are as wide as what goes in; the rest is the first half of the MLP, four times as wide.
  const width = columns ?? rows / 7;
  const attention = QKV.map((name, part) => ({ name: start + name, firstRow: part * width, rows: width }));
  return [
    ...attention,
    { name: `${start}proj_mlp`, firstRow: QKV.length * width, rows: rows - QKV.length * width },
  ];
}

const Z_IMAGE: ReadonlyMap<string, readonly string[]> = new Map([
  ['attention.qkv', ['attention.to_q', 'attention.to_k', 'attention.to_v']],
  ['attention.out', ['attention.to_out.0']],
]);

function zImageNames({ layer, rows }: LayerShape): readonly NamedRows[] {
  const [, start = '', inner = ''] =
    /^((?:layers|noise_refiner|context_refiner)\.\d+\.)(.+)$/.exec(layer) ?? [];
  return inEqualParts(start, Z_IMAGE.get(inner), rows);
}

function inEqualParts(start: string, names: readonly string[] = [], rows: number): readonly NamedRows[] {
  const each = rows / names.length;
  return names.map((name, part) => ({ name: start + name, firstRow: part * each, rows: each }));
}
