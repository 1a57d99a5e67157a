/** `FILE.safetensors[:strength[:weights]]`, as `--lora` takes it. */
import { usageError } from '../../shared/errors.ts';

export interface LoraArgument {
  readonly file: string;
  readonly strength: number;
  /** In the order of their list; undefined = 1 everywhere. */
  readonly weights: readonly number[] | undefined;
}

const FORM = 'the form is FILE.safetensors, FILE.safetensors:STRENGTH or FILE.safetensors:STRENGTH:WEIGHTS';
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The path ends with `.safetensors`: colons before that are its own (`C:\x.safetensors:0.7`). @throws usage error `lora-argument` */
export function parseLoraArgument(text: string): LoraArgument {
  const [, file, rest = ''] = /^(.*\.safetensors)(?::(.*))?$/is.exec(text) ?? [];
  if (file === undefined) {
    throw usageError('lora-argument', `The LoRA ${text} does not end in .safetensors; ${FORM}.`);
  }
  if (rest === '') {
    if (text.length === file.length) return { file, strength: 1, weights: undefined };
    throw usageError('lora-argument', `The LoRA ${text} has nothing after its colon; ${FORM}.`);
  }
  const [strength = '', weights, ...more] = rest.split(':');
  if (more.length > 0) {
    throw usageError('lora-argument', `The LoRA ${text} has too many colons after its name; ${FORM}.`);
  }
  return {
    file,
    strength: toNumber(strength, `The strength of the LoRA ${file}`),
    weights: weights
      ?.split(',')
      .map((weight, i) => toNumber(weight, `Block weight ${i + 1} of the LoRA ${file}`)),
  };
}

function toNumber(text: string, what: string): number {
  const value = Number(text.trim());
  if (NUMBER.test(text.trim()) && Number.isFinite(value)) return value;
  throw usageError('lora-argument', `${what} is "${text}", which is not a number; ${FORM}.`);
}
