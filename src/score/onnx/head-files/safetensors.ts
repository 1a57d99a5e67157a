import { z } from 'zod';
import { BYTES, countOf, toFloats, WeightsFault, type FloatType, type Tensors } from './tensor.ts';

const size = z.int().min(0);
const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);

/**
 * The float tensors of a small safetensors file.
 * @throws WeightsFault
 */
export function readSafetensors(bytes: Uint8Array): Tensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (length > bytes.byteLength - 8) throw new WeightsFault('it is cut off or no safetensors file');
  const data = bytes.subarray(8 + length);
  const tensors = Object.entries(readHeader(bytes.subarray(8, 8 + length))).map(([name, entry]) => {
    const [begin, end] = entry.data_offsets;
    const type = floatType(entry.dtype, name);
    if (end > data.byteLength || end - begin !== countOf(entry.shape) * BYTES[type]) {
      throw new WeightsFault(`tensor ${name} lies outside of the file or has another length than its shape`);
    }
    return [name, { shape: entry.shape, data: toFloats(data.subarray(begin, end), type) }] as const;
  });
  return new Map(tensors);
}

function readHeader(json: Uint8Array): z.output<typeof headerSchema> {
  try {
    const root: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
    const { __metadata__: _, ...entries } = z.record(z.string(), z.unknown()).parse(root);
    return headerSchema.parse(entries);
  } catch (cause) {
    throw new WeightsFault('its header is damaged, or it is no safetensors file', { cause });
  }
}

function floatType(dtype: string, name: string): FloatType {
  if (dtype === 'F16' || dtype === 'BF16' || dtype === 'F32' || dtype === 'F64') return dtype;
  throw new WeightsFault(`tensor ${name} holds ${dtype}, no floats`);
}
