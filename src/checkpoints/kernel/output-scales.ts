/** New scales for fp8: what a tensor's results are divided by, so that the largest of them becomes the largest code. */
import { firstPieceOf, runPool } from './worker-pool.ts';
import type { Job, TensorJob } from './job.ts';

/** The largest finite number of e4m3. */
const LARGEST_CODE = 448;

/**
 * Reads and computes everything once to find the largest results; nothing is written.
 * @returns the job's tensors, those that are to be scaled with their divisor, and where a tensor holds a scale, its bytes
 */
export async function withScales(
  job: Job,
  workers: number,
  signal: AbortSignal | undefined,
): Promise<readonly TensorJob[]> {
  if (!job.tensors.some(({ isScaled }) => isScaled === true)) return job.tensors;
  const pieces = job.blocks.reduce((sum, block) => sum + block.length, 0);
  const sums = new SharedArrayBuffer(8 * Math.max(1, pieces));
  await runPool({ job, phase: 'largest', workers, signal, sums });
  const largest = largestOf(job, new Float64Array(sums));
  const divisors = job.tensors.map(({ isScaled }, index) =>
    isScaled === true ? divisorFor(largest[index] ?? 0) : undefined,
  );
  return job.tensors.map((tensor, index): TensorJob => {
    const divisor = divisors[index];
    if (divisor !== undefined) return { ...tensor, divisor };
    // A scale stands behind what it is of.
    if (tensor.isScaleOfLast !== true) return tensor;
    return { ...tensor, bytes: new Uint8Array(Float32Array.of(divisors[index - 1] ?? 1).buffer) };
  });
}

function largestOf({ blocks, tensors }: Job, found: Float64Array): number[] {
  const first = blocks.length === 0 ? [] : firstPieceOf({ blocks });
  const largest = tensors.map(() => 0);
  for (const [block, pieces] of blocks.entries()) {
    for (const [index, { tensor }] of pieces.entries()) {
      const value = found[(first[block] ?? 0) + index] ?? 0;
      largest[tensor] = Math.max(largest[tensor] ?? 0, value);
    }
  }
  return largest;
}

/** 1 for a tensor of zeros, and where there is no largest number. */
function divisorFor(largest: number): number {
  const divisor = Math.fround(largest / LARGEST_CODE);
  return divisor > 0 && Number.isFinite(divisor) ? divisor : 1;
}
