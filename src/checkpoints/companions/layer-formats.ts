/** The descriptions of quantised layers that ComfyUI writes: JSON in a tensor `LAYER.comfy_quant`, or for all layers in the metadata. */
import { z } from 'zod';
import type { Header } from '../../shared/safetensors/header.ts';
import { parseJson } from '../../shared/parse-json.ts';

export const FORMATS_KEY = '_quantization_metadata';

export interface LayerFormat {
  /** Without `.weight`. */
  readonly layer: string;
  /** `float8_e4m3fn`, `nvfp4` …; what cannot be read says so. */
  readonly format: string;
  /** Where it is said, for messages. */
  readonly key: string;
}

const layerSchema = z.looseObject({ format: z.string().max(80) });
const formatsSchema = z.looseObject({ layers: z.record(z.string(), z.unknown()) });

/** What a layer may be called inside a file where its description leaves the start away. */
const PREFIXES = ['', 'model.diffusion_model.', 'diffusion_model.', 'model.model.', 'net.', 'model.'];
const MOST_BYTES = 65_536;
const UNREADABLE = 'a quantisation with an unreadable description';

/** @param read the bytes of a tensor */
export function layerFormats(
  { tensors, byName, metadata }: Pick<Header, 'tensors' | 'byName' | 'metadata'>,
  read: (begin: number, bytes: number) => Uint8Array,
): LayerFormat[] {
  const formats: LayerFormat[] = [];
  for (const { name: key, begin, end } of tensors) {
    const [, layer] = /^(.+)\.comfy_quant$/.exec(key) ?? [];
    if (layer === undefined) continue;
    const text = end - begin > MOST_BYTES ? '' : Buffer.from(read(begin, end - begin)).toString('utf8');
    formats.push({ layer, format: formatOf(parseJson(text)), key });
  }
  const text = metadata.get(FORMATS_KEY);
  if (text === undefined) return formats;
  const parsed = formatsSchema.safeParse(parseJson(text));
  if (!parsed.success) return [...formats, { layer: '', format: UNREADABLE, key: FORMATS_KEY }];
  for (const [name, description] of Object.entries(parsed.data.layers)) {
    const prefix = PREFIXES.find((one) => byName.has(`${one}${name}.weight`)) ?? '';
    formats.push({ layer: prefix + name, format: formatOf(description), key: FORMATS_KEY });
  }
  return formats;
}

function formatOf(description: unknown): string {
  const parsed = layerSchema.safeParse(description);
  return parsed.success ? parsed.data.format : UNREADABLE;
}
