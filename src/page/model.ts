/** What the page shows of a run, out of its journal and the little that the journal cannot tell. Pure. */
import { goalsIn } from '../goals/goals.ts';
import { standingOf } from '../goals/standing.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import { stageOf } from '../journal/stage.ts';
import { growingTrials } from '../journal/trial-book.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import { REJECTED } from '../shared/error-codes.ts';
import { isDoubted } from '../stop/stop-rule.ts';
import { secondsPerTrial } from '../observers/pace.ts';
import {
  isBaseline,
  isLearned,
  mergesOf,
  searchedOf,
  type BlockWeights,
  type FinishedTrial,
  type OpenTrial,
} from '../types.ts';
import { earlyStopOf, limitsOf } from './ahead.ts';
import { givenWeights } from './given-weights.ts';
import { networkOf } from './network.ts';
import { noticesOf } from './notices.ts';
import { runState } from './run-state.ts';
import { workingTime } from './working-time.ts';
import type {
  PageCurrent,
  PageGoals,
  PageLimits,
  PageNetwork,
  PageNotice,
  PagePictures,
  PageProgress,
  PageState,
  PageTrial,
} from './state.ts';

/** What no journal tells. */
export interface PageFacts {
  /** By its file, where the journal does not say. */
  readonly name: string;
  /** A living process writes the journal. */
  readonly isAlive: boolean;
  /** From the log of the run, and what is wrong with the journal. */
  readonly notices: readonly PageNotice[];
  readonly progress: PageProgress | null;
}

const NO_LIMITS: PageLimits = { iterations: null, minutes: null, images: null };

/** @param records of the journal: the same array whenever it has only grown. @returns the same row for a trial of which nothing has changed */
export function pageState(records: readonly JournalRecord[], facts: PageFacts): PageState {
  const [first] = records;
  const plan = first?.kind === 'plan' ? first.plan : undefined;
  const { finished, open } = growingTrials(records);
  const comparable = comparableIn(plan, finished);
  const { state, sentence } = runState(records, facts.isAlive, open.at(-1)?.id);
  const best = bestOf(finished, comparable);
  const total = iterationsOf(plan, records);
  const done = searchedOf(finished).filter((trial) => !isDoubted(trial)).length;
  const baselines = finished.filter((trial) => isBaseline(trial));
  const pace = secondsPerTrial(finished) ?? null;
  // Behind the search nothing of what ends it is to come, also while the proof is paused.
  const stage = stageOf(records);
  const isSearching = state !== 'ended' && stage?.isProof !== true && stage?.name !== 'stopping';
  const isGoing = state === 'running' || state === 'paused';
  const last = finished.findLast((trial) => !isLearned(trial));
  const { hours, gaps } = workingTime(records);
  const given = givenWeights(records);
  const goals = goalsIn(plan, finished);
  const weights = best?.weights ?? last?.weights ?? open[0]?.weights;
  return {
    summary: {
      name: plan?.config.output ?? facts.name,
      modelA: modelName(plan?.config.modelA ?? 'model A'),
      modelB: modelName(plan?.config.modelB ?? 'model B'),
      state,
      sentence,
      done,
      total,
      baselines: baselines.length,
      best: best === undefined ? null : { trial: best.id, score: comparable.get(best.id) ?? best.score },
      ...(goals !== undefined && { goals: pageGoals(plan, finished) }),
      lines: baselines.flatMap((trial) =>
        trial.state === 'scored'
          ? [{ name: trial.baseline, score: comparable.get(trial.id) ?? trial.score }]
          : [],
      ),
      gaps,
      limits: isSearching ? limitsOf(plan, records) : NO_LIMITS,
      earlyStop: isSearching ? earlyStopOf(plan, records, finished, comparable) : null,
      queued: given.waiting,
      pace,
      left:
        isGoing && isSearching && pace !== null && total !== null
          ? pace * Math.max(0, total + (plan?.baselines?.length ?? 0) - done - baselines.length)
          : null,
      current: currentOf(open, last, given.by),
      bestWeights: best?.weights ?? null,
      latest:
        finished.findLast((trial) => trial.state === 'scored' && !isLearned(trial) && !isBaseline(trial))
          ?.id ?? null,
      pictures: picturesOf(finished.findLast(({ images }) => images.length > 0)),
      bestPictures: picturesOf(best),
      keeps: plan?.config.saveImages ?? 'best',
      network: weights === undefined ? null : drawing(plan, weights),
      notices: noticesOf(records, facts.notices, given.by),
      canControl: (isGoing || state === 'proof') && facts.isAlive,
      progress: facts.isAlive ? facts.progress : null,
    },
    trials: finished.map((trial) => {
      const row = pageTrial(trial, comparable, hours, given.by);
      const own = goals?.values.get(trial.id);
      return own === undefined ? row : withGoals(row, own);
    }),
  };
}

const rowsWithGoals = new WeakMap<PageTrial, PageTrial>();

/** The same row for the same values. */
function withGoals(row: PageTrial, goals: readonly number[]): PageTrial {
  const known = rowsWithGoals.get(row);
  if (known?.goals?.every((value, k) => value === goals[k]) === true) return known;
  const made = { ...row, goals };
  rowsWithGoals.set(row, made);
  return made;
}

function pageGoals(plan: SearchPlan | undefined, finished: readonly FinishedTrial[]): PageGoals {
  const { names = [], front, knee = null } = standingOf(plan, finished) ?? {};
  return { names, front: (front?.trials ?? []).map(({ trial }) => trial), knee };
}

function bestOf(
  finished: readonly FinishedTrial[],
  comparable: ReadonlyMap<number, number>,
): (FinishedTrial & { readonly state: 'scored' }) | undefined {
  let best: (FinishedTrial & { readonly state: 'scored' }) | undefined;
  for (const trial of mergesOf(finished)) {
    if (trial.state !== 'scored') continue;
    const score = comparable.get(trial.id) ?? trial.score;
    if (best === undefined || score > (comparable.get(best.id) ?? best.score)) best = trial;
  }
  return best;
}

/** The limit of the last session that has one. */
function iterationsOf(plan: SearchPlan | undefined, records: readonly JournalRecord[]): number | null {
  let total = plan?.config.iterations ?? null;
  for (const record of records) if (record.kind === 'resumed') total = record.limits['iterations'] ?? total;
  return total;
}

function currentOf(
  open: readonly OpenTrial[],
  last: FinishedTrial | undefined,
  givenBy: ReadonlyMap<number, string>,
): PageCurrent | null {
  const trial = open.at(-1) ?? last;
  if (trial === undefined) return null;
  const by = givenBy.get(trial.id);
  return {
    trial: trial.id,
    isOpen: trial.state === 'open',
    ...(isBaseline(trial) && { baseline: trial.baseline }),
    ...(by !== undefined && { by }),
    weights: trial.weights,
  };
}

export function picturesOf(trial: FinishedTrial | undefined): PagePictures | null {
  if (trial === undefined || trial.images.length === 0) return null;
  return {
    trial: trial.id,
    images: trial.images.map(({ payload, seed, score, pixels }, position) => ({
      position,
      payload,
      seed,
      score,
      version: pixels.slice(0, 12),
    })),
  };
}

/** As they were last: the page is told of those that are no longer the same objects. */
const rows = new WeakMap<FinishedTrial, PageTrial>();

function pageTrial(
  trial: FinishedTrial,
  comparable: ReadonlyMap<number, number>,
  hours: ReadonlyMap<number, number>,
  givenBy: ReadonlyMap<number, string>,
): PageTrial {
  const known = rows.get(trial);
  const worked = hours.get(trial.id);
  const by = givenBy.get(trial.id);
  const score = trial.state === 'scored' ? (comparable.get(trial.id) ?? trial.score) : null;
  if (known !== undefined && known.score === score && known.hours === worked && known.by === by) return known;
  const row = newRow(trial, score, worked, by);
  rows.set(trial, row);
  return row;
}

/** All else of it follows from the trial. */
function newRow(
  trial: FinishedTrial,
  score: number | null,
  worked: number | undefined,
  by: string | undefined,
): PageTrial {
  const isRejected = trial.state === 'failed' && trial.failure.code === REJECTED;
  const note = noteOf(trial);
  return {
    id: trial.id,
    state: isRejected ? 'rejected' : trial.state,
    score,
    ...(isBaseline(trial) && { baseline: trial.baseline }),
    ...(note !== undefined && { note }),
    images: trial.images.length,
    ...('time' in trial && { at: trial.time.at, seconds: trial.time.iteration }),
    ...(worked !== undefined && { hours: worked }),
    ...(by !== undefined && { by }),
  };
}

function noteOf(trial: FinishedTrial): string | undefined {
  if (trial.state === 'failed') return trial.failure.message;
  switch (trial.source.kind) {
    case 'repeat':
      return `as iteration ${trial.source.of}, no image made`;
    case 'earlier-pass':
      return 'as in an earlier pass, no image made';
    case 'learned':
      return 'found by an earlier tool';
    default:
      return undefined;
  }
}

const drawings = new WeakMap<SearchPlan, PageNetwork>();

/** The blocks of a run stay the same. */
function drawing(plan: SearchPlan | undefined, weights: BlockWeights): PageNetwork {
  const known = plan && drawings.get(plan);
  if (known !== undefined) return known;
  const made = networkOf(plan, weights);
  if (plan !== undefined) drawings.set(plan, made);
  return made;
}

/** Without folder, ending and the hash that WebUIs put behind titles. */
function modelName(file: string): string {
  const name = file.replace(/^.*[\\/]/, '').replace(/ \[[0-9a-f]+\]$/, '');
  return name.replace(/\.(?:safetensors|ckpt|pt)$/i, '') || file;
}
