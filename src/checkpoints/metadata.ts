/**
 * What a merged checkpoint says about itself: `format`, the field's `sd_mbwrt_recipe`, our own recipe, and the `modelspec.*`
 * fields that model browsers show (Stability AI's Model Metadata Standard 1.0.0). No dates: the same merge has the same bytes.
 */
import { z } from 'zod';
import { parseJson } from '../shared/parse-json.ts';
import { recipeMetadata } from '../formats/recipe.ts';
import type { Architecture, BlockWeights } from '../architectures/architecture.ts';
import { architectureRow } from '../architectures/registry.ts';
import { architectureSchema, blockNameSchema, blockWeightsSchema } from '../architectures/schema.ts';
import { ADJUST_NAMES, type Adjust } from './adjust.ts';
import type { CompleteParameters } from './methods/given-parameters.ts';
import { OUTPUT_TYPES, POSITION_IDS, type OutputType, type PositionIds } from './plan.ts';

const RECIPE_KEY = 'autombw_recipe';
export const RECIPE_VERSION = 1;

/** Models that are merged, in the order of a method; then what else may be taken from a file. */
export const MODEL_LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
export const MODEL_ROLES = [...MODEL_LETTERS, 'vae'] as const;
export type ModelRole = (typeof MODEL_ROLES)[number];

/** A source: its file name without folders, and its content; `null` = not hashed. */
export interface SourceModel {
  readonly file: string;
  readonly sha256: string | null;
}

/** All that is needed to write the same bytes again, given the same models. */
export interface MergeRecipe {
  readonly version: typeof RECIPE_VERSION;
  /** Name of the merged model. */
  readonly output: string;
  readonly architecture: Architecture;
  readonly method: string;
  readonly dtype: OutputType;
  readonly positionIds: PositionIds;
  readonly pruneEma: boolean;
  readonly weights: BlockWeights;
  /** All that the method may be told beside the weights, seeds included; absent where it is nothing. */
  readonly parameters?: CompleteParameters | undefined;
  /** How the result was adjusted; absent where it was not. */
  readonly adjust?: Adjust | undefined;
  /** Without a B where nothing was merged, only adjusted. */
  readonly models: Readonly<Partial<Record<ModelRole, SourceModel>>>;
}

const source = z.object({ file: z.string(), sha256: z.string().nullable() });
const parameterValue = z.union([z.number(), z.string()]);
/** What a method was told beside the weights. */
export const parametersSchema = z.record(
  z.string(),
  z.object({
    value: parameterValue,
    blocks: z.record(blockNameSchema, parameterValue).optional(),
  }),
);

const recipeSchema = z.object({
  version: z.literal(RECIPE_VERSION),
  output: z.string(),
  architecture: architectureSchema,
  method: z.string(),
  dtype: z.enum(OUTPUT_TYPES),
  positionIds: z.enum(POSITION_IDS),
  pruneEma: z.boolean(),
  weights: blockWeightsSchema,
  parameters: parametersSchema.optional(),
  adjust: z.partialRecord(z.enum(ADJUST_NAMES), z.number()).optional(),
  models: z.partialRecord(z.enum(MODEL_ROLES), source),
});

const pythonRecipeSchema = z.object({
  modelA: z.string(),
  modelB: z.string(),
  modelO: z.string().optional(),
  position_id_fix: z.string().optional(),
  output_mode: z.string().optional(),
  mbwrt_weights: z.string(),
});
export type PythonRecipe = z.output<typeof pythonRecipeSchema>;

export const IMPLEMENTATION = 'https://github.com/Stability-AI/generative-models';
const TAKEN_FROM_A = ['architecture', 'resolution', 'prediction_type', 'encoder_layer'];

/** @param ofModelA metadata of model A, for what a merge does not change */
export function mergeMetadata(
  recipe: MergeRecipe,
  ofModelA: ReadonlyMap<string, string>,
): Record<string, string> {
  const { models, output, method } = recipe;
  const files = Object.values(models).map(({ file }) => file);
  const { modelSpec, lists } = architectureRow(recipe.architecture);
  const inherited = TAKEN_FROM_A.flatMap((field) => {
    const value = ofModelA.get(`modelspec.${field}`);
    return value === undefined ? [] : [[`modelspec.${field}`, value] as const];
  });
  return {
    format: 'pt',
    // The field's recipe is a list of numbers: of blocks with names alone, or of no merge, it could say nothing.
    ...(lists && models.b && { sd_mbwrt_recipe: fieldRecipe(recipe) }),
    [RECIPE_KEY]: JSON.stringify(recipe),
    'modelspec.sai_model_spec': '1.0.0',
    ...(modelSpec !== undefined && {
      'modelspec.architecture': modelSpec,
      'modelspec.implementation': IMPLEMENTATION,
    }),
    'modelspec.title': output,
    'modelspec.description': models.b
      ? `Merged by blocks with autombw (${method}).`
      : 'Adjusted with autombw.',
    'modelspec.merged_from': files.join(','),
    ...Object.fromEntries(inherited),
  };
}

function fieldRecipe({ models, output, positionIds, weights }: MergeRecipe): string {
  return JSON.stringify(
    recipeMetadata({
      modelA: models.a?.file ?? '',
      modelB: models.b?.file ?? '',
      modelO: output,
      positionIdFix: positionIds === 'fix' ? 'Fix' : 'Keep Original',
      outputMode: 'Max Precision',
      weights,
      order: 'recipe',
    }),
  );
}

/** Our recipe in a file's metadata; undefined where there is none that this version can read. */
export function readMergeRecipe(metadata: ReadonlyMap<string, string>): MergeRecipe | undefined {
  const parsed = recipeSchema.safeParse(parseJson(metadata.get(RECIPE_KEY)));
  return parsed.success ? parsed.data : undefined;
}

/** The recipe that the Python extension leaves in what it merges. */
export function readPythonRecipe(metadata: ReadonlyMap<string, string>): PythonRecipe | undefined {
  const parsed = pythonRecipeSchema.safeParse(parseJson(metadata.get('sd_mbwrt_recipe')));
  return parsed.success ? parsed.data : undefined;
}
