/**
 * The nodes that merge a transformer, chosen by what their inputs are called: the one that is for most of the model's blocks, and further ones
 * behind it for what that one leaves over. Pure.
 */
import type { BlockName, BlockWeights } from '../../../architectures/architecture.ts';
import { numberedBlocks, type BlockLayout } from '../../../architectures/transformers/layout.ts';
import type { MergeInput, MergeStep, MergeSteps } from '../graph/merge.ts';
import type { MergeClass } from './classes.ts';
import { blocksByInput, coverageOf, UNMOVED, type Coverage } from './coverage.ts';

export interface MergeChoice {
  readonly steps: MergeSteps;
  /** Blocks that follow another one, because one number is for both. */
  readonly tied: Readonly<Record<BlockName, BlockName>>;
  /** Blocks that no number moves. */
  readonly fixed: BlockWeights;
  /** Blocks that no input is for. */
  readonly uncovered: readonly BlockName[];
  /** Weights outside 0..1 come out right as well. */
  readonly isWide: boolean;
}

interface Candidate {
  readonly merge: MergeClass;
  readonly coverage: Coverage;
  readonly groups: ReadonlyMap<string, readonly BlockName[]>;
}

/** One behind the other. More would be a puzzle of extensions that nobody has. */
const MOST_NODES = 4;

/**
 * @param optional blocks that stay model A's unless somebody asks for them
 * @returns undefined where no class is for at least half of the numbered blocks
 */
export function chooseMerge(
  layout: BlockLayout,
  optional: readonly BlockName[],
  classes: readonly MergeClass[],
): MergeChoice | undefined {
  const numbered = new Set(numberedBlocks(layout).flat());
  const blocks = [...numbered, ...layout.parts.filter((part) => !UNMOVED.has(part))];
  const unmoved = layout.parts.filter((part) => UNMOVED.has(part));
  const candidates = classes.map((merge): Candidate => {
    const coverage = coverageOf(merge.inputs, blocks);
    return { merge, coverage, groups: blocksByInput(coverage) };
  });
  const first = bestOf(candidates, (candidate) => scoreOf(candidate, numbered));
  if (first === undefined) return undefined;
  const covered = new Set(first.coverage.inputOf.keys());
  const additions: Addition[] = [];
  while (additions.length < MOST_NODES - 1) {
    const left = new Set(blocks.filter((block) => !covered.has(block)));
    const next = bestOf(
      candidates.flatMap((candidate) => additionOf(candidate, left) ?? []),
      (addition) => scoreOfAddition(addition, numbered),
    );
    // For a part alone it is not worth what a second node costs the first: see `restOf`.
    if (next === undefined || !(next.adds.some((block) => numbered.has(block)) || hasSpare(first))) break;
    for (const block of next.adds) covered.add(block);
    additions.push(next);
  }
  if (2 * [...numbered].filter((block) => covered.has(block)).length < numbered.size) return undefined;
  const uncovered = blocks.filter((block) => !covered.has(block));
  const isAlone = additions.length === 0;
  const rest = restOf(first, uncovered, { optional, isAlone });
  return {
    steps: [stepOf(first, rest.input), ...additions.map(stepOfAddition)],
    tied: Object.assign(
      {},
      ties(first.groups.values()),
      ...additions.map(({ groups }) => ties(groups)),
      rest.tied,
    ),
    fixed: { ...rest.fixed, ...atModelA(unmoved) },
    uncovered,
    // Both stay at model 1, which is 2A - B then, where A is meant.
    isWide: isAlone && (first.merge.isCore || uncovered.length === 0),
  };
}

/** The first of those with the highest score, number by number. */
function bestOf<T>(all: readonly T[], score: (one: T) => readonly number[]): T | undefined {
  const scored = all.map((one) => ({ one, score: score(one) })).filter((entry) => (entry.score[0] ?? 0) > 0);
  return scored.toSorted((x, y) => compare(y.score, x.score))[0]?.one;
}

function compare(x: readonly number[], y: readonly number[]): number {
  for (const [i, value] of x.entries()) {
    const other = y[i] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
}

function scoreOf({ merge, coverage: { inputOf } }: Candidate, numbered: ReadonlySet<BlockName>): number[] {
  const found = [...inputOf].filter(([block]) => numbered.has(block));
  const inputs = new Set(found.map(([, input]) => input));
  return [found.length, inputs.size, inputOf.size - found.length, Number(merge.isCore), -merge.inputs.length];
}

/** What a node merges of that which others have left over. */
interface Addition {
  readonly candidate: Candidate;
  readonly adds: readonly BlockName[];
  readonly groups: readonly (readonly BlockName[])[];
  /** An input that it does not need: what stands first is for everything else, and leaves it alone. */
  readonly keeper: string;
}

/** Undefined where it has nothing to add, or no input to spare. */
function additionOf(candidate: Candidate, left: ReadonlySet<BlockName>): Addition | undefined {
  const { merge, coverage, groups } = candidate;
  // An input that is also for what has been merged already would move that too.
  const own = [...groups.values()].filter((group) => group.every((block) => left.has(block)));
  const adds = own.flat();
  const keeper = merge.inputs.find((input) => !adds.some((block) => isFor(input, block, coverage)));
  return adds.length === 0 || keeper === undefined ? undefined : { candidate, adds, groups: own, keeper };
}

function scoreOfAddition(
  { candidate: { merge }, adds }: Addition,
  numbered: ReadonlySet<BlockName>,
): number[] {
  const found = adds.filter((block) => numbered.has(block)).length;
  return [adds.length, found, Number(merge.isCore), -merge.inputs.length];
}

function isFor(input: string, block: BlockName, { inputOf, parts }: Coverage): boolean {
  return inputOf.get(block) === input || parts.get(input) === block;
}

/** Blocks of one input, or of what no input is for, follow the first of them. */
function ties(groups: Iterable<readonly BlockName[]>): Record<BlockName, BlockName> {
  return Object.fromEntries(
    [...groups].flatMap(([leader, ...others]) =>
      leader === undefined ? [] : others.map((block) => [block, leader] as const),
    ),
  );
}

function atModelA(blocks: readonly BlockName[]): BlockWeights {
  return Object.fromEntries(blocks.map((block) => [block, 0]));
}

function spareOf({ merge, coverage, groups }: Candidate): string | undefined {
  return merge.inputs.find((input) => !groups.has(input) && !coverage.parts.has(input));
}

function hasSpare(candidate: Candidate): boolean {
  return spareOf(candidate) !== undefined;
}

/** What the first node does with everything that it has no input for: that gets the number that is sent first. */
interface Rest {
  readonly input: MergeInput;
  readonly tied: Readonly<Record<BlockName, BlockName>>;
  readonly fixed: BlockWeights;
}

/**
 * An input for a block that the model lacks is sent first where there is one, and is then free for the rest; otherwise the block of the node's own
 * first input goes along. A node of an extension may leave the rest alone instead, so there it stays model A's whatever is sent. So it does
 * before a further node, which merges what is model A's by then.
 */
function restOf(
  first: Candidate,
  uncovered: readonly BlockName[],
  { optional, isAlone }: { readonly optional: readonly BlockName[]; readonly isAlone: boolean },
): Rest {
  const name = spareOf(first) ?? first.merge.inputs[0] ?? '';
  const own = first.groups.get(name) ?? [];
  const members = [...own, ...uncovered];
  const moves = isAlone && (first.merge.isCore || uncovered.length === 0);
  if (!moves) {
    return { input: { name }, tied: {}, fixed: atModelA(members) };
  }
  // Whoever does not ask for it must not get it moved by another block.
  const leader = members.find((block) => optional.includes(block)) ?? members[0];
  const followers = members.filter((block) => block !== leader);
  return {
    input: { name, block: leader },
    tied: leader === undefined ? {} : ties([[leader, ...followers]]),
    fixed: {},
  };
}

function stepOf({ merge, coverage, groups }: Candidate, rest: MergeInput): MergeStep {
  const others = merge.inputs
    .filter((name) => name !== rest.name)
    .map((name): MergeInput => ({ name, block: groups.get(name)?.[0] ?? coverage.parts.get(name) }));
  return { className: merge.name, slot: merge.slot, inputs: [rest, ...others] };
}

function stepOfAddition({ candidate: { merge, coverage }, adds, keeper }: Addition): MergeStep {
  const inputOf = (name: string): MergeInput => {
    const block = adds.find((one) => isFor(name, one, coverage));
    return block === undefined ? { name, keeps: true } : { name, block };
  };
  const others = merge.inputs.filter((name) => name !== keeper).map(inputOf);
  return { className: merge.name, slot: merge.slot, inputs: [{ name: keeper, keeps: true }, ...others] };
}
