/** The same question of the same pictures, on the page and in the terminal, also after a resume. */
import { questionId, type Question } from '../../journal/rating-files.ts';
import type { ScoreItem } from '../scorer.ts';
import { isNewFirst } from './pair-order.ts';

/** @param pixels hash of the item's; @param against null = it is rated by itself */
export function questionOf(item: ScoreItem, pixels: string, against: Question['against']): Question {
  const { place, payload, seed, prompt, batch = null } = item;
  const { trial = null, request = payload, index = 0 } = place ?? {};
  const about = { trial, request, index, pixels };
  return {
    id: questionId(about, against),
    about,
    against,
    isNewFirst: isNewFirst(pixels, trial ?? undefined),
    payload,
    seed,
    prompt,
    batch,
  };
}
