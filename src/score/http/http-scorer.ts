import { runError } from '../../shared/errors.ts';
import { createClient } from '../external/http-client.ts';
import type { Client } from '../external/http-client.ts';
import { judgedScore } from '../external/judged-score.ts';
import { rangeOf } from '../external/settings.ts';
import { outsideVersion } from '../external/version.ts';
import { withoutBlank } from '../external/without-blank.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import { isSecretName } from '../../shared/secret-names.ts';
import { addressOf } from './address.ts';
import type { Address } from './address.ts';
import { fillBody } from './body.ts';
import { checkListening } from './check-listening.ts';
import { extractScores, NoScore } from './extract.ts';
import type { HttpSettings } from './settings.ts';

export interface HttpSurroundings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Seconds before the first repetition; doubled each time. */
  readonly firstPause?: number;
}

/**
 * Any server that takes an image as JSON and answers with a number somewhere in JSON or in words.
 * @throws `open` the usage errors `scorer-auth` and `scorer-unreachable`; `score` the run errors `scorer-unreachable`, `scorer-failed`,
 *   `score-not-finite` and `score-out-of-range`
 */
export function createHttpScorer(settings: HttpSettings, surroundings: HttpSurroundings = {}): Scorer {
  const isList = settings.batch > 1;
  let link: Promise<{ readonly client: Client; readonly address: Address }> | undefined;

  const connect = async (): Promise<{ readonly client: Client; readonly address: Address }> => {
    const address = addressOf(settings, surroundings.env ?? process.env);
    const client = createClient({
      id: 'http',
      headers: address.headers,
      authorization: address.authorization,
      safe: address.safe,
      timeout: settings.timeout,
      retries: settings.retries,
      largest: 1,
      wanted: 'a score',
      loginAdvice:
        'set AUTOMBW_SCORER_AUTH, or the variable named in authEnv, to the required Authorization header',
      firstPause: surroundings.firstPause,
    });
    return { address, client };
  };

  const scorer = {
    id: 'http',
    version: outsideVersion('http/1', settings, scoreSettings(settings)),
    needsPrompt: settings.needsPrompt,
    range: rangeOf(settings),
    higherIsBetter: settings.higherIsBetter,

    async open(signal: AbortSignal): Promise<void> {
      const { address } = await (link ??= connect());
      await checkListening(address.url, address.shown, signal);
    },

    score: async (items: readonly ScoreItem[], signal: AbortSignal): Promise<readonly ScoreResult[]> =>
      withoutBlank(items, async (rest) => {
        const results: ScoreResult[] = [];
        for (let from = 0; from < rest.length; from += settings.batch) {
          results.push(...(await ask(rest.slice(from, from + settings.batch), signal)));
        }
        return results;
      }),

    async close(): Promise<void> {
      const last = link;
      link = undefined;
      const open = await last?.catch(() => undefined);
      await open?.client.close();
    },
  };
  return scorer;

  async function ask(items: readonly ScoreItem[], signal: AbortSignal): Promise<ScoreResult[]> {
    const { client, address } = await (link ??= connect());
    const body = JSON.stringify(fillBody(settings.body, items, isList));
    const { url, shown: place } = address;
    // Where only a pattern is given, the answer may be plain words.
    const wantsJson = isList || settings.score !== undefined || settings.pattern === undefined;
    const call = { method: settings.method, url, shown: place, body, wantsJson };
    const text = await client.send(call, signal);
    try {
      const scores = extractScores(text, items.length, settings);
      return items.map((item, i) => {
        const score = scores[i];
        // Whatever is no number is quoted in the message, and may repeat a secret.
        const shown = typeof score === 'string' ? score : (JSON.stringify(score) ?? 'nothing');
        return judgedScore(scorer, typeof score === 'number' ? score : address.safe(shown), item);
      });
    } catch (error) {
      if (!(error instanceof NoScore)) throw error;
      throw runError(
        'scorer-failed',
        `Scorer "http": the answer of ${settings.method} ${address.shown} ${error.message}: "${address.safe(text)}"; ` +
          'correct the settings score and pattern, or check the server.',
        { cause: error },
      );
    }
  }
}

/** What can change a score. Who asks does not. */
function scoreSettings({ url, method, body, score, pattern, headers, batch }: HttpSettings): unknown[] {
  const address = new URL(url);
  address.username = '';
  address.password = '';
  const named = Object.entries(headers).filter(([name]) => !isSecretName(name));
  const secrets = Array.from(address.searchParams.keys()).filter(isSecretName);
  for (const name of secrets) address.searchParams.delete(name);
  return [address.href, method, body ?? null, score ?? null, pattern ?? null, named, batch > 1];
}
