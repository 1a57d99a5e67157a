/** How large a reply can be that is what was asked for, by its path: many times what healthy servers were seen to send. */

const MB = 1_000_000;
const USUAL = 16 * MB;

/** By the beginning of the path. */
const LARGER: Readonly<Record<string, number>> = {
  // Every component of the interface, extensions' own ones included: 2 MB without any.
  '/config': 64 * MB,
  '/openapi.json': 64 * MB,
  '/sdapi/v1/script-info': 64 * MB,
  '/sdapi/v1/sd-models': 64 * MB,
  // With the training tags of every file.
  '/sdapi/v1/loras': 512 * MB,
  '/object_info': 256 * MB,
  // The prompts of others are in it whole.
  '/queue': 128 * MB,
  '/history': 128 * MB,
  '/view?': 512 * MB,
};

export function largestReply(path: string): number {
  return Object.entries(LARGER).find(([start]) => path.startsWith(start))?.[1] ?? USUAL;
}

/** Of images that come as text inside JSON: as large as uncompressed ones, with room for those that extensions add. */
export function largestImages({
  pixels,
  count,
}: {
  readonly pixels: number;
  readonly count: number;
}): number {
  const each = Math.max(pixels, SMALLEST) * BYTES_PER_PIXEL;
  return Math.ceil(each * (2 * count + EXTRAS)) + USUAL;
}

const SMALLEST = 1024 * 1024;
/** Four bytes in base64. */
const BYTES_PER_PIXEL = 5.4;
/** A grid, and what extensions such as ControlNet append. */
const EXTRAS = 2;
