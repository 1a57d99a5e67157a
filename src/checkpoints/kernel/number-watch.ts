/**
 * Looks at the numbers of a job while they pass by. The healthy cost one look at the result: whatever is not finite in a model makes
 * the result so too, and only then the models are searched.
 */
import { FLOAT_BYTES } from './js-kernel.ts';
import { Findings, NOT_FINITE_FROM, TOO_LARGE_FROM } from './findings.ts';
import { CHUNK, type Kernel } from './kernel.ts';
import { MOST_MODELS } from '../methods/method.ts';
import type { FloatType } from '../../shared/safetensors/dtypes.ts';

export interface NumberWatch {
  /** Float32 of every model, before anything is computed; notes which consist of zeros, and whether the first two differ. */
  lookAtModels(tensor: number, models: readonly number[], count: number): void;
  /** Float32 that are about to become `type`, made from the models, which are still there. @param isHidden what is not finite in a model need not be so in the result */
  lookAtResult(
    tensor: number,
    type: FloatType,
    result: number,
    models: readonly number[],
    count: number,
    isHidden?: boolean,
  ): void;
  /** The same where the result took the place of its model. @param hadNotFinite what {@link lookAtValues} said of the model */
  lookAtSum(tensor: number, type: FloatType, result: number, hadNotFinite: boolean, count: number): void;
  /** Float32 of the first model. @returns whether some are no finite numbers */
  lookAtValues(tensor: number, values: number, count: number): boolean;
  /** Elements of the first model as they lie in its file. @param floats a place for {@link CHUNK} of them as float32 */
  lookAtCodes(tensor: number, type: FloatType, codes: number, count: number, floats: number): void;
}

export function createNumberWatch(kernel: Kernel, memory: SharedArrayBuffer): NumberWatch {
  const findings = new Findings(memory);
  const { buffer } = kernel.arena;
  const floatsAt = (address: number, count: number): Float32Array => new Float32Array(buffer, address, count);
  /** What is known by now need not be looked for again. */
  const isKnown = new Set<number>();
  const once = (tensor: number, what: number, find: () => boolean): boolean => {
    const key = FACTS * tensor + what;
    if (isKnown.has(key) || !find()) return false;
    isKnown.add(key);
    return true;
  };

  const noteNonzero = (tensor: number, slot: number, largest: () => number): void => {
    if (once(tensor, slot, () => largest() > 0)) findings.setNonzero(tensor, slot);
  };

  const lookAtValues: NumberWatch['lookAtValues'] = (tensor, values, count) => {
    const largest = kernel.largest(4, values, count);
    noteNonzero(tensor, 0, () => largest);
    if (largest < NOT_FINITE_FROM.F32) return false;
    findings.addNotFinite(tensor, 0, floatsAt(values, count));
    return true;
  };

  return {
    lookAtValues,

    lookAtModels(tensor, models, count) {
      for (const [slot, model] of models.entries()) {
        noteNonzero(tensor, slot, () => kernel.largest(4, model, count));
      }
      const [a, b] = models;
      if (a === undefined || b === undefined) return;
      if (once(tensor, DIFFERENCE, () => isDifferent(buffer, a, b, count))) findings.setDifferent(tensor);
    },

    lookAtResult(tensor, type, result, models, count, isHidden = false) {
      const isSound =
        kernel.largest(4, result, count) < TOO_LARGE_FROM[type] &&
        !(isHidden && models.some((model) => kernel.largest(4, model, count) >= NOT_FINITE_FROM.F32));
      if (isSound) return;
      const inputs = models.map((model) => floatsAt(model, count));
      for (const [slot, values] of inputs.entries()) findings.addNotFinite(tensor, slot, values);
      const isOurs = (i: number): boolean => inputs.every((values) => Number.isFinite(values[i]));
      findings.addTooLarge(tensor, countTooLarge(type, floatsAt(result, count), isOurs));
    },

    lookAtSum(tensor, type, result, hadNotFinite, count) {
      if (kernel.largest(4, result, count) < TOO_LARGE_FROM[type]) return;
      const values = floatsAt(result, count);
      const isOurs = (i: number): boolean => !hadNotFinite || Number.isFinite(values[i]);
      findings.addTooLarge(tensor, countTooLarge(type, values, isOurs));
    },

    lookAtCodes(tensor, type, codes, count, floats) {
      const bytes = FLOAT_BYTES[type];
      const largest = kernel.largest(bytes, codes, count);
      noteNonzero(tensor, 0, () => largest);
      if (largest < NOT_FINITE_FROM[type]) return;
      for (let done = 0; done < count; done += CHUNK) {
        const size = Math.min(CHUNK, count - done);
        kernel.decode(type, codes + done * bytes, floats, size);
        findings.addNotFinite(tensor, 0, floatsAt(floats, size));
      }
    },
  };
}

/** What is noted once for a tensor: of every slot that it is not zero, and whether two differ. */
const FACTS = MOST_MODELS + 1;
const DIFFERENCE = MOST_MODELS;

function isDifferent(buffer: ArrayBufferLike, a: number, b: number, count: number): boolean {
  const [one, other] = [new Int32Array(buffer, a, count), new Int32Array(buffer, b, count)];
  for (let i = 0; i < count; i++) if (one[i] !== other[i]) return true;
  return false;
}

function countTooLarge(type: FloatType, values: Float32Array, isOurs: (i: number) => boolean): number {
  const patterns = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let count = 0;
  for (const [i, pattern] of patterns.entries()) {
    if ((pattern & 0x7fff_ffff) >= TOO_LARGE_FROM[type] && isOurs(i)) count++;
  }
  return count;
}
