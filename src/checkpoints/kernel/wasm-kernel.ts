/** The kernel with WebAssembly SIMD for float16, bfloat16 and the arithmetic; the rarer types go through plain JavaScript. */
import type { FloatType } from '../../shared/safetensors/dtypes.ts';
import { createJsKernel } from './js-kernel.ts';
import type { CodeBytes, Kernel } from './kernel.ts';
import { WASM_BASE64 } from './wasm-bytes.ts';

type Conversion = (from: number, to: number, count: number, unused: number, unused2: number) => void;

interface Functions {
  readonly decode: Partial<Record<FloatType, Conversion>>;
  readonly encode: Partial<Record<FloatType, Conversion>>;
  /** By method: the addresses of the models, of the result, the count, two coefficients. */
  readonly combine: Readonly<Record<string, (...numbers: number[]) => void>>;
  /** By the bytes of a code. */
  readonly largest: Readonly<Partial<Record<CodeBytes, (...numbers: number[]) => number>>>;
}

/** The part of the global that is used; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (settings: { initial: number }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  readonly CompileError: new () => Error;
};

const PAGE = 65_536;

/**
 * A kernel with a memory of its own. Its first 64 bytes are its scratch, and reads may go 64 bytes beyond a tensor: leave both free.
 * @returns undefined where the engine has no WebAssembly SIMD
 */
export function createWasmKernel(arenaBytes: number): Kernel | undefined {
  const module = compile();
  if (module === undefined) return undefined;
  const { exports } = new WebAssembly.Instance(module);
  const memory = exports['memory'];
  if (!(memory instanceof WebAssembly.Memory)) return undefined;
  memory.grow(Math.ceil(arenaBytes / PAGE));
  const plain = createJsKernel(new Uint8Array(memory.buffer));
  const functions = functionsOf(exports);
  return {
    ...plain,
    name: 'wasm',
    decode(type, from, to, count) {
      const fast = functions.decode[type];
      if (fast === undefined) plain.decode(type, from, to, count);
      else fast(from, to, count, 0, 0);
    },
    encode(type, from, to, count) {
      const fast = functions.encode[type];
      if (fast === undefined) plain.encode(type, from, to, count);
      else fast(from, to, count, 0, 0);
    },
    combine(method, models, coefficients, out, count, place, read) {
      const fast = functions.combine[method.name];
      if (fast === undefined) plain.combine(method, models, coefficients, out, count, place, read);
      else fast(...models, out, count, coefficients[0] ?? 0, coefficients[1] ?? 0);
    },
    largest(bytes, from, count) {
      const fast = functions.largest[bytes];
      // A number of 32 bits comes out of WebAssembly with a sign, but these have their top bit cleared.
      return fast === undefined ? plain.largest(bytes, from, count) : fast(from, count);
    },
  };
}

function compile(): object | undefined {
  try {
    return new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
  } catch (error) {
    // The only expected fault: an engine or processor without SIMD.
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

function functionsOf(exports: Readonly<Record<string, unknown>>): Functions {
  const named = (name: string): ((...numbers: number[]) => number) => {
    const found = exports[name];
    if (!isFunction(found)) throw new Error(`The kernel has no function ${name}.`);
    return found;
  };
  return {
    decode: { F16: named('decode_f16'), BF16: named('decode_bf16') },
    encode: { F16: named('encode_f16'), BF16: named('encode_bf16') },
    combine: {
      'weighted-sum': named('weighted_sum'),
      'add-difference': named('add_difference'),
      slerp: named('slerp'),
    },
    largest: { 1: named('largest_1'), 2: named('largest_2'), 4: named('largest_4') },
  };
}

/** All that the module exports, its memory aside, take numbers and give one or none. */
function isFunction(exported: unknown): exported is (...numbers: number[]) => number {
  return typeof exported === 'function';
}
