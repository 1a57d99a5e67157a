/** What kept images are called: everything in the name stands in the journal, so that the journal need not name files. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ImageRequest } from '../types.ts';
import { fileSafe } from '../journal/name-run.ts';

/** One image of an iteration, whichever iteration. */
export function imageKey(request: string, index: number): string {
  return `${request}#${index}`;
}

/** Endings that a kept image may have: whatever the server sent, or WebP. */
export const IMAGE_ENDINGS = ['.png', '.webp', '.jpg'] as const;

/**
 * `<iteration>-<payload>-<n>-<seed>` without its ending, by the key of the image; n counts the images of an iteration from 1.
 */
export function imageNames(requests: readonly Pick<ImageRequest, 'id' | 'payload' | 'seeds'>[]): ImageNames {
  const tails = new Map<string, string>();
  for (const { id, payload, seeds } of requests) {
    for (const [index, seed] of seeds.entries()) {
      const name = fileSafe(payload).slice(0, LONGEST_PAYLOAD);
      tails.set(imageKey(id, index), `-${name}-${tails.size + 1}-${seed}`);
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

export interface ImageNames {
  /** Undefined for an image that the plan does not have. */
  stem(trial: number, key: string): string | undefined;
  /** The iteration of a kept image; undefined for any other file. */
  trialOf(file: string): number | undefined;
}

/** What of a proof names its images. */
export interface ProofImages {
  /** 1, 2, 3 … within the journal. */
  readonly proof: number;
  readonly requests: readonly Pick<ImageRequest, 'id' | 'payload' | 'seeds'>[];
  readonly images: readonly { readonly request: string; readonly index: number }[];
}

/**
 * `proof<k>-<candidate>-<payload>-<n>-<seed>` without its ending; n counts the images of the proof from 1.
 * @returns undefined for an image that the proof does not have
 */
export function proofImageStem(
  { proof, requests, images }: ProofImages,
  candidate: string,
  { request, index }: ProofImages['images'][number],
): string | undefined {
  const at = images.findIndex((image) => image.request === request && image.index === index);
  const made = requests.find(({ id }) => id === request);
  const seed = made?.seeds[index];
  if (at < 0 || made === undefined || seed === undefined) return undefined;
  return `proof${proof}-${fileSafe(candidate)}-${fileSafe(made.payload).slice(0, LONGEST_PAYLOAD)}-${at + 1}-${seed}`;
}

/** The kept file of a proof's image; undefined where there is none. @param folder of the run's images */
export function proofImageFile(
  folder: string,
  proof: ProofImages,
  candidate: string,
  image: ProofImages['images'][number],
): string | undefined {
  const stem = proofImageStem(proof, candidate, image);
  if (stem === undefined) return undefined;
  return IMAGE_ENDINGS.map((ending) => path.join(folder, `${stem}${ending}`)).find((file) =>
    existsSync(file),
  );
}
