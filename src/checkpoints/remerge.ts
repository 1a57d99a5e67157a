/** A merge with other weights, made from the last one by rewriting only the blocks that changed: tensor offsets never move. */
import fs from 'node:fs';
import path from 'node:path';
import { allBlocksOf, partBlockOf } from '../architectures/registry.ts';
import type { BlockName } from '../space/blocks.ts';
import { adjustmentOf } from './adjust.ts';
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
import { valuesOfBlock } from './methods/given-parameters.ts';
import { mergeMethod } from './methods/registry.ts';

export interface Remerge extends MergeResult {
  readonly changed: readonly BlockName[];
}

/**
 * Turns an earlier output into that of other weights and gives it the new name; byte for byte what a whole merge would write.
 * The earlier file is gone afterwards, also after a failure: no reader ever sees a mixture, and no name ever gets new content.
 * Merge with an `alignment` of some KiB when it is to be changed later: longer numbers need room in the header.
 * @param previous must not be open in a server (on Windows it cannot be renamed then)
 * @returns undefined where that is not possible, and nothing was touched: another header length, other settings or models, a method that
 * looks at all tensors together
 * @throws as `mergeCheckpoints`; run error `output-lost`
 */
export async function remergeBlocks(
  previous: string,
  settings: MergeSettings,
  watch: MergeWatch = {},
): Promise<Remerge | undefined> {
  const prepared = prepareMerge(settings);
  const changed = changedTensors(previous, prepared);
  if (changed === undefined) return undefined;
  const inputs = Object.values(prepared.files).map((file) => file.path);
  checkOutput({ path: settings.output, inputs, force: false, bytes: 0 });
  const output = reopenOutput(previous, settings.output);
  try {
    const { recipe, numbers } = await fill(output, prepared, watch, ({ name }) => changed.has(name));
    output.commit({ sync: settings.sync ?? true });
    const blocks = [...new Set(changed.values())];
    return { ...prepared, recipe, numbers, leftovers: [], changed: blocks };
  } finally {
    output.discard();
  }
}

/** @returns tensors to be written again, and the block of each */
function changedTensors(previous: string, prepared: PreparedMerge): Map<string, BlockName> | undefined {
  if (!fs.existsSync(previous)) return undefined;
  const { dataStart, bytes, metadata } = openCheckpoint(previous);
  const before = readMergeRecipe(metadata);
  const { recipe, plan } = prepared;
  if (mergeMethod(recipe.method).overall !== undefined) return undefined;
  const isSameLayout = bytes === prepared.bytes && dataStart === prepared.bytes - plan.dataBytes;
  if (before === undefined || !isSameLayout || constantsOf(before) !== constantsOf(recipe)) return undefined;
  const changed = new Map<string, BlockName>();
  for (const { name, block } of plan.tensors) {
    // A text encoder may have had a weight that it has no more, or another one layer by layer.
    const last = isNetwork(block, plan) ? block : partBlockOf(name, plan.architecture, before.weights);
    const owner = block ?? last;
    if (owner === undefined) continue;
    const isToldElse = toldOf(before, last) !== toldOf(recipe, block);
    if (isToldElse || adjustOf(before, name) !== adjustOf(recipe, name)) changed.set(name, owner);
  }
  return changed;
}

function isNetwork(block: BlockName | undefined, { architecture }: PreparedMerge['plan']): boolean {
  return block !== undefined && allBlocksOf(architecture).includes(block);
}

/** All that the method is told of a block, to compare; undefined where it is not merged. */
function toldOf({ weights, parameters = {} }: MergeRecipe, block: BlockName | undefined): string | undefined {
  const weight = block === undefined ? undefined : weights[block];
  if (block === undefined || weight === undefined) return undefined;
  return JSON.stringify(valuesOfBlock(parameters, block, weight));
}

/** How a tensor is adjusted, to compare; undefined where it is not. */
function adjustOf({ adjust = {}, architecture }: MergeRecipe, tensor: string): string | undefined {
  return JSON.stringify(adjustmentOf(tensor, adjust, architecture));
}

/** What must be the same for the untouched blocks to be right. Sources are told apart by name: whoever calls this knows them. */
function constantsOf({ method, dtype, positionIds, pruneEma, models }: MergeRecipe): string {
  const names = Object.entries(models).map(([role, { file }]) => [role, path.basename(file)]);
  return JSON.stringify([method, dtype, positionIds, pruneEma, names]);
}
