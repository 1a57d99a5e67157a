/** Payloads into concrete requests: prompts drawn and seeds fixed for the whole run, one request for every round of `n_iter`. */
import { createHash } from 'node:crypto';
import { drawPrompts, isTemplate, openWildcards, readTemplateKind } from '../prompts/index.ts';
import type { PromptPair, Wildcards } from '../prompts/index.ts';
import type { ImageRequest } from '../types.ts';
import type { NamedPayload } from './load.ts';
import type { Payload } from './schema.ts';

export interface RequestSettings {
  /** What wildcards in prompts stand for; none unless given. */
  readonly wildcards?: Wildcards;
  /** Added to the seed of every payload. */
  readonly seedShift?: number;
  /** Told what was odd in the files of wildcards. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/**
 * An image of `n_iter` is bit-equal to the same seed made alone, so every round becomes a request of its own and can
 * be scored while the next one is generated. An image of a batch is not, so `batch_size` stays as it is.
 *
 * Of a template, `n_iter` prompts are drawn (a combinatorial one may have fewer), all with the payload's seed, as the Python
 * tool sends them; a prompt that is drawn once more gets the next seed, so that no image is made twice.
 * @param runSeed decides the drawn prompts, and the seeds of payloads that ask for a random one
 * @throws usage errors `prompt-…` and `wildcard-…`
 */
export async function toRequests(
  payloads: readonly NamedPayload[],
  runSeed: number,
  { wildcards, seedShift = 0, onWarning }: RequestSettings = {},
): Promise<ImageRequest[]> {
  const known = wildcards ?? (await openWildcards(undefined));
  const requests = await Promise.all(
    payloads.map(async (named) => {
      const { name, payload } = named;
      const drawn = await drawTemplates(named, runSeed, known);
      const own = payload.seed === -1 ? drawSeed(runSeed, name, 'seed') : payload.seed;
      const seeds = {
        seed: own + seedShift,
        subseed: payload.subseed === -1 ? drawSeed(runSeed, name, 'subseed') : payload.subseed,
      };
      if (drawn === undefined) {
        const rounds = Array.from({ length: payload.n_iter }, (_, round) => round);
        return rounds.map((round) => toRequest(name, payload, { id: round, round, ...seeds }));
      }
      return drawn.map(({ prompt, negativePrompt }, id) => {
        const before = drawn.slice(0, id);
        const round = before.filter(
          (other) => other.prompt === prompt && other.negativePrompt === negativePrompt,
        ).length;
        const prompts = { prompt, negative_prompt: negativePrompt };
        return toRequest(name, { ...payload, ...prompts }, { id, round, ...seeds });
      });
    }),
  );
  for (const warning of known.takeWarnings()) onWarning?.(warning);
  return requests.flat();
}

/** Images that one iteration generates. */
export function imageCount(requests: readonly ImageRequest[]): number {
  return requests.reduce((sum, request) => sum + request.seeds.length, 0);
}

/** Prompts of one payload. */
export interface FreshPrompts {
  readonly payload: string;
  readonly prompts: readonly PromptPair[];
}

/**
 * Prompts of the templates that {@link toRequests} does not give, as long as there are others; drawn beforehand, because files of
 * payloads and wildcards may be gone when they are wanted.
 * @returns none for payloads without templates
 * @throws as {@link toRequests}
 */
export async function drawFreshPrompts(
  payloads: readonly NamedPayload[],
  runSeed: number,
  wildcards: Wildcards,
): Promise<FreshPrompts[]> {
  const drawn = await Promise.all(
    payloads.map(async (named): Promise<FreshPrompts[]> => {
      const { name } = named;
      const used = await drawTemplates(named, runSeed, wildcards);
      if (used === undefined) return [];
      const count = Math.min(MOST_FRESH, Math.max(FEWEST_FRESH, FRESH_SHARE * used.length));
      // Some kinds begin with the same ones whatever the seed.
      const others = await drawTemplates(named, runSeed, wildcards, {
        count: used.length + count,
        what: 'fresh prompts',
      });
      const known = new Set(used.map((pair) => JSON.stringify(pair)));
      const fresh = (others ?? []).filter((pair) => !known.has(JSON.stringify(pair)));
      return [{ payload: name, prompts: (fresh.length > 0 ? fresh : used).slice(0, count) }];
    }),
  );
  wildcards.takeWarnings();
  return drawn.flat();
}

/** So many times the prompts of the search; beyond them they are used again, with other seeds. */
const FRESH_SHARE = 4;
const FEWEST_FRESH = 24;
const MOST_FRESH = 400;

/** Undefined where the prompts are no templates, and are sent as they stand. */
async function drawTemplates(
  { name, payload, file = name }: NamedPayload,
  runSeed: number,
  wildcards: Wildcards,
  { count = payload.n_iter, what = 'prompts' } = {},
): Promise<PromptPair[] | undefined> {
  const { prompt, negative_prompt: negativePrompt, wildcard_type: type } = payload;
  if (type === 'none') return undefined;
  const place = `Payload ${file}`;
  const kind = readTemplateKind(type, place);
  if (!isTemplate(prompt, kind) && !isTemplate(negativePrompt, kind)) return undefined;
  const seed = drawSeed(runSeed, name, what);
  return drawPrompts({ prompt, negativePrompt, kind, count, seed, wildcards, place });
}

interface Round {
  /** Position among the requests of the payload. */
  readonly id: number;
  /** How many batches before it counted the seed up. */
  readonly round: number;
  readonly seed: number;
  readonly subseed: number;
}

function toRequest(name: string, payload: Payload, { id, round, seed, subseed }: Round): ImageRequest {
  const { wildcard_type: _, reverse_scoring: reverseScoring, clip_skip: __, ...fields } = payload;
  const first = round * payload.batch_size;
  // The WebUI counts the seed up from image to image, or the subseed when that is in use.
  const variation = payload.subseed_strength > 0;
  const firstSeed = variation ? seed : seed + first;
  const body = Object.fromEntries(
    Object.entries({
      ...fields,
      override_settings: overridesOf(payload),
      seed: firstSeed,
      subseed: variation ? subseed + first : undefined,
      subseed_strength: variation ? payload.subseed_strength : undefined,
      n_iter: 1,
    }).filter(([, value]) => value !== undefined && value !== null),
  );
  return {
    id: `${name}/${id}`,
    payload: name,
    prompt: payload.prompt,
    negativePrompt: payload.negative_prompt,
    reverseScoring,
    seeds: Array.from({ length: payload.batch_size }, (_, i) => (variation ? seed : firstSeed + i)),
    body,
  };
}

/** The WebUI knows no `clip_skip`, and would leave it out without a word. */
function overridesOf({
  clip_skip: skip,
  override_settings: overrides,
}: Payload): Payload['override_settings'] {
  if (skip === undefined || skip === null || skip === 0) return overrides;
  return { CLIP_stop_at_last_layers: skip, ...overrides };
}

/** 32 bits, as the WebUI draws them. */
function drawSeed(runSeed: number, payload: string, what: string): number {
  return createHash('sha256').update(`${runSeed}\n${payload}\n${what}`).digest().readUInt32LE(0);
}
