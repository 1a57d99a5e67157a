/** Weights that somebody changes on the page, before they are sent. Pure. */
import type { PageBlockFacts } from '../../blocks/state.ts';

/** By block: those that differ from the best. A block that shares its weight brings its others with it. */
export type Draft = Readonly<Record<string, number>>;
export type Weights = Readonly<Record<string, number>>;
export type Facts = ReadonlyMap<string, PageBlockFacts>;

/** Of a weight without steps. */
const FINE = 0.01;
/** Pixels over which a drag goes from one bound to the other. */
export const DRAG = 140;
/** How many times PageUp and PageDown go through the range. */
const PAGES = 5;
const SAME = 1e-9;

/** What a block has that is not in the draft: as in the best, or the middle while there is none. */
export function weightBefore({ block, low, high }: PageBlockFacts, best: Weights | null): number {
  return best?.[block] ?? (best === null ? (low + high) / 2 : 0);
}

export function weightIn(facts: PageBlockFacts, draft: Draft, best: Weights | null): number {
  return draft[facts.block] ?? weightBefore(facts, best);
}

/** The nearest weight that the search can have. */
export function snapped({ low, high, step }: PageBlockFacts, weight: number): number {
  const size = step === 0 ? FINE : step;
  const nearest = low + Math.round((weight - low) / size) * size;
  return Math.round(Math.min(high, Math.max(low, nearest)) * 1e8) / 1e8;
}

/** With another weight of a block; it leaves the draft where that is the best's. */
export function withWeight(draft: Draft, facts: PageBlockFacts, weight: number, best: Weights | null): Draft {
  const blocks = [facts.block, ...facts.others];
  const rest = Object.entries(draft).filter(([block]) => !blocks.includes(block));
  const isAsBefore = blocks.every(
    (block) => Math.abs(weight - weightBefore({ ...facts, block }, best)) < SAME,
  );
  return Object.fromEntries([...rest, ...(isAsBefore ? [] : blocks.map((block) => [block, weight]))]);
}

export function withoutBlock(draft: Draft, { block, others }: PageBlockFacts): Draft {
  return Object.fromEntries(
    Object.entries(draft).filter(([name]) => name !== block && !others.includes(name)),
  );
}

/** @returns what a key makes of a weight; undefined for a key that is none of a slider's */
export function afterKey(facts: PageBlockFacts, weight: number, key: string): number | undefined {
  const { low, high, step } = facts;
  const one = step === 0 ? FINE : step;
  const page = Math.max(one, (high - low) / PAGES);
  switch (key) {
    case 'ArrowUp':
    case 'ArrowRight':
      return snapped(facts, weight + one);
    case 'ArrowDown':
    case 'ArrowLeft':
      return snapped(facts, weight - one);
    case 'PageUp':
      return snapped(facts, weight + page);
    case 'PageDown':
      return snapped(facts, weight - page);
    case 'Home':
      return low;
    case 'End':
      return high;
    default:
      return undefined;
  }
}

/** @param right, down pixels from where the drag began: the longer way counts */
export function afterDrag(facts: PageBlockFacts, weight: number, right: number, down: number): number {
  const way = Math.abs(right) >= Math.abs(down) ? right : -down;
  return snapped(facts, weight + (way / DRAG) * (facts.high - facts.low));
}

export interface Change {
  /** Of the block, or of those that share the weight: `IN01, IN02`. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** One for each weight that differs, in the order of the blocks. */
export function changesOf(draft: Draft, facts: Facts, best: Weights | null): readonly Change[] {
  const told = new Set<string>();
  const changes: Change[] = [];
  for (const one of facts.values()) {
    const to = draft[one.block];
    if (to === undefined || told.has(one.block)) continue;
    for (const block of [one.block, ...one.others]) told.add(block);
    changes.push({
      name: [one.block, ...one.others].join(', '),
      from: weightBefore(one, best),
      to,
    });
  }
  return changes;
}

/** What is sent: one block of those that share a weight, which brings the others. */
export function asked(draft: Draft, facts: Facts): Weights {
  const told = new Set<string>();
  const weights: Record<string, number> = {};
  for (const { block, others } of facts.values()) {
    const weight = draft[block];
    if (weight === undefined || told.has(block)) continue;
    weights[block] = weight;
    for (const other of others) told.add(other);
  }
  return weights;
}
