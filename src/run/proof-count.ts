import type { SearchConfig } from '../config/schema.ts';
import { ratesByHand } from '../judging/scoring.ts';
import { usualCount } from '../proof/fresh-requests.ts';
import type { ImageRequest } from '../types.ts';

/** Images for each candidate of the proof at the end; 0 = none. Nobody rates images by hand that they did not ask for. */
export function proofCount(
  config: Pick<SearchConfig, 'prove' | 'scorer'>,
  requests: readonly ImageRequest[],
): number {
  return config.prove ?? (ratesByHand(config) ? 0 : usualCount(requests));
}
