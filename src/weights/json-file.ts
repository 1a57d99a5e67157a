/** Weights from JSON: what `convert --to json` and `--to metadata` write, or a recipe of a checkpoint's metadata on its own. */
import { z } from 'zod';
import { MODEL_ROLES, parametersSchema } from '../checkpoints/metadata.ts';
import { OUTPUT_TYPES, POSITION_IDS } from '../checkpoints/plan.ts';
import { afterColon } from '../shared/after-colon.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import type { BlockName } from '../architectures/architecture.ts';
import { isBlockName } from '../architectures/registry.ts';
import { isParameterName } from '../space/parameters.ts';
import { architectureSchema } from '../architectures/schema.ts';
import { readMetadata } from './checkpoint.ts';
import { parseBlockJson } from '../formats/block-json.ts';
import type { FoundWeights } from './weights-source.ts';
import { readGivenText } from '../shared/files/given-text.ts';

const role = z.enum(MODEL_ROLES);

/** What `convert --to json` writes: all that is known, blocks by name. */
const weightsJsonSchema = z.object({
  name: z.string().optional(),
  models: z.partialRecord(role, z.string()).default({}),
  sha256: z.partialRecord(role, z.string()).default({}),
  method: z.string().optional(),
  parameters: parametersSchema.optional(),
  dtype: z.enum(OUTPUT_TYPES).optional(),
  positionIds: z.enum(POSITION_IDS).optional(),
  pruneEma: z.boolean().optional(),
  outputMode: z.string().optional(),
  score: z.number().optional(),
  baseAlpha: z.number().optional(),
  vaeWeight: z.number().optional(),
  isBaseForAllElse: z.literal(true).optional(),
  architectures: z.array(architectureSchema).optional(),
  follows: z.literal(true).optional(),
  isLora: z.literal(true).optional(),
  weights: z.record(z.string(), z.number()),
});

/**
 * Weights for models that are at hand: also nothing but `{"double_blocks.0": 0.3, "double_blocks.*": 0.5}`, names and patterns.
 * @throws as {@link readJsonWeights}
 */
export async function readBlockJson(file: string): Promise<FoundWeights> {
  const blocks = parseBlockJson(await readGivenText(file, 'The file', 'recipe-unreadable'));
  if (blocks === undefined) return readJsonWeights(file);
  return { ...fromBlocks(file), patterns: Object.entries(blocks) };
}

function fromBlocks(file: string): FoundWeights {
  return { weights: {}, origin: `the weights of ${file}`, models: {}, sha256: {} };
}

/** @throws usage errors `recipe-unreadable`, `recipe-invalid`, and those of lists, the file's name in front */
export async function readJsonWeights(file: string): Promise<FoundWeights> {
  const text = await readGivenText(file, 'The file', 'recipe-unreadable');
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw usageError(
      'recipe-invalid',
      `${file} is not valid JSON; recreate it with: autombw convert --to json.`,
      {
        cause,
      },
    );
  }
  const own = weightsJsonSchema.safeParse(raw);
  if (own.success) return fromOwn(own.data, file);
  const blocks = parseBlockJson(text);
  if (blocks !== undefined) return { ...fromBlocks(file), ...namesAndPatterns(blocks) };
  return fromMetadata(raw, text, file);
}

function fromOwn({ weights: raw, ...rest }: z.output<typeof weightsJsonSchema>, file: string): FoundWeights {
  const weights: Record<BlockName, number> = {};
  for (const [block, weight] of Object.entries(raw)) {
    if (!isBlockName(block) && !isParameterName(block)) {
      throw usageError(
        'recipe-invalid',
        `${file} has a weight of "${block.slice(0, 40)}", which is not a block: use IN00 to IN11, M00, OUT00 to OUT11, OUT or TIME_EMBED, for SDXL also LABEL_EMB, for text encoders and VAE TE, CLIP_L, CLIP_G or VAE.`,
      );
    }
    weights[block] = weight;
  }
  const { models, sha256, name, method, dtype, positionIds, pruneEma, outputMode, score, baseAlpha } = rest;
  const { parameters, vaeWeight, isBaseForAllElse, architectures, follows, isLora } = rest;
  return {
    weights,
    origin: `the weights of ${file}`,
    models,
    sha256,
    ...(name !== undefined && { name }),
    ...(method !== undefined && { method }),
    ...(parameters !== undefined && { parameters }),
    ...(dtype !== undefined && { dtype }),
    ...(positionIds !== undefined && { positionIds }),
    ...(pruneEma !== undefined && { pruneEma }),
    ...(outputMode !== undefined && { outputMode }),
    ...(score !== undefined && { score }),
    ...(baseAlpha !== undefined && { baseAlpha }),
    ...(vaeWeight !== undefined && { vaeWeight }),
    ...(isBaseForAllElse !== undefined && { isBaseForAllElse }),
    ...(architectures !== undefined && { architectures }),
    ...(follows !== undefined && { follows }),
    ...(isLora !== undefined && { isLora }),
  };
}

/** Names of blocks stand for themselves, whatever the models; what else there is, only the models can tell. */
function namesAndPatterns(
  blocks: Readonly<Record<string, number>>,
): Pick<FoundWeights, 'weights' | 'named' | 'patterns'> {
  const entries = Object.entries(blocks);
  const weights = Object.fromEntries(entries.filter(([name]) => isBlockName(name)));
  const patterns = entries.filter(([name]) => !isBlockName(name));
  return { weights, named: Object.keys(weights), ...(patterns.length > 0 && { patterns }) };
}

/** The metadata of a checkpoint, whose values are texts, or the Python extension's recipe out of it. */
function fromMetadata(raw: unknown, text: string, file: string): FoundWeights {
  const texts = z.record(z.string(), z.string()).safeParse(raw);
  const isWhole = texts.success && ('sd_mbwrt_recipe' in texts.data || 'autombw_recipe' in texts.data);
  const metadata = new Map(isWhole ? Object.entries(texts.data) : [['sd_mbwrt_recipe', text]]);
  try {
    return readMetadata(metadata, file, `the recipe in ${file}`);
  } catch (cause) {
    if (!isExpected(cause) || cause.code === 'recipe-invalid') throw cause;
    throw usageError(cause.code, `${file}: ${afterColon(cause.message)}`, { cause });
  }
}
