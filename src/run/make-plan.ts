/** Config and payloads into the frozen plan of a run: requests with fixed seeds, space, optimizer, queue. */
import type { SearchConfig } from '../config/schema.ts';
import { adjustsAlone, methodsOf, sharedModels } from '../config/search-rules.ts';
import { withoutSecrets } from '../config/without-secrets.ts';
import type { OrderedImage } from '../allocation/index.ts';
import { imageCount } from '../payload/requests.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { FreshPrompts } from '../payload/requests.ts';
import type { LivePlan } from './live-plan.ts';
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
import { lorasAmong } from '../space/parameters.ts';
import { NO_PARTS } from '../space/parts.ts';
import { blocksOfSpace, createSpace, encode, type BlockSpace } from '../space/space.ts';
import { BASELINE_NAMES, type BlockWeights, type ImageRequest } from '../types.ts';
import { checkPayloadWeights, checkPrompts } from '../judging/scoring.ts';
import { checkScorerPayloads } from '../judging/scorer-payloads.ts';
import type { WeightedScorer } from '../score/index.ts';
import { planGoals } from '../goals/plan-goals.ts';
import { baselineWeights } from './baseline-weights.ts';
import { proofCount } from './proof-count.ts';
import { parametersToSearch } from './search-parameters.ts';
import { NOTHING_KNOWN, type WarmStart } from './warm-start.ts';

/** What a way that was named can express is known without asking. */
function capabilitiesWithoutServer({
  backend,
  architecture,
  loraBlocks,
  ...config
}: SearchConfig): Capabilities | undefined {
  const methods = methodsOf(config);
  const adjusts = adjustsAlone({ ...config, backend });
  return knownCapabilities({
    backend,
    architecture,
    methods,
    loras: lorasAmong(Object.keys(config.search)),
    ...(adjusts === undefined ? {} : { adjusts }),
    ...(loraBlocks === undefined ? {} : { loraBlocks }),
  });
}

/** Which search of a chain it is. */
export interface ChainPosition {
  readonly pass: number;
  readonly chain: string;
}

export interface PlanParts {
  readonly requests: readonly ImageRequest[];
  /** In which trials get the images; undefined where every trial gets all of them. */
  readonly imageOrder?: readonly OrderedImage[] | undefined;
  /** For the proof at the end, of payloads with templates. */
  readonly freshPrompts?: readonly FreshPrompts[];
  readonly scorers: readonly WeightedScorer[];
  readonly warmStart?: WarmStart;
  readonly position?: ChainPosition | undefined;
}

/**
 * As far as it can be known without a server.
 * @throws usage errors: unknown optimizer or tally, bounds that the backend cannot set, groups that cannot be, payloads that
 *   a scorer refuses
 */
export function makePlan(
  config: SearchConfig,
  { requests, imageOrder, freshPrompts = [], scorers, warmStart = NOTHING_KNOWN, position }: PlanParts,
): LivePlan {
  checkPayloadWeights(config, requests);
  checkScorerPayloads(config, requests);
  checkPrompts(scorers, requests);
  const goals = planGoals(config, scorers);
  return {
    // What a resume of a run without the option must not take for granted.
    config: { ...withoutSecrets(config), prove: proofCount(config, requests) },
    requests: requests.map((request) => ({
      ...request,
      seeds: [...request.seeds],
      body: structuredClone(request.body),
    })),
    ...(imageOrder !== undefined && { imageOrder: imageOrder.map((image) => ({ ...image })) }),
    ...(freshPrompts.length > 0 && {
      freshPrompts: freshPrompts.map(({ payload, prompts }) => ({
        payload,
        prompts: prompts.map((pair) => ({ ...pair })),
      })),
    }),
    ...searchOf(
      config,
      warmStart,
      capabilitiesWithoutServer(config),
      hasRoomForBaselines({ config, requests, imageOrder }),
    ),
    scorers: describeScorers(scorers, requests),
    ...(goals !== undefined && { goals }),
    tally: resolveTally(config.tally),
    pass: position?.pass ?? 0,
    chain: position?.chain ?? null,
    server: null,
  };
}

/** What the server contributes. */
export interface ServerFacts {
  readonly report: ServerReport;
  readonly capabilities: Capabilities;
}

/** Once the server has said what it can do. @throws usage errors for what it cannot */
export function completePlan(
  plan: LivePlan,
  config: SearchConfig,
  { warmStart, server }: { readonly warmStart: WarmStart; readonly server: ServerFacts },
): LivePlan {
  return {
    ...plan,
    ...searchOf(config, warmStart, server.capabilities, hasRoomForBaselines({ ...plan, config })),
    server: structuredClone(server.report),
  };
}

/** Where is searched, by what, and from where on. */
function searchOf(
  config: SearchConfig,
  warmStart: WarmStart,
  capabilities: Capabilities | undefined,
  withBaselines: boolean,
): Pick<SearchPlan, 'space' | 'optimizer' | 'baselines' | 'queue'> {
  const space = makeSpace(config, warmStart, capabilities);
  return {
    space: {
      architecture: space.architecture,
      dimensions: space.dimensions.map(({ knot, share, parameter, ...dimension }) => ({
        ...dimension,
        blocks: [...dimension.blocks],
        ...(share !== undefined && { share: { ...share } }),
        ...(knot !== undefined && { knot: { ...knot } }),
        ...(parameter !== undefined && { parameter: recordedParameter(parameter) }),
      })),
      fixed: { ...space.fixed },
      ...(space.shares !== undefined && { shares: [...space.shares] }),
      ...(space.curves !== undefined && {
        curves: space.curves.map(({ blocks, ...curve }) => ({
          ...curve,
          blocks: blocks.map((place) => [...place]),
        })),
      }),
    },
    optimizer: resolveOptimizers(config, space),
    ...(withBaselines && {
      baselines: BASELINE_NAMES.map((name) => ({
        name,
        weights: baselineWeights(space, name, capabilities),
      })),
    }),
    // A block that a warm start says nothing about keeps its base weight.
    queue: [
      ...warmStart.queue.map((weights) => encode(space, { ...zeros(space), ...warmStart.base, ...weights })),
      ...queuedFirstPoints(config, space),
    ],
  };
}

type RecordedParameter = NonNullable<SearchPlan['space']['dimensions'][number]['parameter']>;

function recordedParameter({
  choices,
  values,
  neutral,
  full,
  when,
}: NonNullable<BlockSpace['dimensions'][number]['parameter']>): RecordedParameter {
  return {
    ...(choices !== undefined && { choices: [...choices] }),
    ...(values !== undefined && { values: [...values] }),
    neutral,
    ...(full !== undefined && { full }),
    ...(when !== undefined && { when: { ...when } }),
  };
}

/** More than this share of `--budget-images` is not spent on what is only compared with. */
const MOST_ON_BASELINES = 1 / 3;

interface BaselineRoom {
  readonly config: Pick<SearchConfig, 'baselines' | 'budgetImages' | 'imagesPerTrial'>;
  readonly requests: readonly ImageRequest[];
  readonly imageOrder?: readonly OrderedImage[] | undefined;
}

/** Are they wanted, and does the budget of images leave enough for the search? */
export function hasRoomForBaselines({ config, requests, imageOrder }: BaselineRoom): boolean {
  const { baselines, budgetImages = Infinity, imagesPerTrial } = config;
  const all = imageCount(requests);
  // As `auto` begins where a merge costs nothing.
  const begun = typeof imagesPerTrial === 'number' ? Math.min(imagesPerTrial, all) : 2;
  const each = imageOrder === undefined ? all : begun;
  return baselines && each * BASELINE_NAMES.length <= budgetImages * MOST_ON_BASELINES;
}

/** As a plan keeps them. */
export function describeScorers(
  scorers: readonly WeightedScorer[],
  requests: readonly ImageRequest[],
): SearchPlan['scorers'] {
  const payloads = [...new Set(requests.map(({ payload }) => payload))];
  return scorers.map(({ scorer: { id, version }, weight, map, judges }) => ({
    id,
    version,
    weight,
    map: map?.text ?? 'identity',
    ...(judges !== undefined && { payloads: payloads.filter(judges) }),
  }));
}

function zeros(space: BlockSpace): BlockWeights {
  return Object.fromEntries(blocksOfSpace(space).map((name) => [name, 0]));
}

type Counts = Parameters<typeof firstPoints>[0]['counts'];

/** `--init-grid`, `--init-vertices`, `--init-random`; undefined where the algorithm begins in its own way. */
function initialCounts({ initGrid, initVertices, initRandom }: SearchConfig): Counts | undefined {
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
    const resolved = resolveOptimizer(given, withSemantics(given, own, config.optimizerSemantics), seed);
    createOptimizer(resolved.name, { space: { dimensions }, seed, options: resolved.options });
    return { ...resolved, second: null };
  };
  const counts = takesInitialPoints(config.optimizer) ? initialCounts(config) : undefined;
  const first = resolve(config.optimizer, {
    ...(counts === undefined ? {} : { initialize: counts }),
    ...config.optimizerOptions,
  });
  if (config.optimizerB === undefined) return first;
  const { name, version, options } = resolve(config.optimizerB, config.optimizerBOptions);
  return { ...first, second: { name, version, options, after: switchPoint(iterations, balance) } };
}

function makeSpace(
  config: SearchConfig,
  { base }: WarmStart,
  capabilities: Capabilities | undefined,
): BlockSpace {
  const { architecture, low, high, intervals, block, group, testGrouping, curve, curveShape } = config;
  const { textEncoderLayers } = config;
  return createSpace({
    architecture,
    low,
    high,
    intervals,
    blocks: block,
    base,
    groups: group,
    testGrouping,
    curve,
    curveShape,
    parameters: parametersToSearch(config, capabilities),
    ...(textEncoderLayers !== undefined && { textEncoderLayers }),
    ...(config.shares === true && { shares: sharedModels(config) }),
    ...(capabilities === undefined
      ? {}
      : {
          tied: capabilities.tied,
          pinned: capabilities.fixed,
          optional: capabilities.optional ?? [],
          parts: capabilities.parts ?? NO_PARTS,
          range: capabilities.range,
        }),
  });
}
