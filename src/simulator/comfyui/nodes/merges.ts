/** The built-in merge nodes. Ratio 1 is model 1, ratio 0 is model 2. */
import { UNET_PREFIX } from '../../models/state-dict.ts';
import { PythonError } from '../python.ts';
import { combine } from './combine.ts';
import type { Strengths } from './combine.ts';
import type { NodeInputs } from './node-inputs.ts';
import type { NodeClass, NodeResult } from './node.ts';

/**
 * A ratio for each group of keys. A key gets that of the longest input name it begins with; one that begins with none
 * gets the ratio that stands first in the JSON.
 */
export const mergeByBlocks: NodeClass = {
  run: (inputs) => {
    const ratios = [...inputs.plain].map(([name, ratio]) => [name, toNumber(ratio)] as const);
    const [first] = ratios;
    if (first === undefined) throw new PythonError('StopIteration', '');
    const longestFirst = ratios.toSorted(([a], [b]) => b.length - a.length);
    return merged(inputs, (key) => {
      const [, ratio] = longestFirst.find(([name]) => key.startsWith(name)) ?? first;
      return { first: ratio, second: 1 - ratio };
    });
  },
};

export const mergeSimple: NodeClass = {
  run: (inputs) => {
    const ratio = inputs.number('ratio');
    return merged(inputs, () => ({ first: ratio, second: 1 - ratio }));
  },
};

export const mergeSubtract: NodeClass = {
  run: (inputs) => {
    const multiplier = inputs.number('multiplier');
    return merged(inputs, () => ({ first: multiplier, second: -multiplier }));
  },
};

export const mergeAdd: NodeClass = {
  run: (inputs) => merged(inputs, () => ({ first: 1, second: 1 })),
};

export const clipMergeSimple: NodeClass = {
  run: (inputs) => {
    const ratio = inputs.number('ratio');
    return clipMerged(inputs, { first: ratio, second: 1 - ratio });
  },
};

export const clipMergeSubtract: NodeClass = {
  run: (inputs) => {
    const multiplier = inputs.number('multiplier');
    return clipMerged(inputs, { first: multiplier, second: -multiplier });
  },
};

export const clipMergeAdd: NodeClass = {
  run: (inputs) => clipMerged(inputs, { first: 1, second: 1 }),
};

/** These stay those of the first one. */
const UNMERGED = ['.position_ids', '.logit_scale'];

function clipMerged(inputs: NodeInputs, strengths: Strengths): NodeResult {
  const clip = inputs.clip('clip1');
  const tensors = combine(clip.tensors, inputs.clip('clip2').tensors, (key) =>
    UNMERGED.some((end) => key.endsWith(end)) ? { first: 1, second: 0 } : strengths,
  );
  return { values: [{ ...clip, tensors }] };
}

/** @param strengthsOf gets the key below `diffusion_model.` */
function merged(inputs: NodeInputs, strengthsOf: (key: string) => Strengths): NodeResult {
  const first = inputs.model('model1');
  const unet = combine(first.unet, inputs.model('model2').unet, (key) =>
    strengthsOf(key.slice(UNET_PREFIX.length)),
  );
  return { values: [{ ...first, unet }] };
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}
