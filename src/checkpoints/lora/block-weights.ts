/** The lists of block weights that prompts for LoRAs use, told apart by their length. */
import { usageError } from '../../shared/errors.ts';
import type { Architecture, BlockName } from '../../architectures/architecture.ts';
import { architectureRow } from '../../architectures/registry.ts';
import { LORA_LISTS } from '../../architectures/sd-lists.ts';
import { titleOf } from '../architecture.ts';
import { counted } from '../../shared/counted.ts';

/** BASE is the text encoder, or both of SDXL. */
export type LoraBlock = BlockName;
export const BASE: LoraBlock = 'BASE';
export type LoraWeights = Readonly<Record<LoraBlock, number>>;

/** What lists of a family name. The list of 26 is the same for every family, as presets are: SDXL has no use for six of its numbers. */
function listsFor(architecture: Architecture): (readonly LoraBlock[])[] {
  const { lists } = architectureRow(architecture);
  if (lists === undefined) return [];
  const counts = new Set([lists.loraCounts.lora, lists.loraCounts.lycoris, 26 as const]);
  return [...counts].map((count) => [BASE, ...LORA_LISTS[count]]);
}

/**
 * Names a list of 12 or 20 (SDXL), 17 (SD1, SD2) or 26 numbers. A block without a name in the list has no weight: 0.
 * @throws usage error `lora-weights`
 */
export function nameLoraWeights(
  file: string,
  values: readonly number[],
  architecture: Architecture,
): LoraWeights {
  const lists = listsFor(architecture);
  const list = lists.find(({ length }) => length === values.length);
  if (list !== undefined) return Object.fromEntries(list.map((name, i) => [name, values[i] ?? 0]));
  if (lists.length === 0) {
    throw usageError(
      'lora-weights',
      `The LoRA ${file} was given ${counted(values.length, 'block weight')}, but there are no such lists for ${titleOf(architecture)}: leave them out.`,
    );
  }
  const counts = lists.map(({ length }) => length);
  throw usageError(
    'lora-weights',
    `The LoRA ${file} was given ${counted(values.length, 'block weight')}; for ${titleOf(architecture)} a list has ${counts.join(' or ')} numbers.`,
  );
}
