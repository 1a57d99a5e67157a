/**
 * Scaled fp8: weights are codes, and a companion tensor holds what they are multiplied by. Three spellings are in use: a marker
 * `scaled_fp8` with `LAYER.scale_weight`; `LAYER.comfy_quant` (JSON as bytes) with `LAYER.weight_scale`; and the same JSON for all
 * layers in the metadata. Scales of the activations are of no use to weights. Facts: families of files in the field.
 */
import type { FloatType } from '../../shared/safetensors/dtypes.ts';
import type { Header, Tensor } from '../../shared/safetensors/header.ts';
import type { Foreign } from './foreign.ts';
import type { LayerFormat } from './layer-formats.ts';

export interface ScaledWeights {
  /** By the name of the weight. */
  readonly scales: ReadonlyMap<string, Tensor>;
  /** Names of everything that is no weight of its own: scales, markers, descriptions. */
  readonly companions: ReadonlySet<string>;
}

const MARKER = /(^|\.)scaled_fp8$/;
const DESCRIPTION = /\.comfy_quant$/;
const OF_ACTIVATIONS = /[._](scale_(input|output)|(input|output)_scale)$/;
const SCALE = /^(.+)\.scale_weight$|^(.+weight)_scale$/;

const FP8: ReadonlyMap<string, FloatType> = new Map([
  ['float8_e4m3fn', 'F8_E4M3'],
  ['float8_e5m2', 'F8_E5M2'],
]);

/** @param formats of layers, as the file describes them. @returns what cannot be read as code × scale, by its name */
export function scaledWeights(
  { tensors, byName }: Pick<Header, 'tensors' | 'byName'>,
  formats: readonly LayerFormat[],
): ScaledWeights | Foreign {
  for (const { format, key } of formats) {
    if (!FP8.has(format)) return { name: format, key };
  }
  const scales = new Map<string, Tensor>();
  const companions = new Set<string>();
  for (const tensor of tensors) {
    const { name } = tensor;
    if (MARKER.test(name) || DESCRIPTION.test(name) || OF_ACTIVATIONS.test(name)) companions.add(name);
    const [, layer, own] = SCALE.exec(name) ?? [];
    if (layer === undefined && own === undefined) continue;
    const weight = byName.get(own ?? `${layer}.weight`);
    const foreign = checkScale(weight, tensor);
    if (foreign !== undefined || weight === undefined) return foreign ?? { name: '', key: name };
    scales.set(weight.name, tensor);
    companions.add(name);
  }
  const wrong = formats.find((layer) => !isAsDescribed(layer, byName, scales));
  if (wrong === undefined) return { scales, companions };
  return { name: `${wrong.format} without the numbers it needs`, key: wrong.key };
}

function checkScale(weight: Tensor | undefined, scale: Tensor): Foreign | undefined {
  const { name: key, shape, count, dtype } = scale;
  if (weight === undefined) return { name: 'codes whose weights are missing', key };
  if (dtype.name === 'F8_E8M0') return { name: 'mxfp8', key };
  if (weight.dtype.float === undefined) return { name: nameOfCodes(weight), key };
  if (dtype.float === undefined || dtype.bytes === 1) return { name: 'fp8 with a scale per tile', key };
  // Loaders multiply by this one whatever the weight is; the other is of fp8 only.
  if (weight.dtype.bytes !== 1 && !key.endsWith('.scale_weight')) {
    return { name: `${weight.dtype.name} with a scale`, key };
  }
  const isOfRows = shape[0] === weight.shape[0] && count === shape[0];
  return count === 1 || isOfRows ? undefined : { name: 'fp8 with a scale per tile', key };
}

function nameOfCodes({ dtype }: Tensor): string {
  if (dtype.name === 'I8') return 'int8';
  return dtype.name === 'U8' ? 'packed codes (U8)' : `${dtype.name} codes`;
}

/** A description of weights that are plain floats is a leftover of a conversion: those numbers stand for themselves. */
function isAsDescribed(
  { layer, format }: LayerFormat,
  byName: Header['byName'],
  scales: ReadonlyMap<string, Tensor>,
): boolean {
  const weight = byName.get(`${layer}.weight`) ?? byName.get(layer);
  if (weight === undefined || weight.dtype.bytes > 1) return true;
  return weight.dtype.float === FP8.get(format) && scales.has(weight.name);
}
