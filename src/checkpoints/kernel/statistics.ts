/** The coefficients of every tensor; methods that need sums over whole tensors read everything once for them. */
import { mergeMethod } from '../methods/registry.ts';
import { firstPieceOf, runPool } from './worker-pool.ts';
import type { Job } from './job.ts';

/** @returns for each tensor what `combine` multiplies with; empty for tensors that are not combined */
export async function coefficientsOf(
  job: Job,
  workers: number,
  signal: AbortSignal | undefined,
): Promise<(readonly number[])[]> {
  const method = mergeMethod(job.method);
  const size = method.statistics?.size ?? 0;
  const totals = job.tensors.map(() => new Float64Array(size));
  if (size > 0) addUp(job, totals, size, await measure(job, size, workers, signal));
  return job.tensors.map(({ kind, weight }, index) =>
    kind === 'combine' ? method.coefficients(weight, totals[index] ?? new Float64Array(size)) : [],
  );
}

async function measure(
  job: Job,
  size: number,
  workers: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const pieces = job.blocks.reduce((sum, block) => sum + block.length, 0);
  const sums = new SharedArrayBuffer(8 * size * Math.max(1, pieces));
  await runPool({ job, phase: 'measure', workers, signal, sums });
  return new Float64Array(sums);
}

/** In the order of the pieces, whichever thread measured them: rounding depends on the order. */
function addUp(job: Job, totals: readonly Float64Array[], size: number, sums: Float64Array): void {
  const first = firstPieceOf(job);
  for (const [block, pieces] of job.blocks.entries()) {
    for (const [index, { tensor }] of pieces.entries()) {
      const at = ((first[block] ?? 0) + index) * size;
      const total = totals[tensor] ?? new Float64Array(size);
      for (let i = 0; i < size; i++) total[i] = (total[i] ?? 0) + (sums[at + i] ?? 0);
    }
  }
}
