/** The kernel in plain JavaScript: the reference, the fallback, and what handles the rarer types beside WebAssembly. */
import type { FloatType } from '../../shared/safetensors/dtypes.ts';
import type { CodeBytes, Kernel } from './kernel.ts';
import { CHUNK } from './kernel.ts';
import { decodeTable, encodeAll, type SmallFloat } from '../../shared/safetensors/small-floats.ts';

/** Bytes of one element. */
export const FLOAT_BYTES: Readonly<Record<FloatType, CodeBytes>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

/** @param arena whole memory of the kernel; its buffer must begin with it */
export function createJsKernel(arena: Uint8Array): Kernel {
  const { buffer } = arena;
  // Tensors of a safetensors file may begin anywhere; typed arrays may not.
  const aligned = new Uint8Array(8 * CHUNK);
  const tables = new Map<SmallFloat, Float32Array>();
  const tableOf = (format: SmallFloat): Float32Array => {
    const table = tables.get(format) ?? decodeTable(format);
    tables.set(format, table);
    return table;
  };
  const floats = (address: number, count: number): Float32Array => new Float32Array(buffer, address, count);

  /** Elements as numbers or codes, in place where the address allows it, otherwise in the aligned copy. */
  const place = (address: number, bytes: number): { buffer: ArrayBufferLike; at: number; isCopy: boolean } =>
    address % 8 === 0
      ? { buffer, at: address, isCopy: false }
      : { buffer: aligned.buffer, at: 0, isCopy: bytes > 0 };

  return {
    name: 'js',
    arena,
    decode(type, from, to, count) {
      inChunks(count, (first, size) => {
        const start = from + first * FLOAT_BYTES[type];
        const bytes = size * FLOAT_BYTES[type];
        const source = place(start, bytes);
        if (source.isCopy) aligned.set(arena.subarray(start, start + bytes));
        decodeAligned(type, source.buffer, source.at, floats(to + 4 * first, size), tableOf);
      });
    },
    encode(type, from, to, count) {
      inChunks(count, (first, size) => {
        const start = to + first * FLOAT_BYTES[type];
        const bytes = size * FLOAT_BYTES[type];
        const target = place(start, bytes);
        encodeAligned(type, floats(from + 4 * first, size), target.buffer, target.at);
        if (target.isCopy) arena.set(aligned.subarray(0, bytes), start);
      });
    },
    combine(method, models, coefficients, out, count, place, read = count) {
      method.combine(
        models.map((address) => floats(address, read)),
        coefficients,
        floats(out, count),
        place,
      );
    },
    largest(bytes, from, count) {
      let largest = 0;
      inChunks(count, (first, size) => {
        const start = from + first * bytes;
        const source = place(start, size * bytes);
        if (source.isCopy) aligned.set(arena.subarray(start, start + size * bytes));
        largest = Math.max(largest, largestAligned(bytes, source.buffer, source.at, size));
      });
      return largest;
    },
  };
}

function largestAligned(bytes: CodeBytes, buffer: ArrayBufferLike, at: number, count: number): number {
  let largest = 0;
  if (bytes === 8) {
    const halves = new Uint32Array(buffer, at, 2 * count);
    for (let i = 1; i < halves.length; i += 2) largest = Math.max(largest, (halves[i] ?? 0) & 0x7fff_ffff);
    return largest;
  }
  const codes = codesAt(bytes, buffer, at, count);
  const withoutSign = 2 ** (8 * bytes - 1) - 1;
  for (let i = 0; i < count; i++) {
    const code = (codes[i] ?? 0) & withoutSign;
    if (code > largest) largest = code;
  }
  return largest;
}

function codesAt(
  bytes: 1 | 2 | 4,
  buffer: ArrayBufferLike,
  at: number,
  count: number,
): Uint8Array | Uint16Array | Uint32Array {
  if (bytes === 4) return new Uint32Array(buffer, at, count);
  return bytes === 2 ? new Uint16Array(buffer, at, count) : new Uint8Array(buffer, at, count);
}

function inChunks(count: number, work: (first: number, size: number) => void): void {
  for (let first = 0; first < count; first += CHUNK) work(first, Math.min(CHUNK, count - first));
}

function decodeAligned(
  type: FloatType,
  buffer: ArrayBufferLike,
  at: number,
  to: Float32Array,
  tableOf: (format: SmallFloat) => Float32Array,
): void {
  const { length } = to;
  if (type === 'F64') to.set(new Float64Array(buffer, at, length));
  else if (type === 'F32') to.set(new Float32Array(buffer, at, length));
  else {
    const codes =
      FLOAT_BYTES[type] === 2 ? new Uint16Array(buffer, at, length) : new Uint8Array(buffer, at, length);
    // Bits, not numbers: a signalling NaN need not survive a float register.
    const patterns = new Uint32Array(tableOf(type).buffer);
    const out = new Uint32Array(to.buffer, to.byteOffset, length);
    for (let i = 0; i < length; i++) out[i] = patterns[codes[i] ?? 0] ?? 0;
  }
}

function encodeAligned(type: FloatType, from: Float32Array, buffer: ArrayBufferLike, at: number): void {
  const { length } = from;
  if (type === 'F64') new Float64Array(buffer, at, length).set(from);
  else if (type === 'F32') new Float32Array(buffer, at, length).set(from);
  else if (FLOAT_BYTES[type] === 2) encodeAll(type, from, new Uint16Array(buffer, at, length));
  else encodeAll(type, from, new Uint8Array(buffer, at, length));
}
