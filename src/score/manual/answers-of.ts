import type { ImageRecord, RaterAnswer } from '../../types.ts';

/** What people said of an image: nothing, one answer, or those of several. */
export function answersOf({
  answer,
  answers,
}: Pick<ImageRecord, 'answer' | 'answers'>): readonly RaterAnswer[] {
  return answers ?? (answer === undefined ? [] : [answer]);
}
