import { readFile } from 'node:fs/promises';
import { decodeImage, hashPixels } from '../../images/decode.ts';
import { imageKey } from '../../images/names.ts';
import type { RaterAnswer } from '../../types.ts';
import type { ImagePlace, MeasuredImages, MeasuredTrialImages, ScoreItem, ScoreResult } from '../scorer.ts';
import { parsePairAnswer } from './answer.ts';
import { opponentsOf } from './opponents.ts';
import { meritsOf, MIDDLE, PAIRS_VERSION, ROUGHLY, type AnsweredTrial } from './preference.ts';
import { poseRating } from './rating-way.ts';
import { captionOf, type Posed, type Screen, type Way } from './way.ts';

interface Opponent {
  readonly trial: number;
  readonly file: string;
}

/**
 * Every image is put beside the image of the same request of an earlier trial. The first trial is not asked for: there is nothing to
 * put beside it. Images that belong to no search are rated.
 */
export function pairWay(): Way {
  let measured = NOTHING_MEASURED;
  /** What was answered of images whose trial is under way, by trial and {@link imageKey}. */
  const answers = new Map<number, Map<string, RaterAnswer>>();
  /** Files of this session by the hash of their pixels. */
  const files = new Map<string, string>();

  /** The images of the trial, those of before with what was answered then. */
  function ownImages({ trial, request, index }: ImagePlace): AnsweredTrial['images'] {
    const now = answers.get(trial);
    const before = measured.trials().find(({ id }) => id === trial)?.images ?? [];
    const known = new Map(before.map((image) => [imageKey(image.request, image.index), image]));
    const own = [...(now ?? [])].map(([key, answer]) => ({ ...placeOf(key), answer }));
    const here = { request, index, answer: now?.get(imageKey(request, index)) };
    for (const image of [...own, here]) {
      const { answer, ...rest } = image;
      known.set(imageKey(rest.request, rest.index), {
        ...rest,
        pixels: '',
        ...(answer !== undefined && { answer }),
      });
    }
    return [...known.values()];
  }

  function resultOf(place: ImagePlace, answer: RaterAnswer): ScoreResult {
    const own = answers.get(place.trial) ?? new Map<string, RaterAnswer>();
    answers.set(place.trial, own.set(imageKey(place.request, place.index), answer));
    const others = measured.trials().filter(({ id }) => id !== place.trial);
    const merits = meritsOf([...others, { id: place.trial, images: ownImages(place) }], ROUGHLY);
    const value = merits.get(place.trial)?.get(imageKey(place.request, place.index)) ?? MIDDLE;
    return { state: 'scored', value, answer };
  }

  function takeBack({ trial, request, index }: ImagePlace): void {
    answers.get(trial)?.delete(imageKey(request, index));
  }

  /** The first one whose image is still there. */
  async function findOpponent(
    place: ImagePlace,
    opponents: readonly number[],
    screen: Screen,
  ): Promise<Opponent | undefined> {
    const trials = new Map(measured.trials().map((trial) => [trial.id, trial]));
    for (const trial of opponents) {
      const pixels = pixelsOf(trials.get(trial), place);
      if (pixels === undefined) continue;
      const kept = files.get(pixels);
      if (kept !== undefined) return { trial, file: kept };
      const bytes = await measured.read({ ...place, trial, pixels });
      if (bytes === undefined) continue;
      const file = await screen.file(bytes);
      files.set(pixels, file);
      return { trial, file };
    }
    return undefined;
  }

  return {
    version: PAIRS_VERSION,
    range: { min: null, max: null },
    keepsFiles: true,

    follow: (images) => {
      measured = images;
    },

    settle: ({ place, pixels }, result) => {
      if (place === undefined || result.state !== 'scored' || result.answer === undefined) return;
      measured.keep({ ...place, pixels: hashPixels(pixels) }, result.answer);
    },

    async pose(item, file, screen) {
      const { place } = item;
      // Images of no search, or of requests of their own, have none to be put beside.
      if (place === undefined || !measured.has(place.request)) return poseRating(item, file, screen);
      const pixels = hashPixels(item.pixels);
      files.set(pixels, file);
      const recalled = measured.recall({ ...place, pixels });
      if (recalled !== undefined) return resultOf(place, recalled);
      const opponents = opponentsOf(place, measured.trials(), ownImages(place));
      if (opponents.length === 0) return { state: 'scored', value: MIDDLE };
      const opponent = await findOpponent(place, opponents, screen);
      const posed = await (opponent === undefined
        ? poseWithoutOpponent(item, file, screen, (rating) => resultOf(place, { rating }))
        : posePair({ item, file, opponent }, screen, (outcome) =>
            resultOf(place, { against: opponent.trial, outcome }),
          ));
      return { ...posed, takeBack: () => takeBack(place) };
    },
  };

  function placeOf(key: string): Pick<ImagePlace, 'request' | 'index'> {
    const at = key.lastIndexOf('#');
    return { request: key.slice(0, at), index: Number(key.slice(at + 1)) };
  }
}

const NOTHING_MEASURED: MeasuredImages = {
  has: () => false,
  trials: () => [],
  read: async () => undefined,
  recall: () => undefined,
  keep: () => undefined,
};

interface Pair {
  readonly item: ScoreItem;
  readonly file: string;
  readonly opponent: Opponent;
}

async function posePair(
  { item, file, opponent }: Pair,
  screen: Screen,
  resultOf: (outcome: number) => ScoreResult,
): Promise<Posed> {
  const isNewFirst = comesFirst(item);
  const one = { file, show: async () => screen.picture(item) };
  const other = {
    file: opponent.file,
    show: async () => {
      if (!screen.showsPictures) return '';
      const bytes = await readFile(opponent.file);
      return screen.picture({ bytes, pixels: await decodeImage(bytes) });
    },
  };
  const lines = captionOf(item);
  for (const [i, { file: shown, show }] of (isNewFirst ? [one, other] : [other, one]).entries()) {
    const picture = await show();
    lines.push(`  file ${i + 1}  ${shown}`, ...(picture === '' ? [] : [picture]));
  }
  return {
    text: [...lines, ''].join('\n'),
    question:
      'Which is better, 1 or 2 (11 or 22 much better, = equal, s skips, u takes the last one back, q stops)? ',
    help: 'Give 1 or 2, 11 or 22 for much better, = for equal; or s, u, q.\n',
    read: (line) => {
      const answer = parsePairAnswer(line);
      if (answer.kind !== 'outcome') return { kind: answer.kind };
      return { kind: 'said', result: resultOf(isNewFirst ? answer.first : -answer.first) };
    },
  };
}

/** A run that goes on may have kept none of its images. */
async function poseWithoutOpponent(
  item: ScoreItem,
  file: string,
  screen: Screen,
  resultOf: (rating: number) => ScoreResult,
): Promise<Posed> {
  const posed = await poseRating(item, file, screen);
  return {
    ...posed,
    text: `\nThe earlier images of this one were not kept (--save-images all keeps them): rate it by itself.${posed.text}`,
    read: (line) => {
      const reply = posed.read(line);
      if (reply.kind !== 'said' || reply.result.state !== 'scored') return reply;
      return { kind: 'said', result: resultOf(reply.result.value) };
    },
  };
}

/** Whoever knows which one is new answers otherwise. By the image, so that a resumed run asks the same. */
function comesFirst({ pixels, place }: ScoreItem): boolean {
  return (Number.parseInt(hashPixels(pixels).slice(0, 8), 16) + (place?.trial ?? 0)) % 2 === 0;
}

function pixelsOf(
  trial: MeasuredTrialImages | undefined,
  { request, index }: ImagePlace,
): string | undefined {
  return trial?.images.find((image) => image.request === request && image.index === index)?.pixels;
}
