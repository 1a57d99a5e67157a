/** Which payloads a scorer judges: `--scorer-payloads hands-net=hands*,!*-wide`. */
import type { SearchConfig } from '../config/schema.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import type { ImageRequest } from '../types.ts';

type Config = Pick<SearchConfig, 'scorer' | 'scorerPayloads'>;

/**
 * Whether a scorer judges a payload of that name. Patterns have `*` for anything and `?` for one letter; one that begins with
 * `!` leaves payloads out. With nothing but such patterns, all others are judged. Undefined where there are no patterns.
 */
export function payloadFilter(
  id: string,
  { scorerPayloads }: Pick<Config, 'scorerPayloads'>,
): ((payload: string) => boolean) | undefined {
  const patterns = patternsOf(scorerPayloads[id]);
  if (patterns.length === 0) return undefined;
  const included = patterns.filter(({ isExcluding }) => !isExcluding);
  const excluded = patterns.filter(({ isExcluding }) => isExcluding);
  return (payload) =>
    (included.length === 0 || included.some(({ matches }) => matches(payload))) &&
    !excluded.some(({ matches }) => matches(payload));
}

/**
 * @throws usage error `scorer-payloads` for a pattern that no payload has the name of, a scorer that would judge nothing and a
 *   payload that nothing would judge
 */
export function checkScorerPayloads(
  config: Config,
  requests: readonly Pick<ImageRequest, 'payload'>[],
): void {
  const payloads = [...new Set(requests.map(({ payload }) => payload))];
  for (const [id, given] of Object.entries(config.scorerPayloads)) {
    for (const { text, name, matches } of patternsOf(given)) {
      if (payloads.some(matches)) continue;
      throw wrong(
        `--scorer-payloads ${id}=${text}: there is no payload with that name, only ${payloads.join(', ')}.${didYouMean(name, payloads)}`,
      );
    }
    if (payloadFilter(id, config) !== undefined && !payloads.some((payload) => judges(id, config, payload)))
      throw wrong(`--scorer-payloads ${id} leaves it no payload to score: leave out the scorer instead.`);
  }
  const ids = config.scorer.map((text) => text.split('=')[0] ?? '');
  const orphan = payloads.find((payload) => !ids.some((id) => judges(id, config, payload)));
  if (orphan === undefined) return;
  throw wrong(
    `The payload ${orphan} has no scorer: --scorer-payloads excludes it for ${ids.join(', ')}. Add a scorer for it, for example --scorer quality, or leave out the payload.`,
  );
}

function judges(id: string, config: Config, payload: string): boolean {
  return payloadFilter(id, config)?.(payload) ?? true;
}

interface Pattern {
  /** As given. */
  readonly text: string;
  /** Without its `!`. */
  readonly name: string;
  readonly isExcluding: boolean;
  readonly matches: (payload: string) => boolean;
}

function patternsOf(given: string | readonly string[] | undefined): Pattern[] {
  const texts = typeof given === 'string' ? given.split(',') : (given ?? []);
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const isExcluding = text.startsWith('!');
      const name = isExcluding ? text.slice(1).trim() : text;
      const expression = name
        .replaceAll(/[\\^$.+()[\]{}|]/g, String.raw`\$&`)
        .replaceAll('*', '.*')
        .replaceAll('?', '.');
      const regular = new RegExp(`^${expression}$`, 'su');
      return { text, name, isExcluding, matches: (payload) => regular.test(payload) };
    });
}

function wrong(message: string): Error {
  return usageError('scorer-payloads', message);
}
