/** What a checkpoint with baked LoRAs says about itself, beside what the model said. No dates: the same bake has the same bytes. */
import { z } from 'zod';
import type { Architecture } from '../architectures/architecture.ts';
import { architectureRow } from '../architectures/registry.ts';
import { blockNameSchema } from '../architectures/schema.ts';
import { parseJson } from '../shared/parse-json.ts';
import type { LoraWeights } from './lora/block-weights.ts';
import { IMPLEMENTATION, type SourceModel } from './metadata.ts';
import { PLAIN_TYPES, type PlainType } from './plan.ts';

export const BAKE_KEY = 'autombw_bake';
const BAKE_VERSION = 1;

/** All that is needed to write the same bytes again, given the same files. */
export interface BakeRecipe {
  readonly version: typeof BAKE_VERSION;
  readonly model: SourceModel;
  /** In the order given. */
  readonly loras: readonly BakedLora[];
  readonly dtype: PlainType;
}

interface BakedLora extends SourceModel {
  readonly strength: number;
  /** By block, BASE for the text encoder; a block without one has 0. `null` = 1 everywhere. */
  readonly weights: LoraWeights | null;
}

const source = z.object({ file: z.string(), sha256: z.string().nullable() });
const bakeSchema = z.object({
  version: z.literal(BAKE_VERSION),
  model: source,
  loras: z.array(
    source.extend({
      strength: z.number(),
      weights: z.record(z.literal('BASE').or(blockNameSchema), z.number()).nullable(),
    }),
  ),
  dtype: z.enum(PLAIN_TYPES),
});

/** Hashes and images of the model without the LoRAs. */
const STALE = /^sshs_|^modelspec\.(hash_sha256|thumbnail|date)$/;

export function makeBakeRecipe(parts: Omit<BakeRecipe, 'version'>): BakeRecipe {
  return { version: BAKE_VERSION, ...parts };
}

/** @param name of the new model; @param ofModel metadata of the model, which is kept but for what is no longer true */
export function bakeMetadata(
  recipe: BakeRecipe,
  name: string,
  architecture: Architecture,
  ofModel: ReadonlyMap<string, string>,
): Record<string, string> {
  const { modelSpec } = architectureRow(architecture);
  const kept = [...ofModel].filter(([key]) => !STALE.test(key));
  return {
    format: 'pt',
    'modelspec.sai_model_spec': '1.0.0',
    ...(modelSpec !== undefined && {
      'modelspec.architecture': modelSpec,
      'modelspec.implementation': IMPLEMENTATION,
    }),
    ...Object.fromEntries(kept),
    [BAKE_KEY]: JSON.stringify(recipe),
    'modelspec.title': name,
    'modelspec.description': 'LoRA baked in with autombw.',
    'modelspec.merged_from': [recipe.model, ...recipe.loras].map(({ file }) => file).join(','),
  };
}

/** The recipe in a file's metadata; undefined where there is none that this version can read. */
export function readBakeRecipe(metadata: ReadonlyMap<string, string>): BakeRecipe | undefined {
  const parsed = bakeSchema.safeParse(parseJson(metadata.get(BAKE_KEY)));
  return parsed.success ? parsed.data : undefined;
}
