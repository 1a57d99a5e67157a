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
    return mergedClip(inputs, { first: ratio, second: 1 - ratio });
  },
};

export const clipSubtract: NodeClass = {
  run: (inputs) => {
    const multiplier = inputs.number('multiplier');
    return mergedClip(inputs, { first: multiplier, second: -multiplier });
  },
};

export const clipAdd: NodeClass = { run: (inputs) => mergedClip(inputs, { first: 1, second: 1 }) };

/** Encoders keep what is no weight. */
function mergedClip(inputs: NodeInputs, strengths: Strengths): NodeResult {
  const clip = inputs.clip('clip1');
  const tensors = combine(clip.tensors, inputs.clip('clip2').tensors, (key) =>
    /\.(position_ids|logit_scale)$/.test(key) ? KEPT : strengths,
  );
  return { values: [{ ...clip, tensors }] };
}

const KEPT: Strengths = { first: 1, second: 0 };

/** @param strengthsOf gets the key below `diffusion_model.` */
function merged(inputs: NodeInputs, strengthsOf: (key: string) => Strengths): NodeResult {
  const [a, b] = [inputs.model('model1').unet, inputs.model('model2').unet];
  const unet = combine(a, b, (key) => strengthsOf(key.slice(UNET_PREFIX.length)));
  return { values: [{ kind: 'MODEL', unet }] };
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}
