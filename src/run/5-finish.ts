/** After the loop: the merged checkpoint, the files for people, and a WebUI left as it was found. */
import fs from 'node:fs';
import { isExpected } from '../shared/errors.ts';
import { recordedReason, type StopReason } from '../stop/stop-reason.ts';
import { isDoubted } from '../stop/stop-rule.ts';
import { imageCount } from '../payload/requests.ts';
import {
  isBaseline,
  searchedOf,
  isUneven,
  type BaselineName,
  type Best,
  type FinishedTrial,
  type ImageRequest,
} from '../types.ts';
import { isReadFailure } from '../shared/files/read-file.ts';
import { counted } from '../shared/counted.ts';
import { standingOf, type GoalStanding } from '../goals/standing.ts';
import { releaseRecipe } from '../journal/name-run.ts';
import { systemReason } from '../shared/system-error.ts';
import { plannedBaselineWords } from '../space/baseline-words.ts';
import { incompleteBest } from './incomplete-best.ts';
import { Defect } from './interrupt.ts';
import { keptTrials } from './kept-images.ts';
import type { LeftOut } from './latecomers.ts';
import { writeOutputs } from '../outputs/write-outputs.ts';
import type { ProofSummary } from './4-prove.ts';
import type { Handed, SparseChoice } from './sparse-best.ts';
import { saveBest, whoSaves } from './save-best.ts';
import { minutesSpent, record, timestamp, type Session } from './session.ts';
import { highest, lowest } from '../shared/extremes.ts';

export interface RunSummary {
  readonly reason: StopReason;
  /** Ids of what judged the images. */
  readonly scorers: readonly string[];
  /** The best score seen. */
  readonly best: Best | undefined;
  /** The merge to use, and what the model expects of it. */
  readonly recommended: (Best & Pick<Handed, 'expected'> & { readonly insteadOf?: Replaced }) | undefined;
  /** What the proof on fresh images has shown; undefined where there was none, or it is not done. */
  readonly proof?: ProofSummary | undefined;
  /** What the merges are compared with, by the scores that the search has of them. */
  readonly baselines: readonly {
    readonly name: BaselineName;
    /** Within a sentence. */
    readonly title: string;
    readonly trial: number;
    readonly score: number;
  }[];
  /** What the goals have come to; absent where the search has one score. */
  readonly goals?: GoalStanding | undefined;
  /** Of the search: without the baselines. */
  readonly iterations: number;
  readonly failed: number;
  readonly images: number;
  /** Fewest and most images of a scored iteration; undefined where all have the whole set. */
  readonly imagesPerTrial?: { readonly least: number; readonly most: number } | undefined;
  readonly minutes: number;
  /** Servers that were asked for, and took no part in this session. */
  readonly leftOut: readonly LeftOut[];
  /** Paths of what was written. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths of what could not be written: what is there is older, or missing. */
  readonly unwritten: readonly string[];
  /** Where the merged checkpoint lies, and who wrote it. */
  readonly checkpoint: string | undefined;
  /** An earlier session has written it, and this one would have written the same. */
  readonly checkpointKept: boolean;
  readonly savedBy: 'webui' | 'checkpoint' | 'none';
  /** More can come of it: `autombw resume` goes on. */
  readonly canResume: boolean;
}

/** What would be recommended, if it had not more LoRAs than the merge in its place. */
interface Replaced extends Omit<SparseChoice, 'trial'> {
  readonly trial: number;
  readonly score: number;
}

interface FinishOptions {
  readonly proof?: ProofSummary | undefined;
  /** After a mistake of ours: see `closeRenderers`. */
  readonly isHurried?: boolean;
}

export async function finish(
  session: Session,
  reason: StopReason,
  { proof, isHurried = false }: FinishOptions = {},
): Promise<RunSummary> {
  const { state, journal, observers, clock, plan, files, signal, closing } = session;
  const warn = (sentence: string): void => observers.onNotice({ level: 'warn', message: sentence });
  const unwritten: string[] = [];
  const isRecorded = attempt(unwritten, warn, files.journal, () =>
    record(session, { kind: 'stopped', reason: recordedReason(reason), time: timestamp(clock) }),
  );
  const incomplete = reason.kind === 'goal' ? incompleteBest(session) : undefined;
  if (incomplete !== undefined) warn(incomplete);
  // Only then is a checkpoint of gigabytes written.
  const complete = reason.kind === 'goal';
  const handed = state.recommended();
  const recommended = handed && recommendationOf(handed);
  const saved = complete && recommended !== undefined ? await saveBest(session, recommended) : undefined;
  const first = state.best();
  session.images.settle(
    complete && first !== undefined
      ? keptTrials(state, [first.trial, recommended?.trial ?? first.trial])
      : keptTrials(state, state.candidates()),
  );
  // Before everything that takes time: Windows gives a closed window some seconds.
  await closing.close('servers', {
    say: warn,
    inform: (message) => observers.onNotice({ level: 'info', message }),
    isHurried: isHurried || signal.reason instanceof Defect,
  });
  await closing.close('judge', { say: warn });
  await closing.close('images');
  const lost = await lostImages(session);
  if (lost !== undefined) warn(lost);
  const outputs = {
    ...session,
    trials: state.trials,
    best: recommended,
    isHurried: signal.aborted || isHurried,
  };
  const written = await writeOutputs(outputs, (file, write) => attempt(unwritten, warn, file, write));
  // Nobody is told of an end whose journal is not there.
  if (isRecorded) {
    attempt(unwritten, warn, files.journal, () => {
      const putRight = journal.check();
      if (putRight !== undefined) warn(putRight);
    });
  }
  await closing.close('journal', { say: warn });
  const best = state.best();
  const goals = standingOf(plan, state.trials);
  const searched = searchedOf(state.trials).filter((trial) => !isDoubted(trial));
  await observers.onEnd({ reason: recordedReason(reason), best, weights: recommended?.weights });
  if (recommended === undefined) releaseRecipe(files.folder, session.recipe);
  return {
    reason,
    scorers: plan.scorers.map(({ id }) => id),
    best,
    recommended,
    ...(proof !== undefined && { proof }),
    baselines: baselinesOf(state),
    ...(goals !== undefined && { goals }),
    iterations: searched.length,
    failed: searched.filter((trial) => trial.state === 'failed').length,
    images: state.trials.reduce((sum, trial) => sum + trial.images.length, 0),
    imagesPerTrial: imageRange(state.trials, plan.requests),
    minutes: minutesSpent(session),
    leftOut: session.servers.latecomers.leftOut,
    files: { journal: files.journal, log: files.log, ...written, ...imagesOf(session) },
    unwritten,
    checkpoint: saved?.checkpoint,
    checkpointKept: saved?.isKept ?? false,
    savedBy: whoSaves(plan),
    canResume: !complete || searched.length < plan.config.iterations,
  };
}

function recommendationOf({ best, expected, insteadOf }: Handed): NonNullable<RunSummary['recommended']> {
  if (insteadOf === undefined) return { ...best, expected };
  const { trial, score } = insteadOf.best;
  return { ...best, expected, insteadOf: { ...insteadOf.choice, trial, score } };
}

function baselinesOf({ plan, trials, comparable }: Session['state']): RunSummary['baselines'] {
  const words = plannedBaselineWords(plan);
  return trials
    .filter((trial) => trial.state === 'scored')
    .filter((trial) => isBaseline(trial))
    .map(({ id, baseline: name, score }) => ({
      name,
      title: words[name],
      trial: id,
      score: comparable.get(id) ?? score,
    }));
}

function imageRange(
  trials: readonly FinishedTrial[],
  requests: readonly ImageRequest[],
): RunSummary['imagesPerTrial'] {
  if (!isUneven(trials, imageCount(requests))) return undefined;
  const counts = trials.flatMap(({ state, images }) =>
    state === 'scored' && images.length > 0 ? [images.length] : [],
  );
  return { least: lowest(counts), most: highest(counts) };
}

/** A disk that refuses takes a file from the result, and never the result. @returns whether it was written */
function attempt(
  unwritten: string[],
  warn: (sentence: string) => void,
  file: string,
  write: () => void,
): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (!isExpected(error) && !isReadFailure(error)) throw error;
    warn(isExpected(error) ? error.message : `${file} could not be written (${systemReason(error)}).`);
    unwritten.push(file);
    return false;
  }
}

/** A run that was killed may have recorded images that were not on the disk yet; of what later became the best some may be gone. */
async function lostImages({ state, images, files }: Session): Promise<string | undefined> {
  const first = state.best()?.trial;
  const best = state.trials.find(({ id }) => id === first);
  const lost = best === undefined ? 0 : await images.lost(best);
  return best === undefined || lost === 0
    ? undefined
    : `${lost} of the ${counted(best.images.length, 'image')} of iteration ${best.id}, the best, ${lost === 1 ? 'is' : 'are'} not in ${files.images}: an earlier session was killed before they were written, or the iteration was not among the best at the time. They still count in the score.`;
}

/** Where images were kept. */
function imagesOf({ files: { images } }: Session): Record<string, string> {
  return fs.existsSync(images) ? { images } : {};
}
