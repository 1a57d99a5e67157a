/** Settings of the whole WebUI that deepdanbooru answers by: borrowed while the scorer is open, and given back. */
import { z } from 'zod';
import { isExpected, messageOf, runError } from '../../shared/errors.ts';
import type { WebuiApi } from './api.ts';

export interface BorrowedOptions {
  /**
   * @returns whether captions come with probabilities; false where the WebUI does not let its settings be changed
   * @throws as WebuiApi; `giveBack` is due all the same
   */
  take(signal: AbortSignal): Promise<boolean>;
  /**
   * Puts back what was there before. Nothing happens where nothing was changed.
   * @throws run error `scorer-restore` that names the settings and their old values
   */
  giveBack(): Promise<void>;
}

const PATH = '/sdapi/v1/options';
/** Milliseconds for giving back, which must also work when the run was stopped. */
const PATIENCE = 30_000;

/**
 * A key that this server lacks, or has with another type, is left alone: an unknown key is refused, and a value of the wrong
 * type is taken, after which the settings cannot be read by anybody.
 */
const optionsSchema = z.object({
  interrogate_return_ranks: z.boolean().optional().catch(undefined),
  interrogate_deepbooru_score_threshold: z.number().min(0).max(1).optional().catch(undefined),
  deepbooru_sort_alpha: z.boolean().optional().catch(undefined),
  deepbooru_use_spaces: z.boolean().optional().catch(undefined),
  deepbooru_escape: z.boolean().optional().catch(undefined),
});

type Options = z.output<typeof optionsSchema>;

/** First alone: without ranks a threshold of 0 would mean that every tag there is counts as seen. */
const FIRST: Options = { interrogate_return_ranks: true };
/** With a threshold of 0 the caption is the tagger's whole vocabulary. */
const THEN: Options = {
  interrogate_deepbooru_score_threshold: 0,
  deepbooru_sort_alpha: false,
  deepbooru_use_spaces: false,
  deepbooru_escape: false,
};

export function borrowOptions(api: WebuiApi): BorrowedOptions {
  /** The old values of what was, or may have been, changed. */
  let taken: Options = {};

  async function set(wanted: Options, signal: AbortSignal): Promise<Options> {
    const before = await read(signal);
    const changes = pick(wanted, (key) => before[key] !== undefined && before[key] !== wanted[key]);
    const changed = Object.keys(changes);
    if (changed.length === 0) return before;
    // Noted first: when the connection breaks the server may have done it.
    const earlier = taken;
    taken = { ...taken, ...pick(before, (key) => changed.includes(key)) };
    await api.accepts(PATH, changes, signal);
    // A WebUI with frozen settings says yes and changes nothing.
    const after = await read(signal);
    taken = { ...earlier, ...pick(before, (key) => changed.includes(key) && after[key] !== before[key]) };
    return after;
  }

  async function read(signal: AbortSignal): Promise<Options> {
    return api.get(PATH, optionsSchema, signal);
  }

  return {
    async take(signal) {
      const { interrogate_return_ranks: isRanked } = await set(FIRST, signal);
      if (isRanked !== true) return false;
      await set(THEN, signal);
      return true;
    },

    async giveBack() {
      const values = taken;
      taken = {};
      if (Object.keys(values).length === 0) return;
      const failure = await api
        .accepts(PATH, values, AbortSignal.timeout(PATIENCE))
        .then((isDone) => (isDone ? undefined : 'it refuses'))
        .catch((error: unknown) => (isExpected(error) ? error.message : messageOf(error)));
      if (failure === undefined) return;
      const list = Object.entries(values).map(([key, value]) => `${key} = ${String(value)}`);
      throw runError(
        'scorer-restore',
        `Scorer "webui-tags" could not restore settings of the WebUI at ${api.shown} (${failure}); set them by hand: ${list.join(', ')}.`,
      );
    },
  };
}

function pick(options: Options, isWanted: (key: keyof Options) => boolean): Options {
  return optionsSchema.parse(
    Object.fromEntries(Object.entries(options).filter(([key]) => isWanted(optionsSchema.keyof().parse(key)))),
  );
}
