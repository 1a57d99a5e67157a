import type { ImageRequest } from '../../../types.ts';

/** The WebUI rounds sides down to multiples of 8, and says nothing. */
export function sizeWarnings(requests: readonly ImageRequest[]): readonly string[] {
  const sentences = requests.flatMap(({ payload, body }) =>
    (['width', 'height'] as const).flatMap((side) => {
      const asked = body[side];
      if (typeof asked !== 'number' || asked % 8 === 0) return [];
      return `Payload ${payload}: ${side} ${asked} is not a multiple of 8; the WebUI draws ${Math.floor(asked / 8) * 8}.`;
    }),
  );
  return [...new Set(sentences)];
}
