/** Images of known weights, made and judged outside the search by the same parts. */
import { webuiUrl } from '../../../../config/load.ts';
import type { SearchConfig } from '../../../../config/schema.ts';
import { createRenderer } from '../../../../renderers/index.ts';
import { judgeImage } from '../../../../trial/judge-image.ts';
import { makeScoring } from '../../../../judging/scoring.ts';
import { DEFAULT_ARCHITECTURE } from '../../../../architectures/registry.ts';
import { uniformWeights } from '../../../../space/blocks.ts';
import type { BlockWeights, ImageRequest } from '../../../../types.ts';

/** Weights with a name for people. */
export interface Candidate {
  readonly label: string;
  readonly weights: BlockWeights;
}

export interface Viewed extends Candidate {
  /** Mean of the scores, from 0 to 1. */
  readonly mean: number;
  readonly images: readonly {
    readonly prompt: string;
    readonly bytes: Uint8Array;
    readonly score: number;
  }[];
}

/** Model A, model B, and half of each. */
export const PLAIN: readonly Candidate[] = [
  { label: 'A  crisp', weights: uniformWeights(0, DEFAULT_ARCHITECTURE) },
  { label: 'B  vivid', weights: uniformWeights(1, DEFAULT_ARCHITECTURE) },
  { label: '0.5 of each', weights: uniformWeights(0.5, DEFAULT_ARCHITECTURE) },
];

/** @throws what rendering and scoring throw */
export async function view(
  config: SearchConfig,
  candidates: readonly Candidate[],
  requests: readonly ImageRequest[],
  signal: AbortSignal,
): Promise<Viewed[]> {
  const { modelA, modelB, architecture } = config;
  const renderer = createRenderer({ url: webuiUrl(config), modelA, modelB, architecture });
  const { judge } = await makeScoring(config, signal);
  try {
    await renderer.open(signal);
    await judge.open(signal);
    const viewed: Viewed[] = [];
    for (const candidate of candidates) {
      const images: Viewed['images'][number][] = [];
      for await (const image of renderer.render({ weights: candidate.weights, requests }, signal)) {
        const { score } = await judgeImage({ judge, checksSize: true }, image, signal);
        images.push({ prompt: image.request.prompt, bytes: image.bytes, score });
      }
      const mean = images.reduce((sum, { score }) => sum + score, 0) / images.length;
      viewed.push({ ...candidate, mean, images });
    }
    return viewed;
  } finally {
    await judge.close();
    await renderer.close();
  }
}
