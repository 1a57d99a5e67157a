/** A checkpoint's tensors by key, in float32. Never changed in place: who changes a model makes a new one. */
import { createHash } from 'node:crypto';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export type StateDict = ReadonlyMap<string, Tensor>;

export const UNET_PREFIX = 'model.diffusion_model.';
export const VAE_PREFIX = 'first_stage_model.';

/** What a key belongs to; everything that is neither UNet nor VAE counts as text encoder. */
export type ModelPart = 'unet' | 'text-encoder' | 'vae';

export function partOf(key: string): ModelPart {
  if (key.startsWith(UNET_PREFIX)) return 'unet';
  return key.startsWith(VAE_PREFIX) ? 'vae' : 'text-encoder';
}

/**
 * `a + weight (b - a)` for the keys that have a weight and stand in both with the same shape; the rest stays that of
 * `base`. Exact at both ends, as torch's own interpolation is.
 */
export function interpolate(
  base: StateDict,
  a: StateDict,
  b: StateDict,
  weightOf: (key: string) => number | undefined,
): StateDict {
  const merged = new Map(base);
  for (const [key, from] of a) {
    const to = b.get(key);
    const weight = weightOf(key);
    if (weight === undefined || to === undefined || !base.has(key)) continue;
    if (to.shape.join() !== from.shape.join()) continue;
    merged.set(key, { shape: from.shape, data: mix(from.data, to.data, weight) });
  }
  return merged;
}

/** Same parts, same text; another bit anywhere, another text. */
export function fingerprint(model: StateDict, part: ModelPart): string {
  const known = fingerprints.get(model)?.[part];
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const key of [...model.keys()].sort()) {
    const tensor = model.get(key);
    if (tensor === undefined || partOf(key) !== part) continue;
    hash.update(`${key}|${tensor.shape.join()}|`).update(tensor.data);
  }
  const text = hash.digest('hex');
  fingerprints.set(model, { ...fingerprints.get(model), [part]: text });
  return text;
}

/** Models are immutable, so what was computed once stays true. */
const fingerprints = new WeakMap<StateDict, Partial<Record<ModelPart, string>>>();

function mix(a: Float32Array, b: Float32Array, weight: number): Float32Array {
  if (weight === 0) return a;
  return a.map((from, i) => {
    const to = b[i] ?? 0;
    return weight < 0.5 ? from + weight * (to - from) : to - (to - from) * (1 - weight);
  });
}
