import type { SearchConfig } from '../config/schema.ts';
import type { EncodedImage } from '../types.ts';
import { formatOf, toWebp } from './webp.ts';

/** An image as it is kept on the disk: as it came, or as WebP. */
export async function encodeKept(
  { bytes, infotext }: EncodedImage,
  imageFormat: SearchConfig['imageFormat'],
): Promise<{ readonly bytes: Uint8Array; readonly ending: string }> {
  const format = formatOf(bytes);
  if (imageFormat === 'webp' && format !== 'webp')
    return { bytes: await toWebp(bytes, infotext), ending: '.webp' };
  return { bytes, ending: `.${format}` };
}
