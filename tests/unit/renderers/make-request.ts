import type { ImageRequest } from '../../../src/types.ts';

/** A request of one image per seed. */
export function makeRequest(
  fields: Record<string, unknown> = {},
  { id = 'cats/0', seeds = [1] }: { id?: string; seeds?: readonly number[] } = {},
): ImageRequest {
  return {
    id,
    payload: 'cats',
    prompt: 'a cat',
    negativePrompt: '',
    reverseScoring: false,
    seeds,
    body: {
      prompt: 'a cat',
      seed: seeds[0],
      steps: 4,
      width: 128,
      height: 128,
      sampler_name: 'Euler',
      cfg_scale: 7,
      ...fields,
    },
  };
}
