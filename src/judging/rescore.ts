/** Ranks a finished run again by other scorers, from the images that it kept: no WebUI is asked. */
import { parseRecordedScoring } from '../config/recorded-config.ts';
import { isExpected, runError, usageError } from '../shared/errors.ts';
import { readJournal, trialsOf } from '../journal/read.ts';
import type { SearchPlan } from '../journal/record.ts';
import { decodeImage, hashPixels, LARGEST_IMAGE } from '../images/decode.ts';
import type { Judge } from '../score/index.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import { systemReason } from '../shared/system-error.ts';
import {
  mergesOf,
  type BlockWeights,
  type FinishedTrial,
  type ImageRecord,
  type ScoredTrial,
} from '../types.ts';
import { filesOf } from '../journal/name-run.ts';
import { readInfotext } from '../images/infotext.ts';
import { keptImage } from '../images/kept-image.ts';
import { imageKey, imageNames, type ImageNames } from '../images/names.ts';
import { checkScorerPayloads } from './scorer-payloads.ts';
import { competitionRanks, spearman } from './ranks.ts';
import { reachOfRecorded } from './trust.ts';
import { checkPayloadWeights, makeScoring, optionsOf, tallyOf, type ScoringConfig } from './scoring.ts';

interface RescoredTrial {
  readonly iteration: number;
  readonly oldScore: number;
  readonly newScore: number;
  /** Among the iterations that have a new score, from 1. */
  readonly oldRank: number;
  readonly newRank: number;
}

export interface Rescoring {
  readonly scorers: readonly { readonly id: string; readonly version: string }[];
  /** Best first by the new score. */
  readonly iterations: readonly RescoredTrial[];
  /** Scored iterations of which not every image was kept. */
  readonly withoutImages: readonly number[];
  /** Iterations whose images are there and could not be judged. */
  readonly failed: readonly { readonly iteration: number; readonly reason: string }[];
  readonly best: (RescoredTrial & { readonly weights: BlockWeights }) | undefined;
  /** Spearman's, of old and new scores; undefined for fewer than two different ones. */
  readonly correlation: number | undefined;
  /** Every finished iteration of the run, for its CSV. */
  readonly trials: readonly { readonly trial: FinishedTrial; readonly newScore: number | undefined }[];
}

export interface RescoreSettings {
  readonly journal: string;
  /** Scoring options under the keys of the search configuration; the run's own where left out. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The run's own scorers may start the programs and ask the addresses that its journal names; not unless given. */
  readonly isTrusted?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** @throws what reading the journal and making scorers throw; usage errors `run-not-trusted`, `no-saved-pictures` */
export async function rescore(settings: RescoreSettings): Promise<Rescoring> {
  const { journal, given, isTrusted = false, signal, onProgress } = settings;
  const { records } = await readJournal(journal);
  const [first] = records;
  if (first?.kind !== 'plan') {
    throw usageError(
      'journal-has-no-plan',
      `The journal ${journal} was recovered from a log: it has neither a plan nor images to score again.`,
    );
  }
  const { plan } = first;
  const config = rescoreConfig(plan, given);
  const reach = isTrusted ? undefined : reachOfRecorded(recordedScorers(config, given));
  if (reach !== undefined)
    throw usageError('run-not-trusted', `${reach}. Or give it yourself with --scorer and --scorer-options.`);
  checkPayloadWeights(config, plan.requests);
  checkScorerPayloads(config, plan.requests);
  const { judge } = await makeScoring(config, signal);
  const { finished } = trialsOf(records);
  const scored = finished.filter((trial): trial is ScoredTrial => trial.state === 'scored');
  const album: Album = { folder: filesOf(journal).images, names: imageNames(plan.requests), plan };
  const withImages = scored.filter((trial) => filesOfTrial(album, trial) !== undefined);
  if (withImages.length === 0) {
    throw usageError(
      'no-saved-pictures',
      `No iteration has all its images in ${album.folder}: only runs with --save-images best or all can be scored again.`,
    );
  }
  const outcomes = new Map<number, Outcome>();
  try {
    await judge.open(signal);
    for (const [i, trial] of withImages.entries()) {
      outcomes.set(trial.id, await judgeTrial({ album, judge, config, signal }, trial));
      onProgress({ done: i + 1, total: withImages.length });
    }
  } finally {
    await judge.close();
  }
  return summarise(judge, finished, scored, outcomes);
}

type Outcome = { readonly score: number } | { readonly reason: string };

interface Album {
  readonly folder: string;
  readonly names: ImageNames;
  readonly plan: SearchPlan;
}

interface Bench {
  readonly album: Album;
  readonly judge: Judge;
  readonly config: ScoringConfig;
  readonly signal: AbortSignal;
}

/** Other scorers begin without the settings of the old ones; tally and payload weights stay the run's unless given. */
function rescoreConfig({ config }: SearchPlan, given: Readonly<Record<string, unknown>>): ScoringConfig {
  const fresh =
    given['scorer'] === undefined
      ? {}
      : {
          scorerOptions: {},
          scoreMap: {},
          scorerPayloads: {},
          combine: 'arithmetic',
          calibration: undefined,
        };
  return parseRecordedScoring(config, { ...fresh, ...given });
}

/** Those of which the journal says what they start or whom they ask. */
function recordedScorers(
  { scorer, scorerOptions, webui }: ScoringConfig,
  given: Readonly<Record<string, unknown>>,
): readonly string[] {
  if (given['scorer'] === undefined) return scorer;
  const isAsked = (text: string): boolean => /^webui-tags(?:=|$)/.test(text);
  return webui === undefined || 'url' in optionsOf('webui-tags', scorerOptions) ? [] : scorer.filter(isAsked);
}

/** Undefined unless every image is there. */
function filesOfTrial({ folder, names }: Album, { id, images }: ScoredTrial): string[] | undefined {
  const files = images.map(({ request, index }) => {
    const stem = names.stem(id, imageKey(request, index));
    return stem === undefined ? undefined : keptImage(folder, stem);
  });
  const found = files.filter((file) => file !== undefined);
  return found.length > 0 && found.length === files.length ? found : undefined;
}

async function judgeTrial(bench: Bench, trial: ScoredTrial): Promise<Outcome> {
  const files = filesOfTrial(bench.album, trial) ?? [];
  const scores: { score: number; payload: string }[] = [];
  try {
    for (const [i, image] of trial.images.entries()) {
      const score = await judgeFile(bench, image, files[i] ?? '');
      scores.push({ score, payload: image.payload });
    }
    return { score: tallyOf(bench.config, scores) };
  } catch (error) {
    bench.signal.throwIfAborted();
    if (!isExpected(error) || error.endsRun) throw error;
    return { reason: error.message };
  }
}

/** @throws usage error `picture-changed` */
async function judgeFile(
  { album: { plan }, judge, signal }: Bench,
  image: ImageRecord,
  file: string,
): Promise<number> {
  signal.throwIfAborted();
  const bytes = await readImage(file, signal);
  const pixels = await decodeImage(bytes);
  if (hashPixels(pixels) !== image.pixels) {
    throw usageError(
      'picture-changed',
      `${file} does not have the pixels recorded in the journal: it was changed, or belongs to another run.`,
    );
  }
  const request = plan.requests.find(({ id }) => id === image.request);
  const infotext = await readInfotext(bytes);
  const { score } = await judge.judge(
    {
      pixels,
      bytes,
      prompt: request?.prompt ?? '',
      negativePrompt: request?.negativePrompt ?? '',
      payload: image.payload,
      seed: image.seed,
      infotext: infotext?.text ?? null,
      reverse: request?.reverseScoring === true,
    },
    signal,
  );
  return score;
}

/** @throws run error `picture-unreadable`: the iteration is not judged, and the others are */
async function readImage(file: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readRegularFile(file, { limit: LARGEST_IMAGE, signal });
  } catch (cause) {
    if (!isReadFailure(cause)) throw cause;
    throw runError('picture-unreadable', `${file} cannot be read (${systemReason(cause)}).`, { cause });
  }
}

function summarise(
  judge: Judge,
  finished: readonly FinishedTrial[],
  scored: readonly ScoredTrial[],
  outcomes: ReadonlyMap<number, Outcome>,
): Rescoring {
  // A repeat has the images of the iteration that it repeats.
  const outcomeOf = (trial: FinishedTrial): Outcome | undefined =>
    outcomes.get(trial.state === 'scored' && trial.source.kind === 'repeat' ? trial.source.of : trial.id);
  const pairs = scored.flatMap((trial) => {
    const outcome = outcomeOf(trial);
    return outcome !== undefined && 'score' in outcome ? [{ trial, newScore: outcome.score }] : [];
  });
  const merges = new Set(mergesOf(finished).map(({ id }) => id));
  const oldScores = pairs.map(({ trial }) => trial.score);
  const newScores = pairs.map(({ newScore }) => newScore);
  const oldRanks = competitionRanks(oldScores);
  const newRanks = competitionRanks(newScores);
  const rows = pairs
    .map(({ trial, newScore }, i) => ({
      iteration: trial.id,
      oldScore: trial.score,
      newScore,
      oldRank: oldRanks[i] ?? 0,
      newRank: newRanks[i] ?? 0,
      weights: trial.weights,
    }))
    .toSorted((a, b) => a.newRank - b.newRank || a.iteration - b.iteration);
  return {
    scorers: judge.scorers,
    iterations: rows.map(({ weights: _, ...row }) => row),
    withoutImages: scored.filter((trial) => outcomeOf(trial) === undefined).map(({ id }) => id),
    failed: [...outcomes].flatMap(([iteration, outcome]) =>
      'reason' in outcome ? [{ iteration, reason: outcome.reason }] : [],
    ),
    best: rows.find(({ iteration }) => merges.has(iteration)),
    correlation: spearman(oldScores, newScores),
    trials: finished.map((trial) => {
      const outcome = outcomeOf(trial);
      return { trial, newScore: outcome !== undefined && 'score' in outcome ? outcome.score : undefined };
    }),
  };
}
