/** The 16-bit floats of graphs, one at a time. */
import { decodeTable, encodeAll } from '../../../shared/safetensors/small-floats.ts';

let table: Float32Array | undefined;
const number = new Float32Array(1);
const code = new Uint16Array(1);

/** IEEE half precision to a number. */
export function fromHalf(bits: number): number {
  table ??= decodeTable('F16');
  return table[bits] ?? NaN;
}

/** Rounded half to even; beyond the largest half it is infinite. @param value a float32 */
export function toHalf(value: number): number {
  number[0] = value;
  encodeAll('F16', number, code);
  return code[0] ?? 0;
}
