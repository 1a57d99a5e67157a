/** The coefficients of every tensor; methods that need to know whole tensors read everything once or twice for them. */
import { mergeMethod } from '../methods/registry.ts';
import { placesOfMeasures } from './measure-places.ts';
import { runPool } from './worker-pool.ts';
import type { Job } from './job.ts';

/** @returns for each tensor what `combine` multiplies with; empty for tensors that are not combined */
export async function coefficientsOf(
  job: Job,
  workers: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const method = mergeMethod(job.method);
  const places = placesOfMeasures(job);
  const sums = new SharedArrayBuffer(8 * (places.at(-1) ?? 0));
  if (method.measure !== undefined) await runPool({ job, phase: 'measure', workers, signal, sums });
  const numbers = new Float64Array(sums);
  const measured = job.tensors.map((_, index) => numbers.subarray(places[index], places[index + 1]));
  const overall = method.overall?.(measured.filter((_, index) => job.tensors[index]?.merged !== undefined));
  return job.tensors.map(({ merged }, index) => {
    if (merged === undefined) return new Float32Array();
    const { values, tensor } = merged;
    return shared(method.coefficients(values, measured[index] ?? new Float64Array(), tensor, overall ?? []));
  });
}

/** In memory that the threads share: there may be one for every column of every tensor. */
function shared(coefficients: ArrayLike<number>): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(4 * coefficients.length));
  copy.set(coefficients);
  return copy;
}
