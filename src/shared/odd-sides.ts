/** Sides of images that no WebUI draws as they are asked for. */

export interface OddSide {
  readonly side: 'width' | 'height';
  /** Pixels. */
  readonly asked: number;
  /** What AUTOMATIC1111 and Forge make of it, without a word: rounded down to a multiple of 8. ComfyUI's nodes refuse it. */
  readonly drawn: number;
}

/** @param body of a payload or of a request */
export function oddSides(body: Readonly<Record<string, unknown>>): OddSide[] {
  return (['width', 'height'] as const).flatMap((side) => {
    const asked = body[side];
    if (typeof asked !== 'number' || asked % 8 === 0) return [];
    return { side, asked, drawn: Math.floor(asked / 8) * 8 };
  });
}
