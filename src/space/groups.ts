/** Blocks that share one weight: named ones, or each few neighbours. */
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import type { Architecture, BlockName } from '../architectures/architecture.ts';
import {
  allBlocksOf,
  architectureRow,
  findBlock,
  neighboursOf,
  partBlocksOf,
  weighableBlocksOf,
} from '../architectures/registry.ts';
import { blocksInWords, isPattern } from '../architectures/block-patterns.ts';
import { fittingBlocks } from './rules.ts';

/**
 * `IN00,IN01,M00`, `IN04-IN08` or `single_blocks.*`, in any mixture. A range goes through the model as data does: in a UNet from IN00 to
 * IN11, M00, OUT00 to OUT11.
 * @throws usage error `group-invalid`
 */
export function parseGroup(text: string, architecture: Architecture): BlockName[] {
  const blocks = text.split(',').flatMap((part) => parsePart(part.trim(), text, architecture));
  const twice = blocks.find((block, index) => blocks.indexOf(block) !== index);
  if (twice !== undefined) {
    throw usageError('group-invalid', `--group ${text} lists ${twice} twice: remove one of them.`);
  }
  if (blocks.length < 2) {
    throw usageError('group-invalid', `--group ${text} must name at least two blocks that share a weight.`);
  }
  return blocks;
}

/**
 * Each `size` neighbours within the input side and within the output side; what is left over at the end of a side is a
 * smaller group. Blocks of no side stay alone: in a UNet M00, OUT and TIME_EMBED.
 */
export function neighbourGroups(
  size: number,
  free: readonly BlockName[],
  architecture: Architecture,
): BlockName[][] {
  return neighboursOf(architecture).flatMap((blocks) => {
    const groups = Array.from({ length: Math.ceil(blocks.length / size) }, (_, i) =>
      blocks.slice(i * size, (i + 1) * size).filter((name) => free.includes(name)),
    );
    return groups.filter(({ length }) => length > 1);
  });
}

function parsePart(part: string, text: string, architecture: Architecture): BlockName[] {
  const [first = '', last, ...rest] = part.split('-').map((name) => name.trim());
  if (isPattern(part)) return readPattern(part, text, architecture);
  if (last === undefined) return [readBlock(first, text, architecture)];
  const ends = [first, last].map((name) => readBlock(name, text, architecture));
  const layers = partBlocksOf(architecture).find(({ depth }) => depth.includes(ends[0] ?? ''));
  const through = layers?.depth ?? architectureRow(architecture).path;
  const [from = -1, to = -1] = ends.map((name) => through.indexOf(name));
  if (rest.length > 0 || from === -1 || to === -1 || from > to) {
    throw usageError(
      'group-invalid',
      `--group ${text}: "${part}" is not a range of blocks; it must go from a block to a later one of ${pathInWords(architecture)}.`,
    );
  }
  return through.slice(from, to + 1);
}

function readPattern(part: string, text: string, architecture: Architecture): BlockName[] {
  const blocks = fittingBlocks(part, architecture);
  if (blocks.length > 0) return blocks;
  throw usageError(
    'group-invalid',
    `--group ${text}: ${architecture} has no block matching ${part}; its blocks are ${blocksInWords(architecture)}.`,
  );
}

/** Where the blocks of a path are many, from which to which. */
function pathInWords(architecture: Architecture): string {
  const { layout, path, sides } = architectureRow(architecture);
  if (layout === undefined) return path.join(', ');
  return sides.map((side) => (side.length > 1 ? `${side[0]} to ${side.at(-1)}` : side.join())).join(', ');
}

function readBlock(name: string, text: string, architecture: Architecture): BlockName {
  const known = allBlocksOf(architecture);
  const found = findBlock(name, weighableBlocksOf(architecture));
  if (found !== undefined) return found;
  throw usageError(
    'group-invalid',
    `--group ${text}: there is no block "${name}" in ${architecture}.${didYouMean(name, known)}`,
  );
}
