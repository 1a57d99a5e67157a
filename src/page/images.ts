/** A kept image for the page, as it is or small. */
import path from 'node:path';
import type { FastifyReply } from 'fastify';
import { isImageFile, LARGEST_IMAGE } from '../images/decode.ts';
import { FileRefused, readRegularFile } from '../shared/files/read-file.ts';
import { systemReason } from '../shared/system-error.ts';
import { thumbnails } from './gallery/thumbnails.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
};
/** Its address changes with its pixels. */
const FOREVER = 'private, max-age=31536000, immutable';

export async function sendImage(
  file: string,
  size: 'small' | 'full',
  reply: FastifyReply,
): Promise<FastifyReply> {
  try {
    if (size === 'full') {
      const bytes = await readRegularFile(file, { limit: LARGEST_IMAGE });
      // A link in a folder that somebody else has made may lead to anything.
      if (!isImageFile(bytes)) throw new FileRefused('it is not a PNG, JPEG or WebP image');
      const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
      return await reply.header('cache-control', FOREVER).type(type).send(bytes);
    }
    const small = await thumbnails.of(file, () => !reply.raw.destroyed);
    return await reply.header('cache-control', FOREVER).type('image/webp').send(small);
  } catch (error) {
    // It may have been removed just now, or be no picture: neither is a fault of the page.
    return reply.code(404).send({ message: `This image cannot be read (${systemReason(error)}).` });
  }
}
