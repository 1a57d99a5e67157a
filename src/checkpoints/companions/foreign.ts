/**
 * Ways of storing weights as codes that autombw cannot read: known by a tensor that only they have, to be refused by their name.
 * Facts: the names that the tools write.
 */
import type { Header, Tensor } from '../../shared/safetensors/header.ts';

/** What the codes are called, and a tensor that shows it. */
export interface Foreign {
  /** As in "… is stored as NAME". */
  readonly name: string;
  readonly key: string;
}

const BY_KEY: readonly (readonly [key: RegExp, name: string])[] = [
  [/\.quant_state\.bitsandbytes__(nf4|fp4)$/, 'bitsandbytes $1'],
  [/\.(nested_)?(absmax|quant_map)$|\.quant_state(\.|$)/, 'bitsandbytes nf4 or fp4'],
  [/\.(SCB|CB|weight_format)$/, 'bitsandbytes int8'],
  [/\.(w[ct]?scales?|smooth_factor(_orig)?|smooth)$/, 'SVDQuant (Nunchaku)'],
  [/\.(qweight|qzeros|g_idx)$/, 'GPTQ or AWQ'],
  [/\.weight_(packed|shape|zero_point|global_scale|g_idx)$/, 'compressed-tensors'],
  [/\.weight\._(data|scale|shift|zeropoint)(\.|$)/, 'quanto'],
  [/(^|[._])weight_?_q?data$|\.weight\.tensor_impl|:tensor_data$/, 'torchao'],
  [/\.(W_q|meta\.(scale|zero|nbits|shape))$/, 'HQQ'],
  [/\.(codebooks|codes)$/, 'codebooks (AQLM)'],
  [/\.weight_scale_2$/, 'nvfp4'],
  [/\.weight_scale_inv$/, 'fp8 with a scale per tile'],
  [/\.pre_quant_scale$/, 'ModelOpt AWQ'],
];

/** Parts of a layer that mean something by themselves. */
const ORDINARY = new Set(['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked', 'alpha']);
/** Words in the name of a part that only codes need. */
const OF_CODES =
  /(^|[._])(scales?|zeros?|zero_?points?|absmax|amax|quant\w*|qparams|qdata|codebooks?|lut|group_size|bits)([._]|$)/i;

/** By a key that only one tool writes. */
export function knownForeign({ tensors }: Pick<Header, 'tensors'>): Foreign | undefined {
  for (const [pattern, title] of BY_KEY) {
    for (const { name } of tensors) {
      const found = pattern.exec(name);
      if (found !== null) return { name: title.replace('$1', found[1] ?? ''), key: name };
    }
  }
  return undefined;
}

/**
 * Whatever else has companions: no tool need be known for that.
 * @param tensors without the companions that are understood. @returns undefined where all numbers stand for themselves
 */
export function unknownForeign({ tensors, byName }: Pick<Header, 'tensors' | 'byName'>): Foreign | undefined {
  for (const { name: key } of tensors) {
    const weight = weightBeside(key);
    const owner = weight && byName.get(weight.name);
    if (owner !== undefined && isMatrix(owner) && isNarrow(owner)) {
      return { name: `${owner.dtype.name} codes with a companion tensor`, key };
    }
    if (weight !== undefined && OF_CODES.test(weight.part) && (owner !== undefined || weight.isInside)) {
      return { name: 'weights with a companion tensor', key };
    }
  }
  const whole = tensors.find((tensor) => isMatrix(tensor) && /^[IU]\d+$/.test(tensor.dtype.name));
  return whole && { name: `integers (${whole.dtype.name})`, key: whole.name };
}

interface Beside {
  /** The weight that it would be a companion of. */
  readonly name: string;
  readonly part: string;
  /** Named as if it lay in the weight. */
  readonly isInside: boolean;
}

function weightBeside(name: string): Beside | undefined {
  const [, weight, inner] = /^(.+(?<!\.parametrizations)\.weight)\.(.+)$/.exec(name) ?? [];
  if (weight !== undefined && inner !== undefined) return { name: weight, part: inner, isInside: true };
  const [, own, end] = /^(.+weight)_([a-z0-9_]+)$/i.exec(name) ?? [];
  if (own !== undefined && end !== undefined) return { name: own, part: end, isInside: true };
  const [, layer, part] = /^(.+)\.([^.]+)$/.exec(name) ?? [];
  if (layer === undefined || part === undefined || ORDINARY.has(part)) return undefined;
  return { name: `${layer}.weight`, part, isInside: false };
}

function isMatrix({ name, shape }: Tensor): boolean {
  return shape.length >= 2 && /(^|[._])weight$/.test(name);
}

/** Too few bits for a value of its own. */
function isNarrow({ dtype }: Tensor): boolean {
  return dtype.bytes === 1 || dtype.float === undefined;
}
