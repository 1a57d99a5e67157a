/** What judges the images of a run: from the configuration to scorers, their combination and the tally's weights. */
import { webuiUrl } from '../config/load.ts';
import type { ServerAddress } from '../config/parse.ts';
import { addressesOf } from '../config/servers.ts';
import path from 'node:path';
import { cacheFile } from '../shared/hashes/hash-cache.ts';
import type { SearchConfig } from '../config/schema.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { readTextFileSync } from '../shared/files/read-file.ts';
import { systemReason } from '../shared/system-error.ts';
import { calibrationSchema, type Calibration } from '../score/calibration.ts';
import type { ScorerContext } from '../score/definition.ts';
import { checkPlace, placeOfRaters } from '../score/manual/index.ts';
import { estimatesOf } from '../score/manual/estimates.ts';
import { createJudge, createScorers, type Judge, type WeightedScorer } from '../score/index.ts';
import { lookForPreset } from '../score/webui-infotext/index.ts';
import { checkTally, tally, tallyIsMean } from '../score/tally.ts';
import { payloadFilter } from './scorer-payloads.ts';
import type { ImageRecord, ImageRequest } from '../types.ts';

export type ScoringConfig = Pick<
  SearchConfig,
  | 'scorer'
  | 'scorerOptions'
  | 'scoreMap'
  | 'scorerPayloads'
  | 'combine'
  | 'tally'
  | 'payloadWeight'
  | 'calibration'
  | 'webui'
  | 'port'
  | 'fleet'
  | 'scoreCache'
>;

/** `quality` or `quality=0.7`. @throws usage errors of the scorers; `scorer-weight`, `scorer-options`, `calibration-unreadable` */
export function makeScorers(
  config: ScoringConfig,
  { terminal, hasPage }: ScorerContext = {},
): WeightedScorer[] {
  const names = config.scorer.map((text) => text.split('=')[0] ?? '');
  checkNames('--scorer-options', Object.keys(config.scorerOptions), names);
  checkNames('--score-map', Object.keys(config.scoreMap), names);
  checkNames('--scorer-payloads', Object.keys(config.scorerPayloads), names);
  const choices = config.scorer.map((text) => {
    const [id = '', weight] = text.split('=');
    const number = weight === undefined ? 1 : Number(weight);
    if (weight === '' || !Number.isFinite(number) || number <= 0) {
      throw usageError('scorer-weight', `--scorer ${text}: the weight must be a number above 0.`);
    }
    const options = { ...usualOptions(id, config), ...optionsOf(id, config.scorerOptions) };
    return { id, weight: number, options, map: config.scoreMap[id], judges: payloadFilter(id, config) };
  });
  const scorers = createScorers(choices, {
    calibration: readCalibration(config.calibration),
    // Beside the hashes of checkpoints.
    terminal,
    hasPage,
    cacheFolder: config.scoreCache ? path.dirname(cacheFile()) : undefined,
  });
  checkEstimates(scorers);
  return scorers;
}

/** Scores that are estimated again with every answer cannot be mixed with those of other scorers. */
function checkEstimates(scorers: readonly WeightedScorer[]): void {
  const isPlain = scorers.length === 1 && scorers.every(({ map }) => map === undefined);
  if (isPlain || !scorers.some(({ scorer }) => estimatesOf(scorer.version) !== undefined)) return;
  throw usageError(
    'scorer-options',
    '--scorer-options manual.ask=pairs (or manual.people) cannot be combined with other scorers or --score-map: leave them out, or leave it out to rate every image.',
  );
}

/** The scorers of a start, made once: one by one, and as the one judge of its images. */
export interface Scoring {
  readonly scorers: readonly WeightedScorer[];
  readonly judge: Judge;
}

/**
 * Reads the files of scorers that know themselves by them: gigabytes, during which signals are heard. From then on their
 * versions come at once. @throws usage errors of {@link makeScorers}; `combination-domain`, `tally-domain`; the signal's reason
 */
export async function makeScoring(
  config: ScoringConfig,
  signal: AbortSignal,
  context?: ScorerContext,
): Promise<Scoring> {
  const scorers = makeScorers(config, context);
  for (const { scorer } of scorers) await scorer.identify?.(signal);
  const judge = createJudge(scorers, config.combine);
  checkTally(config.tally, judge.range);
  return { scorers, judge };
}

/** @throws usage error `scorer-refuses` when no image of a request could be judged: before it is made */
export function checkPrompts(scorers: readonly WeightedScorer[], requests: readonly ImageRequest[]): void {
  for (const { scorer, judges } of scorers) {
    for (const { id, payload, prompt, body } of requests) {
      if (judges?.(payload) === false) continue;
      const reason = scorer.refuses?.(prompt, body);
      if (reason === undefined) continue;
      throw usageError('scorer-refuses', `Scorer "${scorer.id}" cannot judge images of ${id}: ${reason}.`);
    }
  }
}

/**
 * Before a server is bothered and a file written.
 * @returns whether people are asked on the page
 * @throws usage error `manual-needs-terminal`
 */
export function checkRater(config: ScoringConfig, context: ScorerContext = {}): boolean {
  return ratesByHand(config) && checkPlace(optionsOf('manual', config.scorerOptions), context) === 'page';
}

/** Questions stand in the terminal, where nothing may be drawn over them. */
export function ratesInTerminal(config: ScoringConfig, context: ScorerContext = {}): boolean {
  return (
    ratesByHand(config) && placeOfRaters(optionsOf('manual', config.scorerOptions), context) === 'terminal'
  );
}

/** A person is asked. */
export function ratesByHand({ scorer }: Pick<ScoringConfig, 'scorer'>): boolean {
  return scorer.some((text) => text.split('=')[0] === 'manual');
}

/** @throws usage error `payload-weight` for a payload that there is not, or a tally that knows no weights */
export function checkPayloadWeights(
  { payloadWeight, tally: name }: ScoringConfig,
  requests: readonly ImageRequest[],
): void {
  const given = Object.keys(payloadWeight);
  if (given.length > 0 && !tallyIsMean(name)) {
    throw usageError(
      'payload-weight',
      `--payload-weight works with means, but --tally ${name} only ranks the scores: leave it out, or choose arithmetic-mean.`,
    );
  }
  const payloads = [...new Set(requests.map(({ payload }) => payload))];
  const unknown = given.find((name) => !payloads.includes(name));
  if (unknown === undefined) return;
  throw usageError(
    'payload-weight',
    `--payload-weight ${unknown}: there is no such payload, only ${payloads.join(', ')}.${didYouMean(unknown, payloads)}`,
  );
}

/** One number from all images of a trial. */
export function tallyOf(
  { tally: name, payloadWeight }: Pick<ScoringConfig, 'tally' | 'payloadWeight'>,
  images: readonly Pick<ImageRecord, 'score' | 'payload'>[],
): number {
  return tally(
    name,
    images.map(({ score }) => score),
    images.map(({ payload }) => payloadWeight[payload] ?? 1),
  );
}

/** A scorer inside the WebUI is that of the run's own WebUI, unless told. */
function usualOptions(id: string, config: ScoringConfig): Record<string, unknown> {
  // Those of a fleet file may have logins that a scorer does not: it is to be told which one.
  return id === 'webui-tags' && config.fleet === undefined ? { url: webuiUrl(config) } : {};
}

/** Where images are sent to be looked at by a WebUI; undefined where no scorer does that. */
export function taggingServer(
  config: Pick<SearchConfig, 'scorer' | 'scorerOptions' | 'webui' | 'port'>,
): string | undefined {
  const id = 'webui-tags';
  if (!config.scorer.some((text) => text.split('=')[0] === id)) return undefined;
  const { url } = optionsOf(id, config.scorerOptions);
  return typeof url === 'string' ? url : webuiUrl(config);
}

/** Before an image is drawn. @throws run error `scorer-start` when the WebUI lacks what writes the scores */
export async function lookForScript(
  config: Pick<SearchConfig, 'scorer' | 'scorerOptions'> & ServerAddress,
  signal: AbortSignal,
): Promise<void> {
  const id = 'webui-infotext';
  if (!config.scorer.some((text) => text.split('=')[0] === id)) return;
  const { preset } = optionsOf(id, config.scorerOptions);
  if (preset === 'image-reward' || preset === 'aesthetic') {
    for (const url of await addressesOf(config)) await lookForPreset(preset, url, process.env, signal);
  }
}

/** The aesthetic scorer of the WebUI judges an image when it is saved there, and no other. */
export function needsSavedImages({
  scorer,
  scorerOptions,
}: Pick<ScoringConfig, 'scorer' | 'scorerOptions'>): boolean {
  const id = 'webui-infotext';
  const isUsed = scorer.some((text) => text.split('=')[0] === id);
  return isUsed && optionsOf(id, scorerOptions)['preset'] === 'aesthetic';
}

/** `command.run=…` from the command line, or an object under the scorer's name from a file. */
export function optionsOf(id: string, given: ScoringConfig['scorerOptions']): Record<string, unknown> {
  const whole = given[id];
  const parts = Object.entries(given).flatMap(([key, value]) =>
    key.startsWith(`${id}.`) ? [[key.slice(id.length + 1), value] as const] : [],
  );
  return { ...(typeof whole === 'object' && whole !== null ? whole : {}), ...Object.fromEntries(parts) };
}

/** Settings of a scorer that takes no part would be ignored. */
function checkNames(flag: string, keys: readonly string[], names: readonly string[]): void {
  const stray = keys.find((key) => !names.includes(key.split('.')[0] ?? ''));
  if (stray === undefined) return;
  throw usageError(
    'scorer-options',
    `${flag} ${stray} does not match any scorer of this run (${names.join(', ')}).${didYouMean(stray.split('.')[0] ?? '', names)}`,
  );
}

function readCalibration(file: string | undefined): Calibration | undefined {
  if (file === undefined) return undefined;
  try {
    const parsed = calibrationSchema.safeParse(JSON.parse(readTextFileSync(file)));
    if (parsed.success) return parsed.data;
  } catch (cause) {
    throw usageError(
      'calibration-unreadable',
      `The calibration ${file} cannot be read (${systemReason(cause)}).`,
      { cause },
    );
  }
  throw usageError(
    'calibration-unreadable',
    `${file} is not a calibration; make one with autombw calibrate.`,
  );
}
