/** A request for a batch into one for every image. */
import type { ImageRequest } from '../types.ts';

/**
 * The same seeds, each in a request of its own. An image of a batch is not bit-equal to the same seed made alone, so this is done
 * before a run, never within one.
 */
export function splitBatches(requests: readonly ImageRequest[]): ImageRequest[] {
  const counts = new Map<string, number>();
  return requests.flatMap((request) =>
    request.seeds.map((seed, index) => {
      const { payload, body } = request;
      const n = counts.get(payload) ?? 0;
      counts.set(payload, n + 1);
      return { ...request, id: `${payload}/${n}`, seeds: [seed], body: bodyOf(body, seed, index) };
    }),
  );
}

/** Where the variation seed is in use, it counts up in place of the seed. */
function bodyOf(body: ImageRequest['body'], seed: number, index: number): Record<string, unknown> {
  const { subseed } = body;
  return {
    ...body,
    batch_size: 1,
    seed,
    ...(typeof subseed === 'number' && { subseed: subseed + index }),
  };
}
