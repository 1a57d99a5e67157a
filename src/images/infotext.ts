/** What an image file says of how it was made, in the words of AUTOMATIC1111. */
import { readExifComment } from './exif-comment.ts';
import { sharp } from './image-library.ts';
import { pngText } from './png-text.ts';

export interface Infotext {
  readonly text: string;
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly seed: number | undefined;
}

/** PNG text `parameters`, or EXIF UserComment of a JPEG or WebP file. */
export async function readInfotext(bytes: Uint8Array): Promise<Infotext | undefined> {
  const text = pngText(bytes, 'parameters') ?? (await exifText(bytes));
  return text === undefined ? undefined : parseInfotext(text);
}

/** The prompt, then the lines from `Negative prompt:` on, then a line of settings that begins with `Steps:`. */
export function parseInfotext(text: string): Infotext {
  const lines = text.split(/\r?\n/);
  const last = lines.findLastIndex((line) => /^Steps: \d/.test(line));
  const words = last < 0 ? lines : lines.slice(0, last);
  const turn = words.findIndex((line) => line.startsWith(NEGATIVE));
  const prompt = turn < 0 ? words : words.slice(0, turn);
  const negative = turn < 0 ? [] : words.slice(turn);
  const seed = /(?:^|, )Seed: (\d+)/.exec(lines[last] ?? '')?.[1];
  return {
    text,
    prompt: prompt.join('\n').trim(),
    negativePrompt: negative.join('\n').slice(NEGATIVE.length).trim(),
    seed: seed === undefined ? undefined : Number(seed),
  };
}

const NEGATIVE = 'Negative prompt:';

async function exifText(bytes: Uint8Array): Promise<string | undefined> {
  try {
    const { exif } = await sharp(bytes).metadata();
    return exif === undefined ? undefined : readExifComment(exif);
  } catch {
    // Whoever decodes the image says what is wrong with it.
    return undefined;
  }
}
