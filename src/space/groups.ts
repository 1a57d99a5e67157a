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

/**
 * `IN00,IN01,M00` or `IN04-IN08`, in any mixture. A range goes through the model as data does: in a UNet from IN00 to
 * IN11, M00, OUT00 to OUT11.
 * @throws usage error `group-invalid`
 */
export function parseGroup(text: string, architecture: Architecture): BlockName[] {
  const blocks = text.split(',').flatMap((part) => parsePart(part.trim(), text, architecture));
  const twice = blocks.find((block, index) => blocks.indexOf(block) !== index);
  if (twice !== undefined) {
    throw usageError('group-invalid', `--group ${text} names ${twice} twice: leave one of them out.`);
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
  if (last === undefined) return [readBlock(first, text, architecture)];
  const ends = [first, last].map((name) => readBlock(name, text, architecture));
  const layers = partBlocksOf(architecture).find(({ depth }) => depth.includes(ends[0] ?? ''));
  const through = layers?.depth ?? architectureRow(architecture).path;
  const [from = -1, to = -1] = ends.map((name) => through.indexOf(name));
  if (rest.length > 0 || from === -1 || to === -1 || from > to) {
    throw usageError(
      'group-invalid',
      `--group ${text}: "${part}" is no range of blocks; it must go from a block to a later one of ${through.join(', ')}.`,
    );
  }
  return through.slice(from, to + 1);
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
