/** What is known of how one picture was made: by its file, else by what was asked for. */
import path from 'node:path';
import { LARGEST_IMAGE, sizeOf } from '../../images/decode.ts';
import { infotextSettings } from '../../images/infotext-settings.ts';
import { readInfotext } from '../../images/infotext.ts';
import type { SearchPlan } from '../../journal/record.ts';
import { isExpected } from '../../shared/errors.ts';
import { isReadFailure, readRegularFile } from '../../shared/files/read-file.ts';
import type { SlotImage } from './merges.ts';
import { shortText } from './merges.ts';
import type { GalleryInfo, GallerySetting } from './state.ts';

/** Characters of the whole text, of a prompt, and of one setting. */
const LONGEST_TEXT = 50_000;
const LONGEST_PROMPT = 10_000;
const LONGEST_SETTING = 2000;
const MOST_SETTINGS = 200;

/** @param file undefined where the picture is not kept; one that cannot be read or is no picture counts as such */
export async function pictureInfo(
  file: string | undefined,
  { request }: SlotImage,
  plan: SearchPlan,
): Promise<GalleryInfo> {
  const read = file === undefined ? undefined : await readPicture(file);
  const infotext = read?.infotext;
  const asked = { prompt: request.prompt, negativePrompt: request.negativePrompt };
  const said = infotext ?? asked;
  const settings = infotext === undefined ? settingsAsked(request.body) : infotextSettings(infotext.text);
  const texts = [infotext?.text ?? '', said.prompt, said.negativePrompt];
  const longest = [LONGEST_TEXT, LONGEST_PROMPT, LONGEST_PROMPT];
  return {
    file: read?.file ?? null,
    infotext: infotext === undefined ? null : shortText(infotext.text, LONGEST_TEXT),
    isCut: texts.some((text, i) => text.length > (longest[i] ?? 0)) || settings.length > MOST_SETTINGS,
    source: infotext === undefined ? 'request' : 'file',
    prompt: shortText(said.prompt, LONGEST_PROMPT),
    negativePrompt: shortText(said.negativePrompt, LONGEST_PROMPT),
    settings: settings.slice(0, MOST_SETTINGS).map(({ name, value }) => ({
      name: shortText(name, 100),
      value: shortText(value, LONGEST_SETTING),
    })),
    server: serverText(plan),
  };
}

async function readPicture(file: string): Promise<
  | {
      readonly file: NonNullable<GalleryInfo['file']>;
      readonly infotext: Awaited<ReturnType<typeof readInfotext>>;
    }
  | undefined
> {
  try {
    const bytes = await readRegularFile(file, { limit: LARGEST_IMAGE });
    const { width, height } = await sizeOf(bytes);
    return {
      file: { name: shortText(path.basename(file)), bytes: bytes.length, width, height },
      infotext: await readInfotext(bytes),
    };
  } catch (error) {
    if (isReadFailure(error) || isExpected(error)) return undefined;
    throw error;
  }
}

/** In the words of the request. */
function settingsAsked(body: Readonly<Record<string, unknown>>): GallerySetting[] {
  return Object.entries(body)
    .filter(([name]) => name !== 'prompt' && name !== 'negative_prompt')
    .map(([name, value]) => ({
      name,
      value: typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    }));
}

function serverText({ server }: SearchPlan): string {
  if (server === null) return '';
  const { family, version, mergeWay } = server;
  return shortText(`${family}${version === null ? '' : ` ${version}`}, merged by ${mergeWay}`, 200);
}
