/** What the page shows of a run, out of its journal and the little that the journal cannot tell. Pure. */
import { kneeOf } from '../goals/pick.ts';
import { mergesOnFront } from '../goals/standing.ts';
import type { GrowingRecords } from '../journal/growing.ts';
import type { SearchPlan } from '../journal/record.ts';
import { secondsPerTrial } from '../observers/pace.ts';
import { isBaseline, type BlockWeights, type FinishedTrial, type OpenTrial } from '../types.ts';
import { earlyStopOf, iterationsOf, limitsOf } from './ahead.ts';
import { knownRun } from './known-run.ts';
import { networkOf } from './network.ts';
import { noticesOf } from './notices.ts';
import { runState, runWords } from './run-state.ts';
import type { Standing } from './standing.ts';
import type {
  PageCurrent,
  PageGoals,
  PageLimits,
  PageNetwork,
  PageNotice,
  PagePictures,
  PageProgress,
  PageState,
  PageSummary,
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

/** Everything at once: see {@link pageSummary}. @returns the same row for a trial of which nothing has changed */
export function pageState(records: GrowingRecords, facts: PageFacts): PageState {
  return { summary: pageSummary(records, facts), trials: [...knownRun(records).rows.all] };
}

/** @param records of the journal: always the same ones, which only become more. What has come since the last call is read, and nothing else */
export function pageSummary(records: GrowingRecords, facts: PageFacts): PageSummary {
  const { plan, trials, standing, given, working } = knownRun(records);
  const { done, baselines, best, last } = standing;
  const { open } = trials;
  const words = runWords(records);
  const { state, sentence } = runState(words, facts.isAlive, open.at(-1)?.id);
  const limits = limitsOf(plan, records);
  const total = iterationsOf(plan, records);
  const pace = secondsPerTrial(trials.finished) ?? null;
  // Behind the search nothing of what ends it is to come, also while the proof is paused.
  const { stage } = words;
  const isSearching = state !== 'ended' && stage?.isProof !== true && stage?.name !== 'stopping';
  const isGoing = state === 'running' || state === 'paused';
  const weights = best?.weights ?? last?.weights ?? open[0]?.weights;
  return {
    name: plan?.config.output ?? facts.name,
    modelA: modelName(plan?.config.modelA ?? 'model A'),
    modelB: modelName(plan?.config.modelB ?? 'model B'),
    state,
    sentence,
    done,
    total,
    baselines: baselines.length,
    best: best === undefined ? null : { trial: best.id, score: standing.scoreOf(best) },
    ...pageGoals(standing),
    lines: baselines.flatMap((trial) =>
      trial.state === 'scored' ? [{ name: trial.baseline, score: standing.scoreOf(trial) }] : [],
    ),
    gaps: working.gaps,
    limits: isSearching ? limits : NO_LIMITS,
    earlyStop: isSearching ? earlyStopOf(plan, records, standing) : null,
    queued: given.waiting,
    pace,
    left:
      isGoing && isSearching && pace !== null && total !== null
        ? pace * Math.max(0, total + (plan?.baselines?.length ?? 0) - done - baselines.length)
        : null,
    current: currentOf(open, last, given.by),
    bestWeights: best?.weights ?? null,
    latest: standing.latest?.id ?? null,
    pictures: picturesOf(standing.pictured),
    bestPictures: picturesOf(best),
    keeps: plan?.config.saveImages ?? 'best',
    network: weights === undefined ? null : drawing(plan, weights),
    notices: noticesOf(records, facts.notices),
    canControl: (isGoing || state === 'proof') && facts.isAlive,
    progress: facts.isAlive ? facts.progress : null,
  };
}

function pageGoals({ goalNames: names, front }: Standing): { readonly goals?: PageGoals } {
  if (names === undefined) return {};
  const knee = kneeOf(mergesOnFront({ trials: front }))?.trial ?? null;
  return { goals: { names, front: front.map(({ trial }) => trial), knee } };
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
