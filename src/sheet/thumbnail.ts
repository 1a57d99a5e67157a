/** Small copies of images, for pages and sheets that show many. */
import { decodeWithin } from '../images/decode.ts';
import { sharp } from '../images/image-library.ts';

export type ThumbnailFormat = 'webp' | 'jpeg' | 'png';

/** Below it, differences between merges drown in those of the compression. */
const QUALITY = 80;

/**
 * The image at most so wide, the ratio of its sides kept; a smaller one keeps its size. Without any metadata.
 * @param width pixels, at least 1
 * @throws run error `image-broken`: no image, damaged or cut off
 */
export async function thumbnail(
  bytes: Uint8Array,
  width: number,
  format: ThumbnailFormat = 'webp',
): Promise<Uint8Array> {
  const pixels = await decodeWithin(bytes, { width, height: TALLEST * width });
  const raw = { width: pixels.width, height: pixels.height, channels: 3 } as const;
  const image = sharp(pixels.data, { raw });
  return image.toFormat(format, format === 'png' ? { compressionLevel: 9 } : { quality: QUALITY }).toBuffer();
}

/** No image is as many times as high as wide. */
const TALLEST = 8;
