import { MODEL_LETTERS } from '../checkpoints/metadata.ts';
import { unlistedInWords, WEIGHT_ORDERS } from '../architectures/sd-lists.ts';
import type { BlockName, BlockWeights } from '../architectures/architecture.ts';
import type { FoundWeights } from './weights-source.ts';
import { followers } from './list.ts';
import { parametersIn } from '../space/parameters.ts';

/** What `formatWeights` writes; `bayesian-merger` is its best.log, `mbw` the text of sdweb-merge-block-weighted, `mecha` a recipe of sd-mecha. */
export const WEIGHT_FORMATS = [
  'recipe',
  'csv',
  'preset',
  'list',
  'metadata',
  'bayesian-merger',
  'mbw',
  'mecha',
  'json',
] as const;
export type WeightFormat = (typeof WEIGHT_FORMATS)[number];

/** One sentence for every thing that a format cannot hold of these weights; none where it holds them all. */
export function whatIsLost(found: FoundWeights, format: WeightFormat): string[] {
  if (format === 'json') return [];
  return [
    ...lostBlocks(found, format),
    ...lostUnlisted(found, format),
    ...lostBase(found, format),
    ...lostVae(found, format),
    ...lostSettings(found, format),
  ];
}

/** The same of weights by name; their recipe is these and nothing else. */
export function whatIsLostOfNamed(found: FoundWeights, format: WeightFormat): string[] {
  return format === 'json'
    ? []
    : [...lostBase(found, format), ...lostVae(found, format), ...lostSettings(found, format, false)];
}

/** Formats of tools whose `time_embed` follows IN00, and `out` OUT11. */
const FOLLOWING: readonly WeightFormat[] = ['mbw', 'bayesian-merger'];

function lostBlocks({ weights }: FoundWeights, format: WeightFormat): string[] {
  const short = FOLLOWING.includes(format) || format === 'preset';
  const names = WEIGHT_ORDERS[short ? 'preset' : 'search'];
  const absent = names.filter((name) => weights[name] === undefined);
  const sentences: string[] = [];
  if (absent.length > 0) {
    sentences.push(
      `The weights have no ${absent.join(', ')}: ${format} must have ${names.length} numbers, so 0 is written for ${absent.length === 1 ? 'it' : 'them'}.`,
    );
  }
  if (!short) return sentences;
  const followed = followers(weights);
  const lost = (['OUT', 'TIME_EMBED'] as const).filter(
    (name) => weights[name] !== undefined && (format === 'preset' || weights[name] !== (followed[name] ?? 0)),
  );
  if (lost.length === 0) return sentences;
  const values = lost.map((name) => `${name} (${weights[name]})`).join(' and ');
  const instead =
    format === 'preset'
      ? 'tools that load the preset keep their own value there, initially 0'
      : 'these tools have time_embed follow IN00, and out follow OUT11';
  return [...sentences, `25 numbers cannot store ${values}: ${instead}.`];
}

/** Blocks that the field's lists do not know; a CSV has named columns for them. */
function lostUnlisted({ weights, baseAlpha }: FoundWeights, format: WeightFormat): string[] {
  const base = FOLLOWING.includes(format) ? baseOf(weights, baseAlpha) : undefined;
  const others = base === undefined ? weights : withoutBase(weights, base);
  if (format === 'csv') return [];
  const parameters = parametersIn(others);
  const isBlock = ([block]: readonly [BlockName, number]): boolean => !(block in parameters);
  const lost = unlistedInWords(Object.fromEntries(Object.entries(others).filter(isBlock)));
  const untold = unlistedInWords(parameters);
  return [
    ...(lost === undefined
      ? []
      : [
          `${format} cannot store ${lost}, which its tools take from model A: only --to json, csv and journal keep it.`,
        ]),
    ...(untold === undefined
      ? []
      : [`${format} cannot store ${untold}: only --to json, csv and journal keep it.`]),
  ];
}

/** What base alpha is where weights of text encoders say it; undefined where nothing does. */
export function baseOf(weights: BlockWeights, baseAlpha: number | undefined): number | undefined {
  return baseAlpha ?? BASE_BLOCKS.map((name) => weights[name]).find((weight) => weight !== undefined);
}

/** Those that a base alpha is for. */
const BASE_BLOCKS: readonly BlockName[] = ['TE', 'CLIP_L', 'CLIP_G'];

/** Less what the base alpha says as well. */
function withoutBase(weights: BlockWeights, base: number): BlockWeights {
  return Object.fromEntries(
    Object.entries(weights).filter(
      ([name, weight]) => name !== 'VAE' && (!BASE_BLOCKS.includes(name) || weight !== base),
    ),
  );
}

function lostBase({ baseAlpha, weights }: FoundWeights, format: WeightFormat): string[] {
  if (FOLLOWING.includes(format)) {
    const base = baseAlpha === undefined ? baseOf(weights, baseAlpha) : undefined;
    if (base === undefined || base === 0 || weights['VAE'] === base) return [];
    return [
      `${format} has one weight for text encoder and VAE: its tools also use ${base} for the VAE, which has ${weights['VAE'] ?? 0} here.`,
    ];
  }
  if (baseAlpha === undefined || baseAlpha === 0) return [];
  return [
    `The base alpha ${baseAlpha} (text encoder and VAE) is dropped: the format ${format} cannot store it, and its tools take both from model A, as with 0.`,
  ];
}

function lostVae({ vaeWeight }: FoundWeights, format: WeightFormat): string[] {
  if (vaeWeight === undefined || vaeWeight === 0) return [];
  return [`The separate VAE weight ${vaeWeight} is dropped: the format ${format} cannot store it.`];
}

function lostSettings(
  found: FoundWeights,
  format: WeightFormat,
  hasModels = format === 'recipe' || format === 'metadata',
): string[] {
  const { models, method, pruneEma, dtype, positionIds } = found;
  const sentences: string[] = [];
  const missing = (['a', 'b'] as const).filter((role) => (models[role] ?? '') === '');
  if (hasModels && missing.length > 0) {
    const flags = missing.map((role) => `--model-${role}`).join(' and ');
    sentences.push(`The source does not name the models: give ${flags}, or write them into the ${format}.`);
  }
  const settings = [
    ...(method === undefined || method === 'weighted-sum' ? [] : [`the method ${method}`]),
    ...MODEL_LETTERS.slice(2).flatMap((role) => {
      const model = models[role];
      return model === undefined ? [] : [`model ${role.toUpperCase()} (${model})`];
    }),
    ...(models.vae === undefined ? [] : [`the VAE (${models.vae})`]),
    ...(dtype === undefined || dtype === 'keep' ? [] : [`the type ${dtype}`]),
    ...(pruneEma === true ? ['the pruning'] : []),
    ...(positionIds === 'fix' && !hasModels ? ['the fixed position ids'] : []),
  ];
  if (settings.length > 0) {
    sentences.push(`${format} cannot store ${settings.join(', ')}: only --to json keeps everything.`);
  }
  return sentences;
}
