/** How many numbers each block of a checkpoint holds, by its header. */
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { architectureRow, partBlockOf } from '../architectures/registry.ts';
import { openCheckpoint } from './checkpoint-file.ts';
import { understand } from './companions/model-file.ts';

/**
 * @param blocks those that have a weight: a layer of a text encoder is counted by itself where it is one of them
 * @returns undefined where its numbers are codes, of which the header does not tell how many there are
 * @throws usage errors of `openCheckpoint`
 */
export function blockParameters(
  path: string,
  architecture: Architecture,
  blocks: readonly BlockName[],
): Readonly<Record<BlockName, number>> | undefined {
  const understood = understand(openCheckpoint(path));
  if (understood.kind === 'foreign') return undefined;
  const row = architectureRow(architecture);
  const weights: BlockWeights = Object.fromEntries(blocks.map((block) => [block, 1]));
  const counts: Record<BlockName, number> = {};
  for (const { name, count } of understood.file.tensors) {
    const block = row.blockOf(name) ?? partBlockOf(name, architecture, weights);
    if (block !== undefined) counts[block] = (counts[block] ?? 0) + count;
  }
  return counts;
}
