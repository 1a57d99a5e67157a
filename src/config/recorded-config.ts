/**
 * The options of an old run in those of today. Its journal keeps them as they were given; what became of each since is told
 * here and nowhere else. A name that was once an option's is not given to another one.
 */
import type { z } from 'zod';
import { describeIssues } from '../shared/describe-issues.ts';
import { usageError } from '../shared/errors.ts';
import { faults, flagName, parseSearchConfig, webuiUrl } from './parse.ts';
import { RESUME_KEYS } from './resume-keys.ts';
import { chainOnlySchema, searchConfigSchema, type SearchConfig } from './schema.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Options that a release has given other names. */
export interface Renaming {
  /** The first one with the new names, e.g. `0.3.0`. */
  readonly release: string;
  /** The new name by the old one. */
  readonly names: Readonly<Record<string, string>>;
}

/** From the oldest release to the newest: a name may change more than once. */
export const RENAMINGS: readonly Renaming[] = [];

/** What images and scores were made with before there was an option for it, whatever is usual today. */
const BEFORE_THE_OPTION: Partial<SearchConfig> = {
  clearModules: false,
  group: [],
  testGrouping: 1,
  curve: [],
  search: {},
  scorerOptions: {},
  scoreMap: {},
  scorerPayloads: {},
  combine: 'arithmetic',
  payloadWeight: {},
  prove: 0,
};

export interface Translated {
  /** Under today's names; whether today's options take the values is not looked at. */
  readonly known: Raw;
  /** Options that this version does not have: of a newer one, or dropped since. */
  readonly unknown: Raw;
}

/** @param recorded options of one search, as a journal holds them */
export function translateConfig(recorded: Raw, renamings = RENAMINGS): Translated {
  const isKnown = (key: string): boolean => Object.hasOwn(searchConfigSchema.shape, key);
  const { known, unknown } = split(rename(recorded, renamings), isKnown);
  return { known: { ...BEFORE_THE_OPTION, ...known }, unknown };
}

/** The same for the options of several searches; those of a pass are its own. */
export function translateChain(recorded: Raw, renamings = RENAMINGS): Translated {
  const isKnown = (key: string): boolean =>
    Object.hasOwn(searchConfigSchema.shape, key) || Object.hasOwn(chainOnlySchema.shape, key);
  const { known, unknown } = split(rename(recorded, renamings), isKnown);
  const { pass } = known;
  if (!Array.isArray(pass)) return { known, unknown };
  const passes = pass.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) return { known: one, unknown: {} };
    return split(rename({ ...one }, renamings), isKnown);
  });
  return {
    known: { ...known, pass: passes.map((one) => one.known) },
    unknown: Object.assign({}, ...passes.map((one) => one.unknown), unknown),
  };
}

/** What to tell whoever goes on with such a run; undefined where nothing is unknown. */
export function warningOnUnknown({ unknown }: Pick<Translated, 'unknown'>): string | undefined {
  const options = Object.entries(unknown).map(([key, value]) => `${flagName([key])} ${shortJson(value)}`);
  if (options.length === 0) return undefined;
  return `The run was started with options this version of autombw does not have; continuing without them: ${options.join(', ')}.`;
}

/**
 * @param raw under today's names, with what is given now in its place
 * @param given the keys whose values are given now: mistakes in those are told as always
 * @throws usage errors `plan-option`, which names every recorded value that today's options refuse; `config-invalid`
 */
export function parseRecorded(raw: Raw, given: readonly string[]): SearchConfig {
  const refused = refusedIn(searchConfigSchema.safeParse(raw), given);
  if (refused.length === 0) return parseSearchConfig(raw);
  const mayChange = refused.every(({ path }) => RESUME_KEYS.some((key) => key === path[0]));
  throw refusal(
    refused,
    raw,
    mayChange
      ? 'Give other values when you resume.'
      : 'Resume it with the version that started it, or start a new search with --warm-start from its best weights.',
  );
}

const scoringSchema = searchConfigSchema.pick({
  scorer: true,
  scorerOptions: true,
  scoreMap: true,
  scorerPayloads: true,
  combine: true,
  tally: true,
  payloadWeight: true,
  calibration: true,
  webui: true,
  port: true,
  fleet: true,
  scoreCache: true,
});

/** What judges the images of a run: of its other options, none can stand in the way. */
export type RecordedScoring = z.output<typeof scoringSchema>;

/**
 * @param recorded as a journal holds them
 * @param given what is given now, in place of those
 * @throws usage errors `plan-option`, `config-invalid`
 */
export function parseRecordedScoring(recorded: Raw, given: Raw = {}, renamings = RENAMINGS): RecordedScoring {
  const { known } = translateConfig(recorded, renamings);
  const raw = { ...split(known, (key) => Object.hasOwn(scoringSchema.shape, key)).known, ...given };
  const parsed = scoringSchema.safeParse(raw);
  const refused = refusedIn(parsed, Object.keys(given));
  if (refused.length > 0) throw refusal(refused, raw, 'Give another value.');
  if (!parsed.success) throw faults(parsed.error.issues, raw);
  webuiUrl(parsed.data);
  return parsed.data;
}

function rename(recorded: Raw, renamings: readonly Renaming[]): Raw {
  return renamings.reduce<Raw>(
    (raw, { names }) =>
      Object.fromEntries(
        Object.entries(raw).map(([key, value]) => {
          const today = Object.hasOwn(names, key) ? names[key] : undefined;
          return [today === undefined || Object.hasOwn(raw, today) ? key : today, value];
        }),
      ),
    recorded,
  );
}

function split(raw: Raw, isKnown: (key: string) => boolean): Translated {
  const entries = Object.entries(raw);
  return {
    known: Object.fromEntries(entries.filter(([key]) => isKnown(key))),
    unknown: Object.fromEntries(entries.filter(([key]) => !isKnown(key))),
  };
}

function refusedIn(
  { error }: z.ZodSafeParseResult<unknown>,
  given: readonly string[],
): readonly z.core.$ZodIssue[] {
  return (error?.issues ?? []).filter(({ path: [key] }) => !given.includes(String(key)));
}

function refusal(issues: readonly z.core.$ZodIssue[], raw: Raw, advice: string): Error {
  const sentences = describeIssues(issues, { nameOf: flagName, knownKeys: [], input: raw });
  return usageError(
    'plan-option',
    `This version of autombw cannot carry out the plan of the run: ${sentences.join(' ')} ${advice}`,
  );
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
