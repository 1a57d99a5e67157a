/** An image as lossless WebP: the same pixels in fewer bytes, so that the journal's pixel hash still fits. */
import { decodeImage } from './decode.ts';
import { commentExif } from './exif-comment.ts';
import { sharp } from './image-library.ts';
import { pngText } from './png-text.ts';

export type ImageFormat = 'png' | 'jpg' | 'webp';

/** By the first bytes. Anything else has been refused before. */
export function formatOf(bytes: Uint8Array): ImageFormat {
  if (bytes[0] === 0x89) return 'png';
  return bytes[0] === 0xff ? 'jpg' : 'webp';
}

/**
 * @param infotext as the server reported it; where it did not, that of the PNG is taken. It is kept where AUTOMATIC1111 keeps
 *   it in WebP files: EXIF UserComment, UTF-16 big-endian behind `UNICODE`.
 */
export async function toWebp(bytes: Uint8Array, infotext: string | null): Promise<Buffer> {
  const { width, height, data } = await decodeImage(bytes);
  const plain = await sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ lossless: true, effort: QUICK })
    .toBuffer();
  const text = infotext ?? pngText(bytes, 'parameters');
  return text === undefined ? plain : withExif(plain, { width, height }, commentExif(text));
}

/** More effort saves a few percent for several times the seconds. */
const QUICK = 1;
const HAS_EXIF = 0x08;
const FORM_HEADER = 12;

/** The extended file format: RIFF header, VP8X chunk, the image's own chunk, EXIF chunk. */
function withExif(webp: Buffer, size: { width: number; height: number }, exif: Buffer): Buffer {
  const features = Buffer.alloc(10);
  features.writeUInt8(HAS_EXIF, 0);
  features.writeUIntLE(size.width - 1, 4, 3);
  features.writeUIntLE(size.height - 1, 7, 3);
  const body = Buffer.concat([
    Buffer.from('WEBP', 'latin1'),
    chunk('VP8X', features),
    webp.subarray(FORM_HEADER),
    chunk('EXIF', exif),
  ]);
  return chunk('RIFF', body);
}

/** Chunks are padded to an even length, which does not count. */
function chunk(name: string, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(name, 'latin1');
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body, Buffer.alloc(body.length % 2)]);
}
