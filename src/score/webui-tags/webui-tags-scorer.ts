import { usageError } from '../../shared/errors.ts';
import { createTurns } from '../external/turns.ts';
import { outsideVersion } from '../external/version.ts';
import { withoutBlank } from '../external/without-blank.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import { webuiAddress } from './address.ts';
import { agreementOf } from './agreement.ts';
import { openApi } from './api.ts';
import type { WebuiApi } from './api.ts';
import { borrowOptions } from './borrowed-options.ts';
import type { BorrowedOptions } from './borrowed-options.ts';
import { openTagger } from './open-tagger.ts';
import { PROBE } from './probe.ts';
import { promptTags } from './prompt-tags.ts';
import type { WebuiTagsSettings } from './settings.ts';
import type { Tagger } from './tags.ts';
import { counted } from '../../shared/counted.ts';

export interface WebuiTagsSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Seconds before the first repetition; doubled each time. */
  readonly firstPause?: number;
}

/**
 * How far an image shows the tags of its prompt and not those of its negative prompt, as a tagger inside the WebUI sees
 * them: recall less `lambda` times the unwanted, 0 to 1. The WebUI looks at an image in the queue in which it makes them,
 * so each look delays the next image; one image at a time is asked about.
 * @throws itself the usage errors `scorer-options` and `scorer-auth`; `open` and `score` the run errors `scorer-start`,
 *   `scorer-unreachable` and `scorer-failed`, `open` also `scorer-options`; `close` the run error `scorer-restore`
 */
export function createWebuiTagsScorer(
  settings: WebuiTagsSettings,
  surroundings: WebuiTagsSurroundings = {},
): Scorer {
  const { url, via, model, lambda, minimumTags, timeout, version } = settings;
  if (url === undefined) {
    throw usageError(
      'scorer-options',
      'Scorer "webui-tags" needs the address of a WebUI; give it as --scorer-options webui-tags.url=http://127.0.0.1:7860.',
    );
  }
  const address = webuiAddress(url, surroundings.env ?? process.env);
  const inTurn = createTurns(1);
  let link: Promise<Link> | undefined;

  const connect = async (signal: AbortSignal): Promise<Link> => {
    const api = openApi(address, timeout, surroundings.firstPause);
    const options = borrowOptions(api);
    const tagger = openTagger(api, options, settings, signal);
    // Whoever asks for tags hears of a failure; closing must not stumble over it.
    tagger.catch(() => undefined);
    return { api, options, tagger };
  };

  return {
    id: 'webui-tags',
    refuses: refusal,
    // Not the address: the same tagger says the same at any.
    version: outsideVersion('webui-tags/1', { version, higherIsBetter: true }, [
      via,
      model ?? null,
      lambda,
      minimumTags,
    ]),
    needsPrompt: true,
    range: { min: 0, max: 1 },
    higherIsBetter: true,

    async open(signal) {
      const { tagger } = await (link ??= connect(signal));
      // The first look makes the WebUI download and load its tagger: before the run, not while an image waits.
      await inTurn(async () => (await tagger).tagsOf(PROBE, signal));
    },

    score: async (items, signal) =>
      withoutBlank(items, async (rest) => {
        const results: ScoreResult[] = [];
        for (const item of rest) results.push(await scoreOne(item, signal));
        return results;
      }),

    async close() {
      const last = link;
      link = undefined;
      const open = await last?.catch(() => undefined);
      if (open === undefined) return;
      try {
        await open.tagger.catch(() => undefined);
        await open.options.giveBack();
      } finally {
        await open.api.close();
      }
    },
  };

  async function scoreOne(item: ScoreItem, signal: AbortSignal): Promise<ScoreResult> {
    const reason = refusal(item.prompt);
    if (reason !== undefined) return { state: 'invalid', reason };
    const wanted = promptTags(item.prompt);
    const { tagger } = await (link ??= connect(signal));
    const tags = await inTurn(async () => (await tagger).tagsOf(item.bytes, signal));
    const agreement = agreementOf(wanted, promptTags(item.negativePrompt), tags);
    if (agreement.tags < minimumTags) {
      return { state: 'invalid', reason: tooFew(agreement.tags, 'known to the tagger') };
    }
    const value = Math.min(1, Math.max(0, agreement.recall - lambda * agreement.unwanted));
    return { state: 'scored', value, parts: { ...agreement } };
  }

  function refusal(prompt: string): string | undefined {
    const { size } = promptTags(prompt);
    return size < minimumTags ? tooFew(size, 'besides quality words') : undefined;
  }

  /** Not a score of 0: it does not apply. */
  function tooFew(count: number, kind: string): string {
    return `its prompt has ${counted(count, 'tag')} ${kind}, but the setting minimumTags requires ${minimumTags}: write the prompt in tags, or lower the setting`;
  }
}

interface Link {
  readonly api: WebuiApi;
  readonly options: BorrowedOptions;
  readonly tagger: Promise<Tagger>;
}
