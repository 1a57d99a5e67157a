import { describe, expect, it } from 'vitest';
import { createJsKernel } from '../../../src/checkpoints/kernel/js-kernel.ts';
import { decodeTable, encodeAll } from '../../../src/shared/safetensors/small-floats.ts';
import { createWasmKernel } from '../../../src/checkpoints/kernel/wasm-kernel.ts';
import type { Kernel } from '../../../src/checkpoints/kernel/kernel.ts';
import { mergeMethod } from '../../../src/checkpoints/methods/registry.ts';
import { makeRandom } from './make-checkpoint.ts';
import { canonical, digest, reference } from './reference.ts';

const ARENA = 2 ** 23;
const wasm = createWasmKernel(ARENA);
const js = createJsKernel(new Uint8Array(ARENA));

/** The inputs of make_reference.py: every upper half, with lower halves at and beside the ties. */
function encodeInputs(): Float32Array {
  const low = [0, 1, 0x0fff, 0x1000, 0x1001, 0x1fff, 0x3000, 0x7fff, 0x8000, 0x8001, 0xffff];
  const bits = new Uint32Array(65536 * low.length);
  for (const [i, part] of low.entries()) {
    for (let high = 0; high < 65536; high++) bits[65536 * i + high] = ((high << 16) | part) >>> 0;
  }
  return new Float32Array(bits.buffer);
}

describe('small floats equal PyTorch', () => {
  it.each(['F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const)('%s, every pattern decoded', (format) => {
    const table = decodeTable(format);
    expect(digest([canonical('F32', new Uint8Array(table.buffer))])).toBe(reference.decode[format]);
  });

  it.each(['F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const)('%s, encoded around every tie', (format) => {
    const inputs = encodeInputs();
    const codes = format.startsWith('F8') ? new Uint8Array(inputs.length) : new Uint16Array(inputs.length);
    encodeAll(format, inputs, codes);
    expect(digest([canonical(format, new Uint8Array(codes.buffer))])).toBe(reference.encode[format]);
  });
});

describe('the WebAssembly kernel equals plain JavaScript', () => {
  const kernels = (): [Kernel, Kernel] => {
    if (wasm === undefined) throw new Error('this engine has no WebAssembly SIMD');
    return [wasm, js];
  };
  /** The same bytes in both, then the same work; what is there afterwards. */
  const both = (input: Uint8Array, at: number, work: (kernel: Kernel) => void): [Buffer, Buffer] => {
    const [one, other] = kernels().map((kernel) => {
      kernel.arena.fill(0xa5, 64);
      kernel.arena.set(input, at);
      work(kernel);
      return Buffer.from(kernel.arena.subarray(64));
    });
    if (one === undefined || other === undefined) throw new Error('two kernels were expected');
    return [one, other.subarray(0, one.length)];
  };
  const isSame = ([one, other]: [Buffer, Buffer]): boolean => one.subarray(0, other.length).equals(other);

  it.each(['F16', 'BF16'] as const)('%s, every pattern, from any address', (type) => {
    const codes = Uint8Array.from(new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer));
    for (const at of [1024, 1025, 1027]) {
      expect(isSame(both(codes, at, (kernel) => kernel.decode(type, at, 2 ** 20, 65536)))).toBe(true);
    }
  });

  it.each(['F16', 'BF16'] as const)(
    '%s, encoded around every tie, to any address, not a byte too many',
    (type) => {
      const inputs = new Uint8Array(encodeInputs().buffer);
      const count = inputs.length / 4;
      for (const [to, length] of [
        [65536, count],
        [65537, 1001],
        [65539, 7],
        [65541, 1],
        [65536, 0],
      ] as const) {
        expect(isSame(both(inputs, 2 ** 22, (kernel) => kernel.encode(type, 2 ** 22, to, length)))).toBe(
          true,
        );
      }
    },
  );

  it.each(['weighted-sum', 'add-difference', 'slerp'])('%s, random bits, any length', (name) => {
    const method = mergeMethod(name);
    const random = makeRandom(1);
    const bits = Uint32Array.from({ length: 3 * 5000 }, () => Math.floor(random() * 2 ** 32));
    for (const weight of [0, 0.3, 1, -1, 2]) {
      for (const count of [5000, 4999, 9, 8, 7, 1, 0]) {
        const tensor = { shape: [count], models: method.models.least, key: 0 };
        const values = { weight };
        const coefficients = Float32Array.from(
          method.coefficients(values, Float64Array.of(1, 0.2, 1), tensor, []),
        );
        const [one, other] = both(new Uint8Array(bits.buffer), 2 ** 20, (kernel) =>
          kernel.combine(
            method,
            [2 ** 20, 2 ** 20 + 20_000, 2 ** 20 + 40_000].slice(0, method.models.least),
            coefficients,
            2 ** 21,
            count,
            { tensor, values, first: 0, before: 0 },
          ),
        );
        const from = 2 ** 21 - 64;
        expect(
          canonical('F32', one.subarray(from, from + 20_032)).equals(
            canonical('F32', other.subarray(from, from + 20_032)),
          ),
        ).toBe(true);
      }
    }
  });
});
