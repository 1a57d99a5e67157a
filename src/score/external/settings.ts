/** Settings that scorers outside of autombw have in common: what their numbers mean, autombw cannot know by itself. */
import { z } from 'zod';
import type { Scorer } from '../scorer.ts';

export const outsideSettings = {
  batch: z.int().min(1).max(64).default(1).describe('Number of images sent to the scorer at once.'),
  timeout: z.number().positive().max(86_400).default(120).describe('Maximum seconds per answer.'),
  min: z.number().optional().describe('Lowest possible score (default: no limit).'),
  max: z.number().optional().describe('Highest possible score (default: no limit).'),
  higherIsBetter: z
    .boolean()
    .default(true)
    .describe('False for distances and error measures (lower is better).'),
  needsPrompt: z.boolean().default(true).describe('False for a scorer that ignores the prompt.'),
  version: z
    .union([z.string(), z.number()])
    .transform(String)
    .default('')
    .describe('Any text; change it when the scorer changes, so that old and new scores are not mixed.'),
};

export interface OutsideSettings {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly higherIsBetter: boolean;
  readonly version: string;
}

/** For `refine` of the whole object. */
export const RANGE_RULE = 'min must be below max';

export function isOrdered({ min, max }: { min?: number | undefined; max?: number | undefined }): boolean {
  return (min ?? -Infinity) < (max ?? Infinity);
}

export function rangeOf({ min, max }: OutsideSettings): Scorer['range'] {
  return { min: min ?? null, max: max ?? null };
}
