import { readFile } from 'node:fs/promises';
import { decodeImage, hashPixels } from '../../images/decode.ts';
import type { RaterAnswer } from '../../types.ts';
import type { ImagePlace, ScoreItem, ScoreResult } from '../scorer.ts';
import { parsePairAnswer } from './answer.ts';
import { ComparedImages } from './compared-images.ts';
import { answersTo } from './page/page-way.ts';
import { MIDDLE, PAIRS_VERSION } from './preference.ts';
import { questionOf } from './question-of.ts';
import { poseRating, ratingWay } from './rating-way.ts';
import { captionOf, SKIPPED, type Posed, type Recall, type Screen, type Way } from './way.ts';

interface Opponent {
  readonly trial: number;
  readonly pixels: string;
  readonly file: string;
}

/**
 * Every image is put beside the image of the same request of an earlier trial. The first trial is not asked for: there is nothing to
 * put beside it. Images that belong to no search are rated.
 */
export function pairWay(): Way {
  const compared = new ComparedImages();
  const ratings = ratingWay();
  /** Files of this session by the hash of their pixels. */
  const files = new Map<string, string>();

  function resultOf(place: ImagePlace, answer: RaterAnswer): ScoreResult {
    compared.say(place, [answer]);
    return { state: 'scored', value: compared.meritOf(place), answer };
  }

  /** The first one whose image is still there. */
  async function findOpponent(
    place: ImagePlace,
    opponents: readonly number[],
    screen: Screen,
  ): Promise<Opponent | undefined> {
    for (const trial of opponents) {
      const pixels = compared.pixelsOf(trial, place);
      if (pixels === undefined) continue;
      const kept = files.get(pixels);
      if (kept !== undefined) return { trial, pixels, file: kept };
      const bytes = await compared.measured.read({ ...place, trial, pixels });
      if (bytes === undefined) continue;
      const file = await screen.file(bytes);
      files.set(pixels, file);
      return { trial, pixels, file };
    }
    return undefined;
  }

  /** By somebody who was asked with any of these opponents, or to rate the image by itself. */
  function saidBefore(
    item: ScoreItem,
    pixels: string,
    opponents: readonly number[],
    recall: Recall,
  ): ScoreResult | undefined {
    const { place } = item;
    if (place === undefined) return undefined;
    const all = opponents.flatMap((trial) => {
      const theirs = compared.pixelsOf(trial, place);
      return theirs === undefined ? [] : [{ trial, pixels: theirs }];
    });
    for (const against of [...all, null]) {
      const question = questionOf(item, pixels, against);
      const said = recall(question.id);
      if (said === undefined) continue;
      const [answer] = answersTo(question, new Map([['', said]]));
      return answer === undefined ? SKIPPED : resultOf(place, answer);
    }
    return undefined;
  }

  return {
    version: PAIRS_VERSION,
    range: { min: null, max: null },
    keepsFiles: true,

    follow: (images) => {
      compared.measured = images;
    },

    settle: (item, result) => compared.keep(item, result),

    async pose(item, file, screen, recall) {
      const { place } = item;
      // Images of no search, or of requests of their own, have none to be put beside.
      if (place === undefined || !compared.measured.has(place.request))
        return ratings.pose(item, file, screen, recall);
      const pixels = hashPixels(item.pixels);
      files.set(pixels, file);
      const recalled = compared.measured.recall({ ...place, pixels });
      if (recalled !== undefined) return resultOf(place, recalled);
      const opponents = compared.opponentsOf(place);
      if (opponents.length === 0) return { state: 'scored', value: MIDDLE };
      const before = saidBefore(item, pixels, opponents, recall);
      if (before !== undefined) return before;
      const opponent = await findOpponent(place, opponents, screen);
      const posed = await (opponent === undefined
        ? poseWithoutOpponent(item, file, screen, (rating) => resultOf(place, { rating }))
        : posePair({ item, file, opponent }, screen, (outcome) =>
            resultOf(place, { against: opponent.trial, outcome }),
          ));
      return { ...posed, takeBack: () => compared.takeBack(place) };
    },
  };
}

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
  const { trial, pixels } = opponent;
  const { id, isNewFirst: newFirst } = questionOf(item, hashPixels(item.pixels), { trial, pixels });
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
  for (const [i, { file: shown, show }] of (newFirst ? [one, other] : [other, one]).entries()) {
    const picture = await show();
    lines.push(`  file ${i + 1}  ${shown}`, ...(picture === '' ? [] : [picture]));
  }
  return {
    id,
    text: [...lines, ''].join('\n'),
    question:
      'Which is better, 1 or 2 (11 or 22 much better, = equal, s skips, u undoes the last one, q stops)? ',
    help: 'Give 1 or 2, 11 or 22 for much better, = for equal; or s, u, q.\n',
    read: (line) => {
      const answer = parsePairAnswer(line);
      if (answer.kind !== 'outcome') return { kind: answer.kind };
      const { first } = answer;
      return { kind: 'said', said: { first }, result: resultOf(newFirst ? first : -first) };
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
    text: `\nThere is no earlier image to compare with (--save-images all keeps them): rate this one by itself.${posed.text}`,
    read: (line) => {
      const reply = posed.read(line);
      if (reply.kind !== 'said' || reply.result.state !== 'scored') return reply;
      return { ...reply, result: resultOf(reply.result.value) };
    },
  };
}
