/** Weights in the format of another tool, and what that format cannot hold. */
import { formatHistoryCsv } from '../formats/history-csv.ts';
import { pythonFloat } from '../formats/python-float.ts';
import { formatRecipe, recipeMetadata, type Recipe } from '../formats/recipe.ts';
import type { Architecture, BlockWeights } from '../architectures/architecture.ts';
import { hasListedBlock, weightsToList } from '../architectures/sd-lists.ts';
import { formatBlockJson } from '../formats/block-json.ts';
import { usageError } from '../shared/errors.ts';
import { formatMecha } from './mecha/write.ts';
import { inWordsOfMerge } from './searched.ts';
import type { FoundWeights, ListOrder } from './weights-source.ts';
import { baseOf, whatIsLost, whatIsLostOfNamed, type WeightFormat } from './unsupported.ts';

export type { WeightFormat } from './unsupported.ts';

export interface FormatOptions {
  /** Of a list (search unless told), or `legacy` for a recipe that the first extension is to read. */
  readonly order?: ListOrder | undefined;
  /** Name of a preset. */
  readonly name?: string | undefined;
  /** Of the models, for `mecha` where the weights do not say. */
  readonly architecture?: Architecture | undefined;
}

export interface FormattedWeights {
  /** With a line break at its end, but for `mecha`. */
  readonly text: string;
  /** What the format cannot hold, in sentences. */
  readonly warnings: readonly string[];
}

/** Numbers are written as Python writes them: the shortest that reads back the same. */
export function formatWeights(
  source: FoundWeights,
  format: WeightFormat,
  options: FormatOptions = {},
): FormattedWeights {
  // These two hold parameters by name.
  const found = format === 'json' || format === 'csv' ? source : inWordsOfMerge(source);
  if (format === 'mecha') return formatMecha(found, options.architecture);
  if (found.uniform !== undefined) {
    throw usageError(
      'convert-options',
      `${found.uniform} for every block is not a list of weights: the blocks depend on the models. Give it to merge or search directly.`,
    );
  }
  if (!isListed(found))
    return { text: formatNamed(found, format), warnings: whatIsLostOfNamed(found, format) };
  return { text: WRITERS[format](found, options), warnings: whatIsLost(found, format) };
}

/** Weights of a family without lists; of none, everything that there is to say is a list of zeros. */
function isListed({ weights, patterns = [] }: FoundWeights): boolean {
  const names = Object.keys(weights);
  return (names.length === 0 && patterns.length === 0) || hasListedBlock(names);
}

/** @throws usage error `convert-options` for a format of lists */
function formatNamed(found: FoundWeights, format: OtherFormat): string {
  const { weights, patterns = [] } = found;
  if (format === 'recipe') return formatBlockJson({ ...weights, ...Object.fromEntries(patterns) });
  const [pattern] = patterns[0] ?? [];
  if (pattern !== undefined) {
    throw usageError(
      'convert-options',
      `The blocks matching "${pattern}" depend on the models: such weights can only be converted with --to recipe, which writes them as JSON.`,
    );
  }
  if (format === 'csv' || format === 'json') return WRITERS[format](found, {});
  throw usageError(
    'convert-options',
    `${format} is a list of Stable Diffusion's blocks, but these weights are for ${Object.keys(weights).slice(0, 2).join(', ')} …: convert them with --to recipe (JSON by name), json, csv or journal.`,
  );
}

type OtherFormat = Exclude<WeightFormat, 'mecha'>;

type Writer = (found: FoundWeights, options: FormatOptions) => string;

const WRITERS: Readonly<Record<OtherFormat, Writer>> = {
  recipe: (found, { order }) => {
    const recipe = recipeOf(found);
    return formatRecipe(order === 'legacy' ? { ...recipe, weights: swapped(recipe.weights) } : recipe);
  },
  csv: ({ weights, score }) =>
    formatHistoryCsv([{ weights, score: score ?? null, evalTimes: null, iterTimes: null, extra: {} }]),
  preset: ({ weights, name }, options) => {
    const named = oneLine(options.name ?? name ?? '') || 'WEIGHTS';
    return `${named}\t${numbers(weightsToList(weights, 'preset'))}\n`;
  },
  list: ({ weights }, { order = 'search' }) => `${numbers(weightsToList(weights, order))}\n`,
  metadata: (found) => {
    const entries = { format: 'pt', sd_mbwrt_recipe: JSON.stringify(recipeMetadata(recipeOf(found))) };
    return `${JSON.stringify(entries, null, 2)}\n`;
  },
  'bayesian-merger': ({ weights, baseAlpha }) =>
    `${pythonFloat(baseOf(weights, baseAlpha) ?? 0)}\n\n${numbers(weightsToList(weights, 'preset'))}\n\n`,
  mbw: ({ weights, baseAlpha }) => {
    const list = weightsToList(weights, 'preset');
    const base = baseOf(weights, baseAlpha);
    return `${numbers(base === undefined ? list : [base, ...list])}\n`;
  },
  json: ({ origin: _, chosenOf: __, ...known }) => `${JSON.stringify(known, null, 2)}\n`,
};

function recipeOf({ weights, models, name, positionIds, outputMode }: FoundWeights): Recipe {
  return {
    modelA: oneLine(models.a ?? ''),
    modelB: oneLine(models.b ?? ''),
    modelO: oneLine(name ?? ''),
    positionIdFix: positionIds === 'fix' ? 'Fix' : 'Keep Original',
    outputMode: oneLine(outputMode ?? 'Max Precision'),
    weights,
    order: 'recipe',
  };
}

function swapped(weights: BlockWeights): BlockWeights {
  return { ...weights, OUT: weights.TIME_EMBED ?? 0, TIME_EMBED: weights.OUT ?? 0 };
}

function numbers(list: readonly number[]): string {
  return list.map(pythonFloat).join(',');
}

/** A line break or tab inside a name would be a second line or column. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
