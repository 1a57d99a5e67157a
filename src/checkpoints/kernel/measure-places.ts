/** How the numbers that are measured of all tensors lie in the memory that the threads share. */
import { mergeMethod } from '../methods/registry.ts';
import type { Job } from './job.ts';

/** Where the numbers that are measured of each tensor begin, and behind the last one where they end. */
export function placesOfMeasures({ tensors, method }: Pick<Job, 'tensors' | 'method'>): number[] {
  const { measure } = mergeMethod(method);
  let at = 0;
  const places = tensors.map(({ merged }) => {
    const place = at;
    if (merged !== undefined) at += measure?.size(merged.tensor) ?? 0;
    return place;
  });
  return [...places, at];
}
