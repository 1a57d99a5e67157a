/** What the earlier passes over the same models have found, for the next one. */
import { parseRecordedScoring, type RecordedScoring } from '../../config/recorded-config.ts';
import type { SearchConfig } from '../../config/schema.ts';
import { readJournal, trialsOf } from '../../journal/read.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../../journal/record.ts';
import { comparableIn } from '../../judging/trial-scores.ts';
import { imageCount } from '../../payload/requests.ts';
import { isExpected } from '../../shared/errors.ts';
import { isScored } from '../../stop/stop-rule.ts';
import {
  isTakenOver,
  mergesOf,
  type BlockWeights,
  type ImageRequest,
  type ScoredTrial,
} from '../../types.ts';
import type { WarmStart } from '../warm-start.ts';

export interface EarlierPass {
  readonly journal: string;
  /** What it recommended at its end. */
  readonly weights: BlockWeights | undefined;
}

/** How this search measures. */
export interface Measuring {
  readonly config: SearchConfig;
  readonly requests: readonly ImageRequest[];
  readonly scorers: SearchPlan['scorers'];
}

/**
 * The best weights of the last pass are measured first, and blocks that do not move keep them. Where a pass was measured by
 * the same requests and scorers, all its points are learned and none of them is drawn again; scores of other payloads cannot
 * be compared and are not learned.
 * @param passes in their order
 */
export async function remember(
  warmStart: WarmStart,
  passes: readonly EarlierPass[],
  now: Measuring,
): Promise<WarmStart> {
  const past = await Promise.all(passes.map(async ({ journal }) => (await readJournal(journal)).records));
  const last = past.at(-1);
  const best = passes.at(-1)?.weights ?? (last && bestOf(last));
  if (best === undefined) return warmStart;
  const known = past.filter((records) => isMeasuredAlike(planOf(records), now)).flatMap(measured);
  return {
    base: { ...best, ...warmStart.base },
    queue: [best, ...warmStart.queue],
    priors: [...warmStart.priors, ...known],
  };
}

function measured(records: readonly JournalRecord[]): RecordOf<'prior'>[] {
  const { finished } = trialsOf(records);
  const plan = planOf(records);
  const comparable = comparableIn(plan, finished);
  const all = plan === undefined ? 0 : imageCount(plan.requests);
  return finished
    .filter(isScored)
    .filter((trial) => !isTakenOver(trial))
    .map((trial) => {
      const { id, weights, images } = trial;
      const score = comparable.get(id) ?? trial.score;
      // One with fewer images is data, but no reason not to draw the others.
      const isWhole = images.length === 0 || images.length === all;
      return isWhole
        ? { kind: 'prior', weights, score: trial.score, measured: true }
        : { kind: 'prior', weights, score };
    });
}

function isMeasuredAlike(plan: SearchPlan | undefined, { config, requests, scorers }: Measuring): boolean {
  if (plan === undefined) return false;
  const judging = ({ combine, payloadWeight, tally, calibration }: RecordedScoring): unknown => [
    combine,
    payloadWeight,
    tally,
    calibration ?? null,
  ];
  const scoring = recordedScoring(plan);
  return (
    scoring !== undefined &&
    JSON.stringify(plan.requests) === JSON.stringify(requests) &&
    JSON.stringify(plan.scorers) === JSON.stringify(scorers) &&
    JSON.stringify(judging(scoring)) === JSON.stringify(judging(config))
  );
}

/** Undefined where today's options no longer take what it was scored with. */
function recordedScoring({ config }: SearchPlan): RecordedScoring | undefined {
  try {
    return parseRecordedScoring(config);
  } catch (error) {
    if (isExpected(error)) return undefined;
    throw error;
  }
}

/** For a pass whose end was not written down. */
function bestOf(records: readonly JournalRecord[]): BlockWeights | undefined {
  const { finished } = trialsOf(records);
  const comparable = comparableIn(planOf(records), finished);
  const rank = ({ id, score }: ScoredTrial): number => comparable.get(id) ?? score;
  const [best] = mergesOf(finished.filter(isScored)).toSorted((a, b) => rank(b) - rank(a));
  return best?.weights;
}

function planOf([first]: readonly JournalRecord[]): SearchPlan | undefined {
  return first?.kind === 'plan' ? first.plan : undefined;
}
