/** A merge with other weights, made from the last one by rewriting only the blocks that changed: tensor offsets never move. */
import fs from 'node:fs';
import path from 'node:path';
import type { BlockName } from '../space/blocks.ts';
import {
  fill,
  prepareMerge,
  type MergeResult,
  type MergeSettings,
  type MergeWatch,
  type PreparedMerge,
} from './merge.ts';
import { readMergeRecipe, type MergeRecipe } from './metadata.ts';
import { checkOutput, reopenOutput } from './output-file.ts';
import { openCheckpoint } from './checkpoint-file.ts';

export interface Remerge extends MergeResult {
  readonly changed: readonly BlockName[];
}

/**
 * Turns an earlier output into that of other weights and gives it the new name; byte for byte what a whole merge would write.
 * The earlier file is gone afterwards, also after a failure: no reader ever sees a mixture, and no name ever gets new content.
 * Merge with an `alignment` of some KiB when it is to be changed later: longer numbers need room in the header.
 * @param previous must not be open in a server (on Windows it cannot be renamed then)
 * @returns undefined where that is not possible, and nothing was touched: another header length, other settings or models
 * @throws as `mergeCheckpoints`; run error `output-lost`
 */
export async function remergeBlocks(
  previous: string,
  settings: MergeSettings,
  watch: MergeWatch = {},
): Promise<Remerge | undefined> {
  const prepared = prepareMerge(settings);
  const changed = changedBlocks(previous, prepared);
  if (changed === undefined) return undefined;
  const inputs = Object.values(prepared.files).map((file) => file.path);
  checkOutput({ path: settings.output, inputs, force: false, bytes: 0 });
  const output = reopenOutput(previous, settings.output);
  try {
    const isChanged = new Set<BlockName | undefined>(changed);
    const { recipe, numbers } = await fill(
      output,
      prepared,
      watch,
      ({ block }) => block !== undefined && isChanged.has(block),
    );
    output.commit({ sync: settings.sync ?? true });
    return { ...prepared, recipe, numbers, leftovers: [], changed };
  } finally {
    output.discard();
  }
}

function changedBlocks(previous: string, prepared: PreparedMerge): BlockName[] | undefined {
  if (!fs.existsSync(previous)) return undefined;
  const { dataStart, bytes, metadata } = openCheckpoint(previous);
  const before = readMergeRecipe(metadata);
  const { recipe, plan } = prepared;
  const isSameLayout = bytes === prepared.bytes && dataStart === prepared.bytes - plan.dataBytes;
  if (before === undefined || !isSameLayout || constantsOf(before) !== constantsOf(recipe)) return undefined;
  const names = new Set(plan.tensors.flatMap(({ block }) => (block === undefined ? [] : [block])));
  return [...names].filter((name) => before.weights[name] !== recipe.weights[name]);
}

/** What must be the same for the untouched blocks to be right. Sources are told apart by name: whoever calls this knows them. */
function constantsOf({ method, dtype, positionIds, pruneEma, models }: MergeRecipe): string {
  const names = Object.entries(models).map(([role, { file }]) => [role, path.basename(file)]);
  return JSON.stringify([method, dtype, positionIds, pruneEma, names]);
}
