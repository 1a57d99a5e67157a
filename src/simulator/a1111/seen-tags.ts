/** A tagger without a model: it reads what the image was to show from the text under it, and looks how clear it is. */
import { readPngTexts } from '../png.ts';
import { hashText } from '../random.ts';
import { httpException } from './failures.ts';
import { parseInfotextPairs } from './txt2img/infotext-pairs.ts';

/** Share of its certainty that a tag always has; the rest depends on the image. */
const SURE = 0.2;
/** Of each tag and image. */
const DOUBT = 0.02;

/**
 * Tags with underscores and their probabilities, 0 to 1: those of the prompt are the more likely the clearer the image is,
 * those of the negative prompt the less. Nothing for images without a text.
 * @throws 500 for what is no image
 */
export function tagsSeenIn(image: string): ReadonlyMap<string, number> {
  const bytes = Buffer.from(image.replace(/^data:[^,]*,/u, ''), 'base64');
  if (bytes.length < 8) throw httpException(500, 'Invalid encoded image');
  const { Prompt: wanted, 'Negative prompt': unwanted } = parseInfotextPairs(
    readPngTexts(bytes)['parameters'] ?? '',
  );
  const clarity = clarityOf(bytes);
  const doubt = (tag: string): number => (DOUBT * hashText(`${tag}|${clarity}`)) / 2 ** 32;
  const tags = new Map<string, number>();
  for (const tag of tagsIn(unwanted)) tags.set(tag, 0.5 * (1 - clarity) * (1 - doubt(tag)));
  for (const tag of tagsIn(wanted)) tags.set(tag, (SURE + (1 - SURE) * clarity) * (1 - doubt(tag)));
  return tags;
}

/** Share of the raw pixels that compression saves, 0 to 1: noise saves nothing. */
function clarityOf(png: Buffer): number {
  const raw = 3 * png.readUInt32BE(16) * png.readUInt32BE(20);
  return Math.min(1, Math.max(0, 1 - png.length / raw));
}

function tagsIn(prompt: unknown): string[] {
  if (typeof prompt !== 'string') return [];
  return prompt
    .replaceAll(/<[^<>]*>/gu, ',')
    .split(/[,\n]/u)
    .map((tag) =>
      tag
        .replaceAll(/(?<!\\)[()[\]]|(?<!\\):[\d.]+/gu, '')
        .replaceAll('\\', '')
        .trim()
        .toLowerCase()
        .replaceAll(/\s+/gu, '_'),
    )
    .filter((tag) => tag !== '');
}
