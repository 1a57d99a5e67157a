/** `FILE.safetensors[:strength[:weights]]`, as `--lora` takes it. */
import { usageError } from '../../shared/errors.ts';

export interface LoraArgument {
  readonly file: string;
  readonly strength: number;
  /** In the order of their list; undefined = 1 everywhere, or by name. */
  readonly weights: readonly number[] | undefined;
  /** In place of a list; blocks that none means have 1. */
  readonly parts?: readonly LoraPart[] | undefined;
}

/** A number for the blocks that a name or a pattern means; of several that mean a block the most exact one counts. */
export type LoraPart = readonly [pattern: string, value: number];

const FORM =
  'use FILE.safetensors, FILE.safetensors:STRENGTH, FILE.safetensors:STRENGTH:WEIGHTS where WEIGHTS is a list (0,1,…) or names and patterns (IN*=0.5,BASE=0)';
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The path ends with `.safetensors`: colons before that are its own (`C:\x.safetensors:0.7`). @throws usage error `lora-argument` */
export function parseLoraArgument(text: string): LoraArgument {
  const [, file, rest = ''] = /^(.*\.safetensors)(?::(.*))?$/is.exec(text) ?? [];
  if (file === undefined) {
    throw usageError('lora-argument', `The LoRA ${text} does not end in .safetensors; ${FORM}.`);
  }
  if (rest === '') {
    if (text.length === file.length) return { file, strength: 1, weights: undefined };
    throw usageError('lora-argument', `The LoRA ${text} has nothing after the colon; ${FORM}.`);
  }
  const [strength = '', weights, ...more] = rest.split(':');
  if (more.length > 0) {
    throw usageError('lora-argument', `The LoRA ${text} has too many colons after its name; ${FORM}.`);
  }
  const told = { file, strength: toNumber(strength, `The strength of the LoRA ${file}`) };
  if (weights?.includes('=') === true) {
    const parts = weights.split(',').map((part) => toPart(part, file));
    return { ...told, weights: undefined, parts };
  }
  return {
    ...told,
    weights: weights
      ?.split(',')
      .map((weight, i) => toNumber(weight, `Block weight ${i + 1} of the LoRA ${file}`)),
  };
}

function toPart(text: string, file: string): LoraPart {
  const [, pattern, value = ''] = /^\s*([^=\s]+)\s*=(.*)$/.exec(text) ?? [];
  if (pattern !== undefined)
    return [pattern, toNumber(value, `The weight of ${pattern} in the LoRA ${file}`)];
  throw usageError(
    'lora-argument',
    `"${text}" among the weights of the LoRA ${file} is not of the form NAME=WEIGHT; ${FORM}.`,
  );
}

function toNumber(text: string, what: string): number {
  const value = Number(text.trim());
  if (NUMBER.test(text.trim()) && Number.isFinite(value)) return value;
  throw usageError('lora-argument', `${what} is "${text}", which is not a number; ${FORM}.`);
}
