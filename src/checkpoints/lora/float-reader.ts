/** Whole tensors of a file as float32, whatever float type they have there. */
import { readBytes } from '../../shared/files/read-bytes.ts';
import { createJsKernel, FLOAT_BYTES } from '../kernel/js-kernel.ts';
import { scaleBy, type SourceScale } from '../kernel/scale-by.ts';
import type { FloatType } from '../../shared/safetensors/dtypes.ts';

export interface FloatSource {
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly count: number;
  readonly type: FloatType;
  readonly scale?: SourceScale;
}

export type FloatReader = (handle: number, source: FloatSource) => Float32Array;

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
      const bytes = arena.subarray(raw, raw + size * FLOAT_BYTES[type]);
      const read = readBytes(handle, bytes, offset + done * FLOAT_BYTES[type]);
      if (read < bytes.length) throw new Error('a model became shorter while it was read');
      kernel.decode(type, raw, 0, size);
      const values = new Float32Array(arena.buffer, 0, size);
      if (scale !== undefined) scaleBy(scale, done, values);
      floats.set(values, done);
    }
    return floats;
  };
}
