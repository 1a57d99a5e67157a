/** What kept pictures are called: everything in the name stands in the journal, so that the journal need not name files. */
import type { ImageRequest } from '../types.ts';
import { fileSafe } from '../journal/name-run.ts';

/** One picture of an iteration, whichever iteration. */
export function pictureKey(request: string, index: number): string {
  return `${request}#${index}`;
}

/** Endings that a kept picture may have: whatever the server sent, or WebP. */
export const PICTURE_ENDINGS = ['.png', '.webp', '.jpg'] as const;

/**
 * `<iteration>-<payload>-<n>-<seed>` without its ending, by the key of the picture; n counts the pictures of an iteration from 1.
 */
export function pictureNames(
  requests: readonly Pick<ImageRequest, 'id' | 'payload' | 'seeds'>[],
): PictureNames {
  const tails = new Map<string, string>();
  for (const { id, payload, seeds } of requests) {
    for (const [index, seed] of seeds.entries()) {
      const name = fileSafe(payload).slice(0, LONGEST_PAYLOAD);
      tails.set(pictureKey(id, index), `-${name}-${tails.size + 1}-${seed}`);
    }
  }
  const known = new Set(tails.values());
  return {
    stem: (trial, key) => {
      const tail = tails.get(key);
      return tail === undefined ? undefined : `${trial}${tail}`;
    },
    trialOf: (file) => {
      const [, trial, tail = ''] = /^(\d+)(-.*)\.(?:png|webp|jpg)$/s.exec(file) ?? [];
      return trial !== undefined && known.has(tail) ? Number(trial) : undefined;
    },
  };
}

/** Names longer than 255 bytes are refused by most file systems. */
const LONGEST_PAYLOAD = 60;

export interface PictureNames {
  /** Undefined for a picture that the plan does not have. */
  stem(trial: number, key: string): string | undefined;
  /** The iteration of a kept picture; undefined for any other file. */
  trialOf(file: string): number | undefined;
}
