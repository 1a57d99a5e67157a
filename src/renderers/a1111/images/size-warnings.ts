import { oddSides } from '../../../shared/odd-sides.ts';
import type { ImageRequest } from '../../../types.ts';

/** The WebUI rounds sides down, and says nothing. */
export function sizeWarnings(requests: readonly ImageRequest[]): readonly string[] {
  const sentences = requests.flatMap(({ payload, body }) =>
    oddSides(body).map(
      ({ side, asked, drawn }) =>
        `Payload ${payload}: ${side} ${asked} is not a multiple of 8; the WebUI draws ${drawn}.`,
    ),
  );
  return [...new Set(sentences)];
}
