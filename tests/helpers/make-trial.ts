import { uniformWeights } from '../../src/space/blocks.ts';
import type { EvaluatedTrial, FailedTrial } from '../../src/types.ts';

const time = { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 };

export interface TrialParts {
  readonly id: number;
  readonly score: number;
  /** The trial that it repeats. */
  readonly repeatOf?: number;
  readonly pixels?: string;
  /** Of every block. */
  readonly weight?: number;
  /** How many it has; 1 unless given. */
  readonly images?: number;
}

export function scoredTrial({
  id,
  score,
  repeatOf,
  pixels,
  weight = id / 1000,
  images = 1,
}: TrialParts): EvaluatedTrial {
  const image = {
    request: 'p/0',
    index: 0,
    payload: 'p',
    seed: 1,
    score,
    raw: { quality: score },
    pixels: pixels ?? `pixels-${id}`,
    seconds: 1,
  };
  return {
    state: 'scored',
    id,
    origin: 'optimizer',
    point: [weight],
    weights: uniformWeights(weight, 'sd1'),
    score,
    images:
      repeatOf === undefined
        ? Array.from({ length: images }, (_, n) => ({ ...image, request: `p/${n}` }))
        : [],
    source: repeatOf === undefined ? { kind: 'measured' } : { kind: 'repeat', of: repeatOf },
    time,
  };
}

export function failedTrial({ id, message }: { readonly id: number; readonly message: string }): FailedTrial {
  return {
    state: 'failed',
    id,
    origin: 'optimizer',
    point: [id / 1000],
    weights: uniformWeights(id / 1000, 'sd1'),
    failure: { code: 'webui-out-of-memory', message },
    images: [],
    time,
  };
}
