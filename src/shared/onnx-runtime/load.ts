/** The optional package that computes graphs: loaded when it is needed, and what is wrong when it cannot be. */
import type * as Ort from 'onnxruntime-node';
import { messageOf } from '../errors.ts';

export type Runtime = typeof Ort;

/** `no-runtime`: the package is not installed. `runtime`: it is, but does not start. */
export interface RuntimeTrouble {
  readonly at: 'no-runtime' | 'runtime';
  readonly message: string;
}

/**
 * ONNX Runtime, which blocks the thread that it computes on: to be called in a process of its own.
 * @param name of the package; another one only in tests
 */
export async function loadRuntime(name = 'onnxruntime-node'): Promise<Runtime | RuntimeTrouble> {
  try {
    const runtime: Runtime = await import(name);
    return runtime;
  } catch (error) {
    const message = messageOf(error);
    const isMissing = message.includes(`'${name}'`) && /cannot find/i.test(message);
    return { at: isMissing ? 'no-runtime' : 'runtime', message };
  }
}
