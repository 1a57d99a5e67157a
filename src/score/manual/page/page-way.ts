/** What people are asked of an image on the live page, and what comes of their answers. */
import type { Opinion } from '../../../journal/answer-book.ts';
import type { Question } from '../../../journal/rating-files.ts';
import type { RaterAnswer } from '../../../types.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../../scorer.ts';
import type { PictureFolder } from './picture-folder.ts';

/** By person; the empty name is that of whoever gave none. */
export type Opinions = ReadonlyMap<string, Opinion>;

export interface AskedBefore {
  readonly question: Question;
  readonly isAnswered: boolean;
}

export interface PageWay extends Pick<Scorer, 'version' | 'range' | 'follow'> {
  readonly ask: 'ratings' | 'pairs';
  /** Questions that may be open at once: what is asked next may depend on the answers. */
  readonly ahead: number;
  /** Pictures are needed after their answers, for others to be compared with. */
  readonly keepsPictures: boolean;
  /**
   * The question; a result at once where there is nothing to ask.
   * @param pixels hash of the item's
   * @param before what was asked of the same image by an earlier process of the run
   */
  pose(
    item: ScoreItem,
    pixels: string,
    pictures: PictureFolder,
    before: AskedBefore | undefined,
  ): Promise<Question | ScoreResult>;
  /** What people say of the image so far, which may still change. */
  note?(item: ScoreItem, answers: readonly RaterAnswer[]): void;
  /** @param answers at least one */
  resultOf(item: ScoreItem, answers: readonly RaterAnswer[]): ScoreResult;
  /** The result counts. */
  settle?(item: ScoreItem, result: ScoreResult): void;
}

/** Answers to a question, by name: opinions that fit it, and whoever skipped has said nothing. */
export function answersTo({ against, isNewFirst }: Question, opinions: Opinions): RaterAnswer[] {
  return [...opinions]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, opinion]): RaterAnswer[] => {
      const by = name === '' ? {} : { by: name };
      if ('rating' in opinion) return against === null ? [{ rating: opinion.rating, ...by }] : [];
      if (!('first' in opinion) || against === null) return [];
      // Not -0.
      const outcome = isNewFirst ? opinion.first : 0 - opinion.first;
      return [{ against: against.trial, outcome, ...by }];
    });
}

/** `answer` for one, `answers` for more. */
export function said(
  answers: readonly RaterAnswer[],
): Pick<Extract<ScoreResult, { state: 'scored' }>, 'answer' | 'answers'> {
  const [only] = answers;
  return only !== undefined && answers.length === 1 ? { answer: only } : { answers };
}
