/** Names of blocks of transformers, where no file is at hand that says how many there are. */
import type { BlockName } from '../architecture.ts';
import { TRANSFORMER_FAMILIES } from './families.ts';

/** A block that some family may have: one of its groups with any number, or one of its parts. */
export function isTransformerBlock(text: BlockName): boolean {
  return TRANSFORMER_FAMILIES.some(
    ({ groups, parts }) =>
      parts.includes(text) ||
      groups.some(({ start }) => text.startsWith(start) && /^\d{1,3}$/.test(text.slice(start.length))),
  );
}
