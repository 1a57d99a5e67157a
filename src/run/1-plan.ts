/** Offline: requests, scorers and the plan. Every mistake that shows without a server is found here. */
import type { SearchConfig } from '../config/schema.ts';
import { checkModels } from '../config/search-rules.ts';
import { checkWritable } from '../journal/name-run.ts';
import type { LivePlan } from './live-plan.ts';
import { makeScoring, type Scoring } from '../judging/scoring.ts';
import type { ImageRequest } from '../types.ts';
import { remember, type EarlierPass } from './chain/memory.ts';
import type { Environment } from './environment.ts';
import { hintsOnGoals } from '../goals/plan-goals.ts';
import { describeScorers, hasRoomForBaselines, makePlan, type ChainPosition } from './make-plan.ts';
import { hintOnManyWeights } from './many-weights.ts';
import { notOnCurve } from './off-curve.ts';
import { divideImages, makeFreshPrompts, makeRequests } from './requests.ts';
import { readWarmStart, type WarmStart } from './warm-start.ts';

export interface OfflineOptions {
  /** Added to the seeds of all payloads. */
  readonly seedShift?: number | undefined;
  /** Which search of a chain it is. */
  readonly position?: ChainPosition | undefined;
  /** Passes over the same models, whose findings this one is to know. */
  readonly earlier?: readonly EarlierPass[] | undefined;
}

export interface OfflinePlan {
  readonly requests: readonly ImageRequest[];
  readonly warmStart: WarmStart;
  readonly scoring: Scoring;
  /** Without what the server contributes. */
  readonly plan: LivePlan;
}

/** @throws usage errors of everything that was given; the reason of the signal */
export async function planOffline(
  config: SearchConfig,
  { seedShift = 0, position, earlier = [] }: OfflineOptions,
  environment: Pick<Environment, 'signal' | 'terminal' | 'hasPage' | 'onWarning'>,
): Promise<OfflinePlan> {
  const { signal, onWarning } = environment;
  checkModels(config);
  const made = await makeRequests(config, { seedShift, onWarning });
  const { requests, imageOrder } = divideImages(config, made, onWarning);
  if (config.baselines && !hasRoomForBaselines({ config, requests, imageOrder })) {
    onWarning(
      `--budget-images ${config.budgetImages} is too small to include model A, model B and half of each; they are not measured before the search.`,
    );
  }
  const freshPrompts = await makeFreshPrompts(config);
  const given = await readWarmStart(config, onWarning);
  const scoring = await makeScoring(config, signal, environment);
  const { scorers } = scoring;
  const measuring = { config, requests, scorers: describeScorers(scorers, requests) };
  const warmStart = await remember(given, earlier, measuring);
  const plan = makePlan(config, { requests, imageOrder, freshPrompts, scorers, warmStart, position });
  for (const sentence of hintsOnGoals(plan)) onWarning(sentence);
  for (const sentence of notOnCurve(plan, warmStart)) onWarning(sentence);
  const hint = hintOnManyWeights(config, plan, warmStart);
  if (hint !== undefined) onWarning(hint);
  checkWritable(config.folder);
  return { requests, warmStart, scoring, plan };
}
