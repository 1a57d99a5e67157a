/** Config and payloads into the frozen plan of a run: requests with fixed seeds, space, optimizer, queue, stop rules. */
import { SECRET_KEYS, type SearchConfig } from '../config/schema.ts';
import type { SearchPlan } from '../journal/record.ts';
import {
  createOptimizer,
  describeOptimizers,
  firstPoints,
  resolveOptimizer,
  switchPoint,
  withSemantics,
} from '../optimizers/index.ts';
import { knownCapabilities, type Capabilities, type ServerReport } from '../renderers/index.ts';
import { resolveTally } from '../score/tally.ts';
import { blocksOfSpace, createSpace, encode, type BlockSpace } from '../space/space.ts';
import { iterationBudget, timeBudget } from '../stop/budget.ts';
import { exhaustedRule, failureRule } from '../stop/health.ts';
import { patienceRule } from '../stop/patience.ts';
import type { StopRule } from '../stop/stop-rule.ts';
import type { BlockWeights, ImageRequest } from '../types.ts';
import { NOTHING_KNOWN, type Beginning } from './warm-start.ts';
import { checkPayloadWeights, checkPrompts, makeJudge, makeScorers } from '../judging/scoring.ts';

/** What the server contributes; absent in a dry run, which asks no server. */
export interface ServerFacts {
  readonly report: ServerReport;
  readonly capabilities: Capabilities;
}

/** What a way that was named can express is known without asking. */
function capabilitiesWithoutServer({
  backend,
  architecture,
  loraBlocks,
}: SearchConfig): Capabilities | undefined {
  return knownCapabilities({ backend, architecture, ...(loraBlocks === undefined ? {} : { loraBlocks }) });
}

/** Which search of a chain it is. */
export interface Place {
  readonly pass: number;
  readonly chain: string;
}

export interface PlanParts {
  readonly requests: readonly ImageRequest[];
  readonly beginning?: Beginning;
  readonly server?: ServerFacts | undefined;
  readonly place?: Place | undefined;
}

/** @throws usage errors: unknown optimizer, scorer or tally, bounds that the merge way cannot set, groups that cannot be */
export function makePlan(
  config: SearchConfig,
  { requests, beginning = NOTHING_KNOWN, server, place }: PlanParts,
): SearchPlan {
  const space = makeSpace(config, beginning, server?.capabilities ?? capabilitiesWithoutServer(config));
  const optimizer = resolveOptimizers(config, space);
  makeJudge(config);
  checkPayloadWeights(config, requests);
  const scorers = makeScorers(config);
  checkPrompts(scorers, requests);
  return {
    config: withoutSecrets(config),
    requests: structuredClone([...requests]) as SearchPlan['requests'],
    space: structuredClone(space) as SearchPlan['space'],
    optimizer,
    // A block that a warm start says nothing about keeps its base weight.
    queue: [
      ...beginning.queue.map((weights) => encode(space, { ...zeros(space), ...beginning.base, ...weights })),
      ...queuedFirstPoints(config, space),
    ],
    scorers: describeScorers(scorers),
    tally: resolveTally(config.tally),
    pass: place?.pass ?? 0,
    chain: place?.chain ?? null,
    server: server === undefined ? null : structuredClone(server.report),
  };
}

/** As a plan keeps them. */
export function scorersOf(config: SearchConfig): SearchPlan['scorers'] {
  return describeScorers(makeScorers(config));
}

function describeScorers(scorers: ReturnType<typeof makeScorers>): SearchPlan['scorers'] {
  return scorers.map(({ scorer: { id, version }, weight, map }) => ({
    id,
    version,
    weight,
    map: map?.text ?? 'identity',
  }));
}

function zeros(space: BlockSpace): BlockWeights {
  return Object.fromEntries(blocksOfSpace(space).map((name) => [name, 0]));
}

type Counts = Parameters<typeof firstPoints>[0]['counts'];

/** `--init-grid`, `--init-vertices`, `--init-random`; undefined where the algorithm begins in its own way. */
export function initialCounts({ initGrid, initVertices, initRandom }: SearchConfig): Counts | undefined {
  if (initGrid === undefined && initVertices === undefined && initRandom === undefined) return undefined;
  return { grid: initGrid ?? 0, vertices: initVertices ?? 0, random: initRandom ?? 0 };
}

/** For algorithms whose beginning cannot be set. */
function queuedFirstPoints(config: SearchConfig, { dimensions }: BlockSpace): number[][] {
  const counts = initialCounts(config);
  if (counts === undefined || takesInitialPoints(config.optimizer)) return [];
  return firstPoints({ dimensions, counts, seed: config.seed });
}

function takesInitialPoints(optimizer: string): boolean {
  const found = describeOptimizers().find(
    ({ name, pythonClass }) => name === optimizer || pythonClass === optimizer,
  );
  return found?.options.some(({ name }) => name === 'initialize') === true;
}

/** Names in kebab-case and all options, after each optimizer has been made once to check them. */
function resolveOptimizers(config: SearchConfig, { dimensions }: BlockSpace): SearchPlan['optimizer'] {
  const { seed, iterations, balance } = config;
  const resolve = (given: string, own: SearchConfig['optimizerOptions']): SearchPlan['optimizer'] => {
    const { name, options } = resolveOptimizer(
      given,
      withSemantics(given, own, config.optimizerSemantics),
      seed,
    );
    createOptimizer(name, { space: { dimensions }, seed, options });
    return { name, seed, options, second: null };
  };
  const counts = takesInitialPoints(config.optimizer) ? initialCounts(config) : undefined;
  const first = resolve(config.optimizer, {
    ...(counts === undefined ? {} : { initialize: counts }),
    ...config.optimizerOptions,
  });
  if (config.optimizerB === undefined) return first;
  const { name, options } = resolve(config.optimizerB, config.optimizerBOptions);
  return { ...first, second: { name, options, after: switchPoint(iterations, balance) } };
}

/**
 * The rules of a run; a later session may set other limits.
 * @param mended number of first trials that no longer tell anything about the health of the WebUI
 */
export function makeRules(config: SearchConfig, mended = 0): StopRule[] {
  const { patience, tolAbs, tolRel } = config;
  const since =
    (rule: StopRule): StopRule =>
    (progress) =>
      rule({ ...progress, trials: progress.trials.slice(mended) });
  return [
    // Before the budgets: a run whose last iterations failed has not reached its goal.
    since(failureRule(config.maxFailures)),
    iterationBudget(config.iterations),
    timeBudget(config.minutes),
    exhaustedRule,
    ...(config.earlyStop ? [patienceRule({ patience, tolAbs, tolRel })] : []),
  ];
}

function makeSpace(
  config: SearchConfig,
  { base }: Beginning,
  capabilities: Capabilities | undefined,
): BlockSpace {
  const { architecture, low, high, intervals, block, group, testGrouping } = config;
  return createSpace({
    architecture,
    low,
    high,
    intervals,
    blocks: block,
    base,
    groups: group,
    testGrouping,
    ...(capabilities === undefined
      ? {}
      : {
          tied: capabilities.tied,
          pinned: capabilities.fixed,
          optional: capabilities.optional ?? [],
          range: capabilities.range,
        }),
  });
}

function withoutSecrets(config: SearchConfig): SearchPlan['config'] {
  const open = structuredClone(config) as SearchPlan['config'];
  for (const key of SECRET_KEYS) delete open[key];
  return open;
}
