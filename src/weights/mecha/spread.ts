/** What a node of an sd-mecha recipe says of each block. */
import type { BlockName } from '../../architectures/architecture.ts';
import { BadLine } from '../../formats/mecha/instructions.ts';

/** Of blocks that are not `at` anything, `rest` is said. Undefined = nothing: such tensors are not in the result. */
export interface Spread<T> {
  /** sd-mecha's name of the keys that it is about (`sd1-ldm`, `sdxl-supermerger_blocks`); undefined fits any. */
  readonly layout: string | undefined;
  readonly rest: T | undefined;
  readonly at: ReadonlyMap<BlockName, T | undefined>;
}

export function everywhere<T>(rest: T, layout?: string): Spread<T> {
  return { layout, rest, at: new Map() };
}

export function saidOf<T>({ at, rest }: Spread<T>, block: BlockName): T | undefined {
  return at.has(block) ? at.get(block) : rest;
}

/** @throws BadLine where the two are about different keys */
export function combine<A, B, C>(
  one: Spread<A>,
  other: Spread<B>,
  both: (a: A | undefined, b: B | undefined) => C | undefined,
): Spread<C> {
  if (one.layout !== undefined && other.layout !== undefined && one.layout !== other.layout) {
    throw new BadLine(
      `It combines ${one.layout} and ${other.layout}, which have different keys; unify them with sd_mecha.convert`,
    );
  }
  const blocks = new Set([...one.at.keys(), ...other.at.keys()]);
  return {
    layout: one.layout ?? other.layout,
    rest: both(one.rest, other.rest),
    at: new Map([...blocks].map((block) => [block, both(saidOf(one, block), saidOf(other, block))])),
  };
}
