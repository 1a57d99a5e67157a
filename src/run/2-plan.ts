/** Config and payloads into the frozen plan of a run: requests with fixed seeds, space, optimizer, queue, stop rules. */
import { SECRET_KEYS, type SearchConfig } from '../config/schema.ts';
import { usageError } from '../errors.ts';
import type { SearchPlan } from '../journal/record.ts';
import { createOptimizer, resolveOptimizer, switchPoint, withSemantics } from '../optimizers/index.ts';
import { knownCapabilities, type Capabilities, type ServerReport } from '../renderers/index.ts';
import { resolveTally } from '../score/tally.ts';
import { weightsFromList } from '../space/blocks.ts';
import { createSpace, encode, type BlockSpace } from '../space/space.ts';
import { iterationBudget, timeBudget } from '../stop/budget.ts';
import { exhaustedRule, failureRule, unchangedPicturesRule } from '../stop/health.ts';
import { patienceRule } from '../stop/patience.ts';
import type { StopRule } from '../stop/stop-rule.ts';
import type { ImageRequest } from '../types.ts';
import { checkPayloadWeights, checkPrompts, makeJudge, makeScorers } from './scoring.ts';

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

/** @throws usage errors: unknown optimizer, scorer or tally, bounds that the merge way cannot set, malformed weights */
export function makePlan(
  config: SearchConfig,
  requests: readonly ImageRequest[],
  server: ServerFacts | undefined,
): SearchPlan {
  const space = makeSpace(config, server?.capabilities ?? capabilitiesWithoutServer(config));
  makeJudge(config);
  checkPayloadWeights(config, requests);
  const scorers = makeScorers(config);
  checkPrompts(scorers, requests);
  return {
    config: withoutSecrets(config),
    requests: structuredClone([...requests]) as SearchPlan['requests'],
    space: structuredClone(space) as SearchPlan['space'],
    optimizer: resolveOptimizers(config, space),
    queue: config.warmStart.map((text, index) => encode(space, parseWeights(text, index))),
    scorers: scorers.map(({ scorer: { id, version }, weight, map }) => ({
      id,
      version,
      weight,
      map: map?.text ?? 'identity',
    })),
    tally: resolveTally(config.tally),
    server: server === undefined ? null : structuredClone(server.report),
  };
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
  const first = resolve(config.optimizer, config.optimizerOptions);
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
    // Before the budgets: a run whose last iterations are worthless has not reached its goal.
    since(unchangedPicturesRule),
    since(failureRule(config.maxFailures)),
    iterationBudget(config.iterations),
    timeBudget(config.minutes),
    exhaustedRule,
    ...(config.earlyStop ? [patienceRule({ patience, tolAbs, tolRel })] : []),
  ];
}

function makeSpace(config: SearchConfig, capabilities: Capabilities | undefined): BlockSpace {
  const { architecture, low, high, intervals, block } = config;
  return createSpace({
    architecture,
    low,
    high,
    intervals,
    blocks: block,
    ...(capabilities === undefined
      ? {}
      : { tied: capabilities.tied, pinned: capabilities.fixed, range: capabilities.range }),
  });
}

function parseWeights(text: string, index: number): ReturnType<typeof weightsFromList> {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  try {
    return weightsFromList(numbers, 'search');
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : '';
    throw usageError('warm-start', `--warm-start number ${index + 1}: ${detail}`, { cause });
  }
}

function withoutSecrets(config: SearchConfig): SearchPlan['config'] {
  const open = structuredClone(config) as SearchPlan['config'];
  for (const key of SECRET_KEYS) delete open[key];
  return open;
}
