/** The elements of a tensor as float32, whatever float type they have in the file. */
import type { FloatType } from './dtypes.ts';
import { decodeTable, type SmallFloat } from './small-floats.ts';

/** Made when first needed: each is work for thousands of numbers. */
const tables = new Map<SmallFloat, Float32Array>();

/**
 * @param bytes little-endian elements, wherever they lie in memory
 * @returns as many numbers as there are whole elements; nothing is shared with the bytes
 */
export function floatsOf(bytes: Uint8Array, type: FloatType): Float32Array<ArrayBuffer> {
  // A copy: typed arrays need aligned memory.
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, 0, Math.floor(bytes.length / 8)));
    case 'F32':
      return new Float32Array(buffer, 0, Math.floor(bytes.length / 4));
    case 'F16':
    case 'BF16':
      return decoded(new Uint16Array(buffer, 0, Math.floor(bytes.length / 2)), type);
    default:
      return decoded(new Uint8Array(buffer), type);
  }
}

function decoded(codes: Uint16Array | Uint8Array, format: SmallFloat): Float32Array<ArrayBuffer> {
  const table = tableOf(format);
  const floats = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) floats[i] = table[codes[i] ?? 0] ?? 0;
  return floats;
}

function tableOf(format: SmallFloat): Float32Array {
  const table = tables.get(format) ?? decodeTable(format);
  tables.set(format, table);
  return table;
}
