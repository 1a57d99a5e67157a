/** A small image of one prompt, and the hash of its pixels: what tests of renderers look at. */
import type { RenderJob, Renderer } from '../../src/renderers/index.ts';
import { decodeImage, hashPixels } from '../../src/images/decode.ts';
import type { ImageRequest } from '../../src/types.ts';

export function requestOf(id: string, seeds: readonly number[]): ImageRequest {
  const prompt = 'green hills at dawn';
  const size = { steps: 4, width: 64, height: 64, batch_size: seeds.length, n_iter: 1 };
  const body = { prompt, seed: seeds[0], sampler_name: 'Euler', cfg_scale: 7, ...size };
  return { id, payload: 'hills', prompt, negativePrompt: '', reverseScoring: false, seeds, body };
}

export async function pixelHash(bytes: Uint8Array): Promise<string> {
  return hashPixels(await decodeImage(bytes));
}

export async function look(renderer: Renderer, weights: RenderJob['weights']): Promise<string> {
  for await (const { bytes } of renderer.render(
    { weights, requests: [requestOf('look/0', [3])] },
    new AbortController().signal,
  )) {
    return pixelHash(bytes);
  }
  throw new Error('no image');
}
