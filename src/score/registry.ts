import { z } from 'zod';
import { describeIssues } from '../shared/describe-issues.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { brisqueScorer } from './brisque/index.ts';
import type { Calibration } from './calibration.ts';
import { commandScorer } from './command/index.ts';
import type { ScorerContext, ScorerDefinition } from './definition.ts';
import { httpScorer } from './http/index.ts';
import { manualScorer } from './manual/index.ts';
import { niqeScorer } from './niqe/index.ts';
import { onnxScorers } from './onnx/definitions.ts';
import { parseScoreMap } from './map.ts';
import { qualityScorer } from './quality.ts';
import { withScoreCache } from './score-cache.ts';
import { answering } from './external/answering.ts';
import { checkScorers } from './score-image.ts';
import type { WeightedScorer } from './score-image.ts';
import type { Scorer } from './scorer.ts';
import { webuiInfotextScorer } from './webui-infotext/index.ts';
import { whatItJudges, type WhatItJudges } from './what-it-judges.ts';
import { webuiTagsScorer } from './webui-tags/index.ts';

/** What `autombw scorers` says about a scorer before it is loaded. */
export interface ScorerDescription extends Pick<
  ScorerDefinition,
  'id' | 'summary' | 'needs' | 'licence' | 'source'
> {
  /** Names of its settings. */
  readonly options: readonly string[];
  /** What its number says of an image. */
  readonly judging: WhatItJudges | undefined;
  /** Undefined where they depend on its settings. */
  readonly traits: Pick<Scorer, 'needsPrompt' | 'range' | 'higherIsBetter'> | undefined;
}

const QUALITY: ScorerDefinition<object> = {
  id: 'quality',
  summary: 'Technical soundness from classical measures: sharpness, noise, contrast, exposure, colour.',
  needs: 'nothing',
  licence: 'MIT',
  options: z.strictObject({}),
  cache: false,
  create: qualityScorer,
};

/** A new scorer is one file or folder and one row. */
const REGISTRY: ReadonlyMap<string, Entry> = new Map(
  [
    entryOf(QUALITY),
    entryOf(niqeScorer),
    entryOf(brisqueScorer),
    entryOf(webuiTagsScorer),
    entryOf(webuiInfotextScorer),
    entryOf(commandScorer),
    entryOf(httpScorer),
    entryOf(manualScorer),
    ...onnxScorers.map((definition) => entryOf(definition)),
  ].map((entry) => [entry.description.id, entry]),
);

export const scorerNames: readonly string[] = [...REGISTRY.keys()];

/** A name alone counts with weight 1, without settings and map. */
export type ScorerChoice =
  | string
  | {
      readonly id: string;
      readonly weight?: number;
      readonly options?: Readonly<Record<string, unknown>> | undefined;
      /** See map.ts. */
      readonly map?: string | undefined;
      /** Whether it judges a payload of that name; every one unless given. */
      readonly judges?: ((payload: string) => boolean) | undefined;
    };

export interface ScorerSurroundings extends ScorerContext {
  /** For the map z-score. */
  readonly calibration?: Calibration | undefined;
  /** Where scores are kept that are expensive to compute; nowhere unless given. */
  readonly cacheFolder?: string | undefined;
}

/**
 * One new scorer per choice, in order.
 * @throws usage error `scorer-unknown`, `scorer-none`, `scorer-twice`, `scorer-weight`, `scorer-options`, `score-map`
 */
export function createScorers(
  choices: readonly ScorerChoice[],
  { calibration, cacheFolder, terminal, hasPage }: ScorerSurroundings = {},
): WeightedScorer[] {
  const scorers = choices.map((choice) => {
    const { id, weight = 1, options, map, judges } = typeof choice === 'string' ? { id: choice } : choice;
    const { create, sigmoidCentre, isKept, reaches } = entryNamed(id);
    const own = create(options ?? {}, { terminal, hasPage });
    const made = reaches === 'address' ? answering(own) : own;
    const scorer = isKept && cacheFolder !== undefined ? withScoreCache(made, cacheFolder) : made;
    const parsed = map === undefined ? undefined : parseScoreMap(map, { scorer, sigmoidCentre, calibration });
    return {
      scorer,
      weight,
      ...(parsed === undefined ? {} : { map: parsed }),
      ...(judges === undefined ? {} : { judges }),
    };
  });
  checkScorers(scorers);
  return scorers;
}

export function describeScorers(): readonly ScorerDescription[] {
  return [...REGISTRY.values()].map(({ description }) => description);
}

/** What the settings of a scorer of that name can have it do; undefined for nothing, and for a name of none. */
export function reachOf(id: string): ScorerDefinition['reaches'] {
  return REGISTRY.get(id)?.reaches;
}

interface Entry {
  readonly description: ScorerDescription;
  readonly sigmoidCentre: number | undefined;
  readonly isKept: boolean;
  readonly reaches: ScorerDefinition['reaches'];
  /** @throws usage error `scorer-options` */
  readonly create: (options: Readonly<Record<string, unknown>>, context: ScorerContext) => Scorer;
}

function entryNamed(id: string): Entry {
  const entry = REGISTRY.get(id);
  if (entry !== undefined) return entry;
  const hint = didYouMean(id, scorerNames);
  throw usageError(
    'scorer-unknown',
    `There is no scorer "${id}".${hint} Choose one of ${scorerNames.join(', ')}.`,
  );
}

function entryOf<Options>(definition: ScorerDefinition<Options>): Entry {
  const { id, summary, needs, licence, source, options: schema, sigmoidCentre } = definition;
  const names = optionNames(schema);
  const traits = traitsOf(definition);
  return {
    description: {
      id,
      summary,
      needs,
      licence,
      ...(source === undefined ? {} : { source }),
      options: names,
      judging: whatItJudges(id),
      traits,
    },
    sigmoidCentre,
    isKept: definition.cache,
    reaches: definition.reaches,
    create: (given, context) => {
      const parsed = schema.safeParse(given);
      if (parsed.success) return definition.create(parsed.data, context);
      const nameOf = (path: readonly PropertyKey[]): string =>
        `--scorer-options ${[id, ...path].map(String).join('.')}`;
      const issues = describeIssues(parsed.error.issues, { nameOf, knownKeys: names, input: given });
      throw usageError('scorer-options', issues.join(' '));
    },
  };
}

/** Of a scorer that can be made without settings. */
function traitsOf<Options>({ options, create }: ScorerDefinition<Options>): ScorerDescription['traits'] {
  const bare = options.safeParse({});
  if (!bare.success) return undefined;
  try {
    const { needsPrompt, range, higherIsBetter } = create(bare.data);
    return { needsPrompt, range, higherIsBetter };
  } catch (error) {
    // It needs settings that depend on one another.
    if (isExpected(error)) return undefined;
    throw error;
  }
}

function optionNames(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
