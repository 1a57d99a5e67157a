/** Payloads into concrete requests: seeds fixed for the whole run, one request for every round of `n_iter`. */
import { createHash } from 'node:crypto';
import type { ImageRequest } from '../types.ts';
import type { NamedPayload } from './load.ts';
import type { Payload } from './schema.ts';

/**
 * A picture of `n_iter` is bit-equal to the same seed made alone, so every round becomes a request of its own and can
 * be scored while the next one is generated. A picture of a batch is not, so `batch_size` stays as it is.
 * @param runSeed decides the seeds of payloads that ask for a random one
 */
export function toRequests(payloads: readonly NamedPayload[], runSeed: number): ImageRequest[] {
  return payloads.flatMap(({ name, payload }) => {
    const seed = payload.seed === -1 ? drawSeed(runSeed, name, 'seed') : payload.seed;
    const subseed = payload.subseed === -1 ? drawSeed(runSeed, name, 'subseed') : payload.subseed;
    return Array.from({ length: payload.n_iter }, (_, round) =>
      toRequest(name, payload, round, seed, subseed),
    );
  });
}

/** Pictures that one iteration generates. */
export function pictureCount(requests: readonly ImageRequest[]): number {
  return requests.reduce((sum, request) => sum + request.seeds.length, 0);
}

function toRequest(
  name: string,
  payload: Payload,
  round: number,
  seed: number,
  subseed: number,
): ImageRequest {
  const { wildcard_type: _, reverse_scoring: reverseScoring, ...fields } = payload;
  const first = round * payload.batch_size;
  // The WebUI counts the seed up from picture to picture, or the subseed when that is in use.
  const variation = payload.subseed_strength > 0;
  const firstSeed = variation ? seed : seed + first;
  const body = Object.fromEntries(
    Object.entries({
      ...fields,
      seed: firstSeed,
      subseed: variation ? subseed + first : undefined,
      subseed_strength: variation ? payload.subseed_strength : undefined,
      n_iter: 1,
    }).filter(([, value]) => value !== undefined && value !== null),
  );
  return {
    id: `${name}/${round}`,
    payload: name,
    prompt: payload.prompt,
    negativePrompt: payload.negative_prompt,
    reverseScoring,
    seeds: Array.from({ length: payload.batch_size }, (_, i) => (variation ? seed : firstSeed + i)),
    body,
  };
}

/** 32 bits, as the WebUI draws them. */
function drawSeed(runSeed: number, payload: string, what: string): number {
  return createHash('sha256').update(`${runSeed}\n${payload}\n${what}`).digest().readUInt32LE(0);
}
