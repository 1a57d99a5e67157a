/** The weights of a head out of a small safetensors file. */
import { floatsOf } from '../../../shared/safetensors/floats.ts';
import { SafetensorsFault, type Header } from '../../../shared/safetensors/header.ts';
import { headerOf } from '../../../shared/safetensors/read.ts';
import { isCounter, isFloatType, WeightsFault, type FloatType, type Tensors } from './tensor.ts';

/**
 * Its tensors, which must all be floats, without counters of training.
 * @throws WeightsFault
 */
export function readSafetensors(bytes: Uint8Array): Tensors {
  const { tensors, dataStart } = readHeader(bytes);
  const numbers = tensors.filter(({ name }) => !isCounter(name));
  const entries = numbers.map(({ name, dtype, shape, begin, end }) => {
    const data = bytes.subarray(dataStart + begin, dataStart + end);
    return [name, { shape, data: floatsOf(data, floatType(dtype.name, name)) }] as const;
  });
  return new Map(entries);
}

function readHeader(bytes: Uint8Array): Header {
  try {
    return headerOf(bytes);
  } catch (cause) {
    if (!(cause instanceof SafetensorsFault)) throw cause;
    throw new WeightsFault(describe(cause), { cause });
  }
}

function describe({ at }: SafetensorsFault): string {
  if (at === 'length') return 'it is cut off or not a safetensors file';
  return at === 'header'
    ? 'its header is damaged, or it is not a safetensors file'
    : `tensor ${at.tensor} lies outside the file or has a length that does not match its shape`;
}

function floatType(dtype: string, name: string): FloatType {
  if (isFloatType(dtype)) return dtype;
  throw new WeightsFault(`tensor ${name} has type ${dtype}, not floats`);
}
