/** Where the weights of a merge come from: a recipe, a list of numbers, or a run. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BAKE_KEY } from '../../checkpoints/bake-metadata.ts';
import type { MergeRecipe, ModelRole } from '../../checkpoints/metadata.ts';
import { readMergeRecipe, readPythonRecipe } from '../../checkpoints/metadata.ts';
import type { OutputType, PositionIds } from '../../checkpoints/plan.ts';
import { openCheckpoint } from '../../checkpoints/safetensors/read.ts';
import { messageOf, usageError } from '../../errors.ts';
import { readJournal, trialsOf } from '../../journal/read.ts';
import { scoreText } from '../../observers/pace.ts';
import { parseRecipe, type Recipe } from '../../outputs/recipe.ts';
import { filesOf, findJournal } from '../../run/files.ts';
import { weightsFromList, type BlockWeights } from '../../space/blocks.ts';

export type ListOrder = 'search' | 'recipe' | 'legacy';

export interface WeightSource {
  readonly recipe?: string;
  readonly weights?: string;
  readonly order?: ListOrder;
  readonly run?: string;
  readonly iteration?: number;
}

/** What is known beside the weights; flags beat it. */
export interface FoundWeights {
  readonly weights: BlockWeights;
  /** Where they came from, for the user. */
  readonly origin: string;
  /** Name of the merged model. */
  readonly name?: string;
  /** The models as they were named. */
  readonly models: Readonly<Partial<Record<ModelRole, string>>>;
  readonly sha256: Readonly<Partial<Record<ModelRole, string>>>;
  readonly method?: string;
  readonly dtype?: OutputType;
  readonly positionIds?: PositionIds;
  readonly pruneEma?: boolean;
}

/** @throws usage errors `weights-source`, `weights-order`, `recipe-unreadable`, `recipe-invalid`, `iteration-unknown`, and those of journals */
export async function findWeights(source: WeightSource): Promise<FoundWeights> {
  const given = [source.recipe, source.weights, source.run].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw usageError(
      'weights-source',
      `Give the weights once: --recipe FILE, --weights LIST with --order, or --run RUN (${given.length} of them were given).`,
    );
  }
  if (source.iteration !== undefined && source.run === undefined) {
    throw usageError('weights-source', `--iteration ${source.iteration} needs the --run that it is of.`);
  }
  if (source.weights !== undefined) return fromList(source.weights, source.order);
  if (source.run !== undefined) return fromRun(source.run, source.iteration);
  return fromRecipe(source.recipe ?? '', source.order);
}

function fromList(list: string, order: ListOrder | undefined): FoundWeights {
  if (order === undefined) {
    throw usageError(
      'weights-order',
      'A list of weights needs its --order: search (CSV, console), recipe (recipe files), or legacy (recipes of the first extension).',
    );
  }
  const numbers = list.split(',').map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
  return {
    weights: weightsFromList(numbers, order),
    origin: `the list, in ${order} order`,
    models: {},
    sha256: {},
  };
}

async function fromRecipe(file: string, order: ListOrder | undefined): Promise<FoundWeights> {
  if (order === 'search') {
    throw usageError(
      'weights-order',
      'A recipe is never in search order: --order recipe, the default, or legacy.',
    );
  }
  if (file.endsWith('.safetensors')) return fromCheckpoint(file, order);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw usageError('recipe-unreadable', `The recipe ${file} cannot be read (${messageOf(cause)}).`, {
      cause,
    });
  }
  const recipe = parseRecipe(text, order);
  if (recipe === undefined) {
    throw usageError(
      'recipe-invalid',
      `${file} is no recipe: it has no lines modelA=… and modelB=… followed by 27 numbers. A log without one is read by: autombw recover --log ${file}`,
    );
  }
  return fromText(recipe, `the recipe ${file}, in ${recipe.order} order`);
}

/** The recipe inside a merged checkpoint: ours, or that of the Python extension. */
function fromCheckpoint(file: string, order: ListOrder | undefined): FoundWeights {
  const { metadata } = openCheckpoint(file);
  const baked = metadata.has(BAKE_KEY) ? ', without the LoRAs that were baked in afterwards' : '';
  const origin = `the recipe inside ${file}${baked}`;
  const own = readMergeRecipe(metadata);
  if (own !== undefined) return fromOwn(own, origin);
  const python = readPythonRecipe(metadata);
  const numbers = python?.mbwrt_weights.split(',').map(Number);
  if (python === undefined || numbers === undefined) {
    throw usageError(
      'recipe-invalid',
      `${file} holds no recipe: it was not merged by autombw or auto-MBW-rt.`,
    );
  }
  const listOrder = order === 'legacy' ? 'legacy' : 'recipe';
  return fromText(
    {
      modelA: python.modelA,
      modelB: python.modelB,
      ...(python.modelO === undefined ? {} : { modelO: python.modelO }),
      positionIdFix: python.position_id_fix ?? '',
      outputMode: python.output_mode ?? '',
      weights: weightsFromList(numbers, listOrder),
      order: listOrder,
    },
    origin,
  );
}

function fromOwn({ models, output, ...recipe }: MergeRecipe, origin: string): FoundWeights {
  const roles = Object.entries(models);
  return {
    ...recipe,
    name: output,
    origin,
    models: Object.fromEntries(roles.map(([role, model]) => [role, model.file])),
    sha256: Object.fromEntries(
      roles.flatMap(([role, { sha256 }]) => (sha256 === null ? [] : [[role, sha256] as const])),
    ),
  };
}

function fromText({ weights, modelA, modelB, modelO, positionIdFix }: Recipe, origin: string): FoundWeights {
  return {
    weights,
    origin,
    models: { a: modelA, b: modelB },
    sha256: {},
    ...(modelO === undefined || modelO === '' ? {} : { name: modelO }),
    ...(/fix/i.test(positionIdFix) ? { positionIds: 'fix' as const } : {}),
  };
}

async function fromRun(run: string, iteration: number | undefined): Promise<FoundWeights> {
  const journal = findJournal(run, '.');
  const { records } = await readJournal(journal);
  const { finished, open } = trialsOf(records);
  const [first] = records;
  const plan = first?.kind === 'plan' ? first.plan : undefined;
  const { modelA: a, modelB: b } = plan?.server ?? {};
  const about = {
    models: { ...(a && { a: a.file }), ...(b && { b: b.file }) },
    sha256: {},
    ...(plan === undefined ? {} : { name: plan.config.output }),
  };
  if (iteration !== undefined) {
    const trial = [...finished, ...open].find(({ id }) => id === iteration);
    if (trial === undefined) {
      throw usageError(
        'iteration-unknown',
        `The run ${journal} has no iteration ${iteration}; it has ${finished.length + open.length}.`,
      );
    }
    return { ...about, weights: trial.weights, origin: `iteration ${iteration} of ${journal}` };
  }
  // At its end a run writes down what its optimizer recommends, which need not be the luckiest score.
  const recipe = first?.kind === 'plan' ? await recommended(journal, first.recipe) : undefined;
  if (recipe !== undefined)
    return { ...about, weights: recipe.weights, origin: `the recipe of the run ${journal}` };
  const scored = finished.filter((trial) => trial.state === 'scored').toSorted((x, y) => y.score - x.score);
  const [best] = scored;
  if (best === undefined) {
    throw usageError(
      'iteration-unknown',
      `No iteration of the run ${journal} was scored; choose one with --iteration.`,
    );
  }
  return {
    ...about,
    weights: best.weights,
    origin: `iteration ${best.id} of ${journal}, the best with score ${scoreText(best.score)}`,
  };
}

async function recommended(journal: string, recipe: string): Promise<Recipe | undefined> {
  try {
    return parseRecipe(await readFile(path.join(filesOf(journal).folder, recipe), 'utf8'));
  } catch (error) {
    // The recipe may have been moved to the merged model.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
