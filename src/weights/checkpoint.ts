/** Weights from the metadata of a merged checkpoint: our recipe, or that of the Python extension or of sd-mecha. */
import { BAKE_KEY } from '../checkpoints/bake-metadata.ts';
import {
  readMergeRecipe,
  readPythonRecipe,
  type MergeRecipe,
  type PythonRecipe,
} from '../checkpoints/metadata.ts';
import { openCheckpoint } from '../checkpoints/checkpoint-file.ts';
import { usageError } from '../shared/errors.ts';
import { readMechaText } from './mecha/read.ts';
import type { RecipeOrder } from '../formats/recipe.ts';
import { weightsFromList } from '../architectures/sd-lists.ts';
import type { FoundWeights } from './weights-source.ts';
import { parseNumbers } from './list.ts';
import { fromRecipe } from './recipe-file.ts';

/** Where sd-mecha keeps the recipe of what it merged. */
const MECHA_KEY = 'mecha_recipe';

/** @throws usage errors `recipe-invalid`, `weights-length`, `weights-not-finite`, and those of checkpoints */
export function readCheckpointWeights(file: string, order?: RecipeOrder): FoundWeights {
  const { metadata } = openCheckpoint(file);
  const baked = metadata.has(BAKE_KEY) ? ', without the LoRAs that were baked in afterwards' : '';
  return readMetadata(metadata, file, `the recipe inside ${file}${baked}`, order);
}

/** @param metadata of a checkpoint; @param file for messages; @param origin in words */
export function readMetadata(
  metadata: ReadonlyMap<string, string>,
  file: string,
  origin: string,
  order: RecipeOrder = 'recipe',
): FoundWeights {
  const own = readMergeRecipe(metadata);
  if (own !== undefined) return fromOwn(own, origin);
  const mecha = metadata.get(MECHA_KEY);
  if (mecha !== undefined) return { ...readMechaText(mecha, `The ${MECHA_KEY} in ${file}`), origin };
  const python = readPythonRecipe(metadata);
  if (python === undefined) {
    throw usageError(
      'recipe-invalid',
      `${file} does not contain a recipe: it was not merged by autombw, auto-MBW-rt or sd-mecha.`,
    );
  }
  return fromPython(python, origin, order);
}

/** @throws usage errors `weights-length`, `weights-not-finite` */
function fromPython(python: PythonRecipe, origin: string, order: RecipeOrder): FoundWeights {
  const recipe = {
    modelA: python.modelA,
    modelB: python.modelB,
    ...(python.modelO === undefined ? {} : { modelO: python.modelO }),
    positionIdFix: python.position_id_fix ?? '',
    outputMode: python.output_mode ?? '',
    weights: weightsFromList(parseNumbers(python.mbwrt_weights), order),
    order,
  };
  return fromRecipe(recipe, origin);
}

function fromOwn({ models, output, ...recipe }: MergeRecipe, origin: string): FoundWeights {
  const roles = Object.entries(models);
  const { method, parameters, adjust, dtype, positionIds, pruneEma, weights } = recipe;
  return {
    weights,
    method,
    ...(parameters !== undefined && { parameters }),
    ...(adjust !== undefined && { adjust }),
    dtype,
    positionIds,
    pruneEma,
    name: output,
    origin,
    models: Object.fromEntries(roles.map(([role, model]) => [role, model.file])),
    sha256: Object.fromEntries(
      roles.flatMap(([role, { sha256 }]) => (sha256 === null ? [] : [[role, sha256] as const])),
    ),
  };
}
