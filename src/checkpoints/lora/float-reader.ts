/** Whole tensors of a file as float32, whatever float type they have there. */
import fs from 'node:fs';
import { createJsKernel } from '../kernel/js-kernel.ts';
import { scaleBy, type SourceScale } from '../kernel/scale-by.ts';
import type { FloatType } from '../safetensors/dtypes.ts';

export interface FloatSource {
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly count: number;
  readonly type: FloatType;
  readonly scale?: SourceScale;
}

export type FloatReader = (handle: number, source: FloatSource) => Float32Array;

const BYTES: Readonly<Record<FloatType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
};
const CHUNK = 2 ** 14;

/** Keeps its tables and its buffer from one tensor to the next. @throws when the file has become shorter */
export function createFloatReader(): FloatReader {
  const arena = new Uint8Array(12 * CHUNK);
  const raw = 4 * CHUNK;
  const kernel = createJsKernel(arena);
  return (handle, { offset, count, type, scale }) => {
    const floats = new Float32Array(count);
    for (let done = 0; done < count; done += CHUNK) {
      const size = Math.min(CHUNK, count - done);
      readAll(handle, arena.subarray(raw, raw + size * BYTES[type]), offset + done * BYTES[type]);
      kernel.decode(type, raw, 0, size);
      const values = new Float32Array(arena.buffer, 0, size);
      if (scale !== undefined) scaleBy(scale, done, values);
      floats.set(values, done);
    }
    return floats;
  };
}

function readAll(handle: number, into: Uint8Array, offset: number): void {
  for (let done = 0; done < into.length;) {
    const read = fs.readSync(handle, into, done, into.length - done, offset + done);
    if (read === 0) throw new Error('a model became shorter while it was read');
    done += read;
  }
}
