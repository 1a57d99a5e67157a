/** The plan of a search in words, for `--dry-run`. */
import path from 'node:path';
import { neighboursInWords } from '../../../architectures/block-patterns.ts';
import { architectureRow } from '../../../architectures/registry.ts';
import type { TakenName } from '../../../run/checkpoint-name.ts';
import type { LivePlan } from '../../../run/live-plan.ts';
import { choiceOf } from '../../../checkpoints/searched-merge.ts';
import { otherModels } from '../../../config/search-rules.ts';
import { webuiUrl } from '../../../config/load.ts';
import { withoutLogin, type ServerSettings } from '../../../config/servers.ts';
import { freeName } from '../../../shared/files/refuse-existing.ts';
import { recipeExtension } from '../../../outputs/projections.ts';
import { recipeName } from '../../../journal/name-run.ts';
import { duration } from '../../../shared/duration.ts';
import { GUESSED_CARD, guessEstimate } from '../../../payload/estimate.ts';
import { imageCount } from '../../../payload/requests.ts';
import { TrialScores } from '../../../judging/trial-scores.ts';
import type { ServerDevice } from '../../../renderers/index.ts';
import { plannedBaselineWords } from '../../../space/baseline-words.ts';
import { blocksOfSpace } from '../../../space/space.ts';
import type { ImageRequest } from '../../../types.ts';
import { counted } from '../../../shared/counted.ts';

/** Tiny images of the proof before the run: plain A, 0, 1, 0.5, and one that tells SDXL from SD1. */
const PROOF_IMAGES = 5;

/** Columns of the headings in front of its lines. */
export const PLAN_HEADING = 13;

type ShownServer = Pick<ServerSettings, 'url' | 'backend'> & { readonly name?: string | undefined };

/**
 * @param device what the first server computes on, as far as it is known
 * @param judging what the scorers judge, in one line
 * @param servers those of the options unless given; a fleet file has more to say
 * @param checkpoint the name of the merged checkpoint, where it cannot be the usual one
 */
export function describePlan(
  plan: LivePlan,
  device?: ServerDevice,
  judging?: string,
  servers: readonly ShownServer[] = [{ url: webuiUrl(plan.config), backend: plan.config.backend }],
  checkpoint?: TakenName,
): string {
  const { config, requests, space, optimizer, queue, scorers, tally } = plan;
  const words = plannedBaselineWords(plan);
  const images = imageCount(requests);
  const { seconds: perTrial } = guessEstimate(requests);
  const { dimensions } = space;
  const others = otherModels(config);
  const parameters = dimensions.filter(({ parameter }) => parameter !== undefined);
  const lines = [
    config.modelA === config.modelB
      ? `Model        ${config.modelA}, no model B`
      : `Merge        ${config.modelA} + ${config.modelB}${others.length === 0 ? '' : ` with ${others.join(', ')}`} = ${config.output}`,
    ...serverTexts(servers),
    `Blocks       ${dimensions.filter(({ blocks }) => blocks.length > 0).length} free of ${blocksOfSpace(space).length} (${space.architecture}), ${gridText(config.intervals)}`,
    ...shareTexts(space).map((text) => `             ${text}`),
    ...curveTexts(space).map((text) => `             ${text}`),
    ...boundTexts(plan).map((text) => `             ${text}`),
    ...dimensions
      .filter(({ blocks, knot }) => blocks.length > 1 && knot === undefined)
      .map(
        ({ blocks }) =>
          `             ${neighboursInWords(blocks, space.architecture).join(' and ')} move together`,
      ),
    ...fixedTexts(space).map((text) => `             ${text}`),
    ...parameters.map(
      ({ name, low, high, parameter }, n) =>
        (n === 0 ? 'Parameters' : '').padEnd(PLAN_HEADING) +
        (parameter?.choices === undefined
          ? `${name} from ${low} to ${high}`
          : `${name} is ${parameter.choices.join(' or ')}`),
    ),
    `Optimizer    ${optimizer.name}, seed ${optimizer.seed}${optionText(optimizer.options)}`,
    ...(optimizer.second === null
      ? []
      : [
          `             then ${optimizer.second.name}, from iteration ${optimizer.second.after + 1} on${optionText(optimizer.second.options)}`,
        ]),
    ...(queue.length > 0 ? [`             ${counted(queue.length, 'point')} to start with`] : []),
    `Score        ${scorers.map(({ id, weight }) => (scorers.length > 1 ? `${id} × ${weight}` : id)).join(' + ')}, ${tally}`,
    ...scorers.flatMap(({ id, payloads }) =>
      payloads === undefined ? [] : [`             ${id} judges ${payloads.join(', ')} only`],
    ),
    ...(plan.goals === undefined
      ? []
      : [`Goals        ${plan.goals.map(({ name }) => name).join(', ')}, optimized separately`]),
    ...(judging === undefined ? [] : [`             ${judging}`]),
    ...(plan.baselines === undefined
      ? []
      : [`Baselines    ${words.A}, ${words.B} and ${words.half}, measured first, not counted as iterations`]),
    `Stops        after ${counted(config.iterations, 'iteration')} or ${counted(config.minutes, 'minute')}${config.budgetImages === undefined ? '' : ` or ${counted(config.budgetImages, 'image')}`}${config.earlyStop ? `, or ${counted(config.patience, 'iteration')} without improvement` : ''}`,
    `Images       ${imagesText(plan)}, at most ${Math.min(images * (config.iterations + (plan.baselines?.length ?? 0)), config.budgetImages ?? Infinity)}${config.check ? `, and tiny ones: ${PROOF_IMAGES} to prove the merge, one ${config.checkEvery > 0 ? `every ${config.checkEvery === 1 ? 'iteration' : `${config.checkEvery} iterations`} and ` : ''}before the end` : ''}`,
    ...proofText(plan),
    ...recipeTexts(plan),
    ...(checkpoint === undefined
      ? []
      : [`Checkpoint   ${path.basename(checkpoint.free)}, because ${checkpoint.taken} exists`]),
    `Time         ${hasKnownPace(plan) ? `${plan.imageOrder === undefined ? '' : 'with all images '}${timeText(perTrial, longestOf(plan, perTrial), device)}` : UNKNOWN_PACE}`,
    plan.imageOrder === undefined ? 'Requests of one iteration' : 'Requests of all images',
    ...requests.map(requestText),
  ];
  return lines.join('\n');
}

function serverTexts(servers: readonly ShownServer[]): string[] {
  return servers.map(({ name, url, backend }, n) => {
    const heading = n > 0 ? '' : servers.length > 1 ? 'WebUIs' : 'WebUI';
    const title = name === undefined ? '' : `${name}: `;
    return `${heading.padEnd(PLAN_HEADING)}${title}${withoutLogin(url)}, merging by ${backend}`;
  });
}

/** Only where the run cannot have the usual name. */
function recipeTexts(plan: LivePlan): string[] {
  const { config } = plan;
  const usual = recipeName(config.output, recipeExtension(plan));
  const name = path.relative(config.folder, freeName(path.join(config.folder, usual)));
  return name === usual ? [] : [`Recipe       ${name}, because ${usual} exists`];
}

/** Best, runner-up, A, B and half of each. */
const CANDIDATES = 5;

/** What comes on top of the search. */
function proofText(plan: LivePlan): string[] {
  const { config, requests } = plan;
  const { prove: count = 0 } = config;
  const words = plannedBaselineWords(plan);
  if (count === 0) return [];
  const seconds = (guessEstimate(requests).seconds / Math.max(1, imageCount(requests))) * count * CANDIDATES;
  const length = hasKnownPace(plan) ? `, about as long as ${duration(seconds)} of searching` : '';
  return [
    `Proof        at the end ${count} fresh images each of the best, the runner-up, ${words.A}, ${words.B} and ${words.half}: at most ${count * CANDIDATES} more${length}`,
  ];
}

/** Transformers differ too much in size for a guess. */
function hasKnownPace({ space }: LivePlan): boolean {
  return architectureRow(space.architecture).layout === undefined;
}

const UNKNOWN_PACE =
  'unknown: models of this family vary too much in size for an estimate; measured once it runs';

/** Bounds of their own; of transformers, neighbours with equal ones by the first and the last. */
function boundTexts({ space, config }: LivePlan): string[] {
  const { dimensions, architecture } = space;
  const hasLayout = architectureRow(architecture).layout !== undefined;
  const own = dimensions.filter(
    ({ low, high, parameter }) => parameter === undefined && (low !== config.low || high !== config.high),
  );
  const runs: { readonly text: string; readonly names: string[] }[] = [];
  for (const { name, blocks, knot, low, high } of own) {
    const text = `from ${low} to ${high}`;
    const run = runs.at(-1);
    // A group is shown by its blocks, which more of them may go on from.
    const names = knot === undefined && hasLayout ? blocks : [name];
    if (run?.text === text) run.names.push(...names);
    else runs.push({ text, names: [...names] });
  }
  return runs.flatMap(({ text, names }) =>
    neighboursInWords(names, architecture).map((name) => `${name} ${text}`),
  );
}

function fixedTexts({ fixed, architecture }: LivePlan['space']): string[] {
  const byWeight = new Map<number, string[]>();
  for (const [name, weight] of Object.entries(fixed))
    byWeight.set(weight, [...(byWeight.get(weight) ?? []), name]);
  if (architectureRow(architecture).layout === undefined)
    return Object.entries(fixed).map(([name, value]) => `${name} fixed at ${choiceOf(name, value) ?? value}`);
  return [...byWeight].map(
    ([weight, names]) => `${neighboursInWords(names, architecture).join(', ')} fixed at ${weight}`,
  );
}

function shareTexts({ dimensions, shares = [] }: LivePlan['space']): string[] {
  if (shares.length === 0) return [];
  const numbers = dimensions.filter(({ share }) => share !== undefined).length;
  return [
    `split among ${counted(shares.length + 2, 'model')}: ${counted(numbers, 'number')} from 0 to 1, giving weights that add up to at most 1`,
  ];
}

function curveTexts({ dimensions, curves = [] }: LivePlan['space']): string[] {
  return curves.map(({ name, shape, blocks }) => {
    const knots = dimensions.filter(({ knot }) => knot?.curve === name).length;
    return `${name} is a ${shape} curve of ${counted(knots, 'knot')} for ${counted(blocks.flat().length, 'block')}`;
  });
}

/** How many an iteration gets. */
function imagesText(plan: LivePlan): string {
  const {
    config: { imagesPerTrial },
    requests,
    imageOrder,
  } = plan;
  const all = imageCount(requests);
  if (imageOrder === undefined) return `${all} per iteration`;
  return typeof imagesPerTrial === 'number'
    ? `${new TrialScores(plan).forNew(imagesPerTrial)} of ${all} per iteration, all for the best`
    : `a few of ${all} per iteration, more for promising ones`;
}

interface Longest {
  readonly seconds: number;
  /** Which limit that is; empty for that of the iterations. */
  readonly limit: string;
}

/**
 * Seconds until the first of the limits is reached.
 * @param perTrial seconds of all images
 */
function longestOf({ config, requests }: LivePlan, perTrial: number): Longest {
  const { iterations, minutes, budgetImages = Infinity } = config;
  const limits: Longest[] = [
    { seconds: perTrial * iterations, limit: '' },
    {
      seconds: (perTrial / imageCount(requests)) * budgetImages,
      limit: ` (limit of ${counted(budgetImages, 'image')})`,
    },
    { seconds: minutes * 60, limit: ` (limit of ${counted(minutes, 'minute')})` },
  ];
  return limits.reduce((least, one) => (one.seconds < least.seconds ? one : least));
}

/** The guess is for one graphics card: on a CPU it would be wrong by orders of magnitude. */
function timeText(perTrial: number, longest: Longest, device: ServerDevice | undefined): string {
  if (device?.type === 'cpu') {
    return 'unknown: this server runs on its CPU, many times slower than a graphics card; measured once it runs';
  }
  const guess = `about ${duration(perTrial)} per iteration, ${duration(longest.seconds)} in total${longest.limit}: an estimate for an ${GUESSED_CARD}`;
  if (device === undefined) return `${guess}, measured once it runs`;
  if (device.type !== 'cuda') {
    const own = device.type === 'other' ? 'has no CUDA graphics card' : `computes on "${device.type}"`;
    return `${guess}, but this server ${own}, so it may take many times as long; measured once it runs`;
  }
  const card = device.name.replace(/^cuda:\d+ */, '').replace(/ *: *\w+$/, '');
  if (card === '' || card.includes(GUESSED_CARD)) return `${guess}, measured once it runs`;
  return `${guess} (this server has "${card}"), measured once it runs`;
}

function requestText({ id, seeds, body, prompt }: ImageRequest): string {
  const size = `${String(body['width'])}×${String(body['height'])}${body['enable_hr'] === true ? ' + hires' : ''}`;
  const steps = typeof body['steps'] === 'number' ? counted(body['steps'], 'step') : 'the WebUI’s own steps';
  const text = prompt.replaceAll(/\s+/g, ' ');
  return `  ${id}  seed ${seeds.join(', ')}  ${size}, ${steps}  ${text.length > 60 ? `${text.slice(0, 59)}…` : text}`;
}

function gridText(intervals: number): string {
  return intervals === 0 ? 'continuous' : `${intervals + 1} values each`;
}

function optionText(options: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(options);
  return given.length === 0
    ? ''
    : ` (${given.map(([key, value]) => `${key}=${value === null ? 'auto' : JSON.stringify(value)}`).join(', ')})`;
}
