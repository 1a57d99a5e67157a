/** What a line of an sd-mecha recipe makes. */
import { BadLine } from '../../formats/mecha/instructions.ts';
import { shown } from '../../formats/mecha/tokens.ts';
import type { Spread } from './spread.ts';

/** Models are called by their paths. With `c`, the block is a + weight (b − c). */
export interface Merged {
  readonly a: string;
  readonly b: string;
  readonly c?: string;
  readonly weight: number;
}

export type Mix = { readonly model: string } | Merged;

export interface Difference {
  readonly of: string;
  readonly from: string;
}

export type Value =
  | { readonly kind: 'tensors'; readonly spread: Spread<Mix> }
  | { readonly kind: 'difference'; readonly spread: Spread<Difference> }
  | { readonly kind: 'weights'; readonly spread: Spread<number> }
  /** A `dict` that does not say what its names are. */
  | { readonly kind: 'table'; readonly entries: ReadonlyMap<string, number | string> }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'nothing' };

export const NOTHING: Value = { kind: 'nothing' };

/** @throws BadLine for an entry that is a text */
export function weightsIn(entries: ReadonlyMap<string, number | string>): Map<string, number> {
  return new Map(
    [...entries].map(([name, value]) => {
      if (typeof value === 'number') return [name, value];
      throw new BadLine(`The weight of ${shown(name)} is "${shown(value)}", not a number`);
    }),
  );
}
