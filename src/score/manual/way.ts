/** What the rater is asked of an image: a rating, or which of two is better. */
import type { Opinion } from '../../journal/answer-book.ts';
import type { Said } from '../../journal/rating-files.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';

/** What was typed: an answer that says something of the image, or a word to the program. */
type Reply =
  | { readonly kind: 'said'; readonly said: Said; readonly result: ScoreResult }
  | { readonly kind: 'skip' | 'undo' | 'quit' | 'unclear' };

export interface Posed {
  /** Of the question: see `questionId`. */
  readonly id: string;
  /** What is shown before it, whole lines. */
  readonly text: string;
  readonly question: string;
  /** After an answer that is none. */
  readonly help: string;
  readonly read: (line: string) => Reply;
  /** The answer was taken back: it will be asked for again. */
  readonly takeBack?: () => void;
}

/** How images come before the rater's eyes. */
export interface Screen {
  /** @returns the path of a file with the image */
  file(bytes: Uint8Array): Promise<string>;
  readonly showsPictures: boolean;
  /** Escape sequences with the image, or nothing where the terminal shows none. */
  picture(image: Pick<ScoreItem, 'bytes' | 'pixels'>): Promise<string>;
}

/** What was said of a question before; undefined = it has to be asked. */
export type Recall = (question: string) => Opinion | undefined;

export const SKIPPED: ScoreResult = { state: 'invalid', reason: 'skipped by the rater', isSkipped: true };

export interface Way extends Pick<Scorer, 'version' | 'range' | 'follow'> {
  /** The result counts, or the rater has stopped after it. */
  settle?(item: ScoreItem, result: ScoreResult): void;
  /** The files of images are needed until the end. */
  readonly keepsFiles: boolean;
  /** The question; a result at once where there is nothing to ask. */
  pose(item: ScoreItem, file: string, screen: Screen, recall: Recall): Promise<Posed | ScoreResult>;
}

/** A prompt is anybody's text: control characters could do anything to the terminal. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]+/gu, ' ');
}

/** Payload, seed and prompt. */
export function captionOf({ payload, seed, prompt }: ScoreItem): string[] {
  return [
    '',
    `Payload "${plain(payload)}", seed ${seed}`,
    ...(prompt === '' ? [] : [`  prompt  ${plain(prompt)}`]),
  ];
}
