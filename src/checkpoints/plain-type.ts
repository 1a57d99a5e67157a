/** The type in which codes with a scale are written as plain numbers, where none is asked for. */
import type { Tensor } from '../shared/safetensors/header.ts';
import type { CheckpointFile } from './checkpoint-file.ts';

/** The largest finite codes. */
const LARGEST: ReadonlyMap<string, number> = new Map([
  ['F8_E4M3', 448],
  ['F8_E5M2', 57_344],
]);
const LARGEST_F16 = 65_504;

/** float16, unless the file's own plain numbers are bfloat16 or float16 could not hold what the codes may mean. */
export function plainType({ dtype, scale = new Float32Array() }: Tensor, file: CheckpointFile): string {
  const code = LARGEST.get(dtype.float ?? '');
  if (code === undefined) return dtype.name;
  const largest = code * scale.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
  return largest > LARGEST_F16 || usesBrainFloats(file) ? 'BF16' : 'F16';
}

const known = new WeakMap<CheckpointFile, boolean>();

function usesBrainFloats(file: CheckpointFile): boolean {
  const count = (name: string): number =>
    file.tensors.reduce((sum, { dtype, count: elements }) => sum + (dtype.name === name ? elements : 0), 0);
  const answer = known.get(file) ?? count('BF16') > count('F16');
  known.set(file, answer);
  return answer;
}
