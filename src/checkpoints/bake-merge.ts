/** A merge with LoRAs baked into it: merged into a work file first, which goes again. */
import fs from 'node:fs';
import path from 'node:path';
import { bakeLoras, type BakeResult, type BakeSettings } from './bake.ts';
import { mergeCheckpoints, type MergeSettings, type MergeWatch } from './merge.ts';

export interface BakedMerge {
  /** Model A twice, or without model B, and nothing to adjust: nothing is merged. */
  readonly merge: MergeSettings;
  readonly loras: BakeSettings['loras'];
  /** Where the merge lies until the LoRAs are baked in, a path that is free; of the folder of the output. */
  readonly between: string;
}

/**
 * Writes `merge.output`. Merged numbers are rounded to the type of the file before the LoRAs are added, as in a server that adds LoRAs
 * to a merge.
 * @throws as `mergeCheckpoints` and `bakeLoras`
 */
export async function bakeMerge(
  { merge, loras, between }: BakedMerge,
  watch: MergeWatch = {},
): Promise<BakeResult> {
  const { output, allowNonFinite, force } = merge;
  const settings = { loras, output, allowNonFinite, force, hashes: merge.hashes !== false };
  const dtype = plainType(merge.dtype);
  if (isModelA(merge)) return bakeLoras({ ...settings, model: merge.modelA, dtype }, watch);
  const name = merge.name ?? path.basename(output, '.safetensors');
  try {
    await mergeCheckpoints({ ...merge, output: between, name, force: false, sync: false }, watch);
    return await bakeLoras({ ...settings, model: between, modelName: sourcesOf(merge) }, watch);
  } finally {
    fs.rmSync(between, { force: true });
  }
}

/** Is there nothing to be done to model A before the LoRAs? */
function isModelA({
  modelA,
  modelB = modelA,
  adjust = {},
  vae,
  pruneEma,
  positionIds,
}: MergeSettings): boolean {
  const isChanged = vae !== undefined || pruneEma === true || positionIds === 'fix';
  return modelA === modelB && !isChanged && Object.keys(adjust).length === 0;
}

/** As metadata name several models. */
function sourcesOf({ modelA, modelB, modelC, moreModels = [] }: MergeSettings): string {
  return [modelA, modelB, modelC, ...moreModels]
    .flatMap((file) => (file === undefined ? [] : [path.basename(file)]))
    .join(',');
}

/** A bake writes no scaled numbers: what is said of a merge holds for the merge. */
function plainType(dtype: MergeSettings['dtype']): BakeSettings['dtype'] {
  return dtype === 'fp8-scaled' ? undefined : dtype;
}
