/**
 * Every prompt of a search says whose it is, beside the graph: ComfyUI shows it to everybody in its queue and in its history.
 */
import os from 'node:os';
import { z } from 'zod';
import { userTag } from '../../../shared/process/file-owner.ts';

const markSchema = z.object({
  /** `userTag` of whoever sent it. */
  user: z.string().max(40),
  /** Name of the computer. */
  computer: z.string().max(100).catch(''),
  /** Name of the merged model. */
  run: z.string().max(200).nullish().catch(null),
  /** By the clock of that computer, milliseconds since 1970. */
  sent: z.number(),
});
export type SearchMark = z.output<typeof markSchema>;

export function newMark(run: string | undefined): SearchMark {
  return { user: userTag(), computer: os.hostname(), run: run ?? null, sent: Date.now() };
}

/** @param extra what stands beside the graph of a prompt. @returns undefined where it is no search's */
export function readMark(extra: unknown): SearchMark | undefined {
  const mark: unknown =
    typeof extra === 'object' && extra !== null ? Reflect.get(extra, 'autombw') : undefined;
  return markSchema.safeParse(mark).data;
}
