/** What a lane is given to do: a new trial, or more images of one that has a score. */
import type { OpenTrial } from '../types.ts';
import type { MoreImages } from './image-spending.ts';

/** What to do next; `isNew` = it is not in the journal yet. */
export type Work =
  | {
      readonly kind: 'new';
      readonly trial: OpenTrial;
      readonly isNew: boolean;
      /** What a merge was taken to cost, in images. */
      readonly mergeCost: number;
    }
  | MoreWork;

export type MoreWork = MoreImages & { readonly kind: 'more'; readonly isNew: boolean };
