/**
 * Proof that the server merges. Every reply of a merge that failed inside looks like a success, so images of known
 * weights are compared: 0 must be plain model A, and 0, 1 and the weights between them must differ.
 */
import { runError, usageError } from '../shared/errors.ts';
import { architectureRow } from '../architectures/registry.ts';
import { numberedBlocks } from '../architectures/transformers/layout.ts';
import { blocksOf, uniformWeights } from '../space/blocks.ts';
import type { Architecture, BlockName, BlockWeights } from '../space/blocks.ts';
import type { SearchedPart } from '../space/searched-parts.ts';
import type { ImageRequest } from '../types.ts';
import { parametersAt } from '../space/parameters.ts';
import { effectiveWeights } from './effective-weights.ts';
import type { Proof } from './proof.ts';
import { doubtIn, LEFTOVER, otherFamilyIn, UNSTEADY } from './proof-doubts.ts';
import type { Capabilities, RenderJob, Renderer } from './renderer.ts';

export interface ProveOptions {
  readonly renderer: Renderer;
  /** A tiny one, of one image. */
  readonly request: ImageRequest;
  /** From the encoded file to a hash of its pixels: the files of equal images differ. */
  readonly hash: (bytes: Uint8Array) => Promise<string>;
  readonly architecture: Architecture;
  /** Text encoders and VAE that are searched. */
  readonly parts?: readonly SearchedPart[];
  /** Nobody has read the files: whether they have all of the blocks is seen by the last of each row. */
  readonly areFilesUnread?: boolean;
  /** Of earlier sessions of the same run, whose models and way of merging are these; none unless given. */
  readonly earlier?: readonly Proof[];
  readonly signal: AbortSignal;
}

/**
 * Where model A and a merge of unlike weights still give the pixels of an earlier proof, that proof holds: the other images would be
 * drawn for nothing.
 * @throws run error `merge-not-proved` with the likely reason, usage error `checkpoint-architecture` for models of another family;
 *   whatever rendering throws
 */
export async function proveMerge({
  renderer,
  request,
  hash,
  architecture,
  parts = [],
  areFilesUnread = false,
  earlier = [],
  signal,
}: ProveOptions): Promise<Proof> {
  const hashOf = async (weights: RenderJob['weights']): Promise<string> => {
    for await (const image of renderer.render({ weights, requests: [request] }, signal)) {
      return hash(image.bytes);
    }
    throw new RangeError(`The request "${request.id}" does not ask for any image.`);
  };
  const { capabilities } = renderer;
  const { parameters = [], witnesses = {} } = capabilities;
  const effective = (weights: BlockWeights, share = 0): BlockWeights =>
    effectiveWeights({ ...weights, ...parametersAt(parameters, share) }, capabilities, architecture);
  const deepest = deepestWeights(architecture, capabilities);
  const { foreign } = architectureRow(architecture);
  const foreignHash = async (): Promise<{ readonly foreign?: string }> => {
    if (foreign === undefined || capabilities.sendsForeignBlocks !== true) return {};
    const moved = Object.fromEntries(foreign.blocks.map((block) => [block, 1]));
    return { foreign: await hashOf({ ...effective(uniformWeights(0, architecture)), ...moved }) };
  };
  const { stray } = capabilities;
  const matchedHash = async (): Promise<{ readonly matched?: string }> => {
    if (stray === undefined || !areFilesUnread) return {};
    return { matched: await hashOf(effective({ ...uniformWeights(1, architecture), [stray]: 0 })) };
  };
  const eachPart = async (): Promise<Record<BlockName, string>> => {
    const hashes: Record<BlockName, string> = {};
    for (const { name, blocks } of parts) {
      const moved = Object.fromEntries(blocks.map((block) => [block, 1]));
      hashes[name] = await hashOf(effective({ ...uniformWeights(0, architecture), ...moved }));
    }
    return hashes;
  };
  const lasts = areFilesUnread ? lastBlocks(architecture, capabilities) : [];
  const eachLast = async (): Promise<Record<BlockName, string>> => {
    const hashes: Record<BlockName, string> = {};
    for (const name of lasts)
      hashes[name] = await hashOf(effective({ ...uniformWeights(0, architecture), [name]: 1 }));
    return hashes;
  };
  const moving = parameters.filter(({ neutral, full = neutral }) => full !== neutral);
  const eachParameter = async (): Promise<Record<string, string>> => {
    const hashes: Record<string, string> = {};
    for (const { name, full = 0 } of moving)
      hashes[name] = await hashOf({ ...effective(uniformWeights(0, architecture)), [name]: full });
    return hashes;
  };
  const eachWitness = async (): Promise<Record<string, string>> => {
    const hashes: Record<string, string> = {};
    const neutral = parametersAt(parameters, 0);
    for (const [name, weights] of Object.entries(witnesses))
      hashes[name] = await hashOf(effectiveWeights({ ...neutral, ...weights }, capabilities, architecture));
    return hashes;
  };
  /** A part that is like the whole may be all that there is of it, or the server may see no parts. */
  const eachHalf = async (
    hashes: Readonly<Record<string, string>>,
  ): Promise<Record<string, string> | undefined> => {
    const alike = moving.filter(({ name }) => {
      const [whole = name] = name.split('@');
      return whole !== name && hashes[whole] === hashes[name];
    });
    const halves: Record<string, string> = {};
    for (const { name } of alike) {
      const [whole = name] = name.split('@');
      const { neutral = 0, full = neutral } = moving.find((one) => one.name === whole) ?? {};
      halves[whole] ??= await hashOf({
        ...effective(uniformWeights(0, architecture)),
        [whole]: (neutral + full) / 2,
      });
    }
    return alike.length === 0 ? undefined : halves;
  };
  // One alone shows with the merge of weight 1, if that moves nothing else.
  const isOneAlone = moving.length === 1 && capabilities.free.length === 0;
  const sample = async (rearmed: boolean, known: Partial<Telling> = {}): Promise<Proof> => {
    const seen = await blockSample(rearmed, known);
    if (moving.length === 0 || isOneAlone) return seen;
    const hashes = await eachParameter();
    const halves = await eachHalf(hashes);
    return { ...seen, parameters: hashes, ...(halves !== undefined && { halves }) };
  };
  const tell = async (): Promise<Telling> => ({
    modelA: await hashOf('model-a'),
    spread: await hashOf(knownMerge(capabilities, architecture, parts)),
  });
  const blockSample = async (rearmed: boolean, known: Partial<Telling>): Promise<Proof> => ({
    architecture,
    request: request.id,
    modelA: known.modelA ?? (await hashOf('model-a')),
    zero: await hashOf(effective(uniformWeights(0, architecture))),
    one: await hashOf(effective(uniformWeights(1, architecture), 1)),
    spread: known.spread ?? (await hashOf(knownMerge(capabilities, architecture, parts))),
    deepest: deepest === undefined ? null : await hashOf(deepest),
    ...(await foreignHash()),
    ...(await matchedHash()),
    ...(parts.length > 0 && { parts: await eachPart() }),
    ...(lasts.length > 0 && { last: await eachLast() }),
    ...(Object.keys(witnesses).length > 0 && { witnesses: await eachWitness() }),
    rearmed,
  });

  const known = earlier.length === 0 ? undefined : await tell();
  const proved = earlier.findLast(
    (one) =>
      one.architecture === architecture &&
      one.request === request.id &&
      one.modelA === known?.modelA &&
      one.spread === known.spread,
  );
  if (proved !== undefined) return { ...proved, rearmed: false };
  const first = await sample(false, known);
  if (doubtIn(first, architecture) === undefined) return first;
  await renderer.rearm(signal);
  const second = await sample(true);
  const doubt = doubtIn(second, architecture);
  if (doubt === undefined) return second;
  const repeats = doubt !== LEFTOVER || (await hashOf('model-a')) === second.modelA;
  const message = `${renderer.name} failed the merge check: ${repeats ? doubt : UNSTEADY}`;
  throw doubt === otherFamilyIn(second, architecture)
    ? usageError('checkpoint-architecture', message)
    : runError('merge-not-proved', message);
}

/** What a server that merges as before gives again. */
type Telling = Pick<Proof, 'modelA' | 'spread'>;

/** Unlike weights and parameters at half: a merge that differs from both models, so that whatever goes wrong shows. */
export function knownMerge(
  capabilities: Pick<Capabilities, 'tied' | 'fixed' | 'parts' | 'parameters' | 'known'>,
  architecture: Architecture,
  parts: readonly SearchedPart[],
): BlockWeights {
  const weights = {
    ...spreadWeights(architecture, parts),
    ...parametersAt(capabilities.parameters ?? [], 0.5),
    ...capabilities.known,
  };
  return effectiveWeights(weights, capabilities, architecture);
}

/**
 * A weight of its own for every block, none near 0 or 1: a merge that lets OUT or TIME_EMBED follow another block, as some
 * ways do, or that takes the numbers in another order, is another merge.
 */
export function spreadWeights(architecture: Architecture, parts: readonly SearchedPart[] = []): BlockWeights {
  const blocks = blocksOf(architecture);
  const others = parts.flatMap((part) => part.blocks);
  const step = stepFor(blocks.length);
  return Object.fromEntries([
    ...blocks.map((block, i) => [
      block,
      Number((0.2 + (0.6 * ((step * i) % blocks.length)) / (blocks.length - 1)).toFixed(3)),
    ]),
    // Above a half: what cannot be between A and B is B's.
    ...others.map((block, i) => [block, Number((0.55 + (0.2 * i) / others.length).toFixed(3))]),
  ]);
}

/** Neighbours are eight or more steps apart, and no two blocks at the same: without a divisor in common with their number. */
function stepFor(count: number): number {
  let step = 8;
  while (commonDivisor(step, count) > 1) step++;
  return step;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** 1 in the blocks that another family lacks; undefined where there are none that could be moved. */
function deepestWeights(
  architecture: Architecture,
  { free, tied }: Pick<Capabilities, 'free' | 'tied'>,
): BlockWeights | undefined {
  const { tellTale } = architectureRow(architecture);
  // With one that others follow, those would move, which every family has.
  const leaders = Object.values(tied);
  const deep = new Set(free.filter((block) => tellTale?.blocks.includes(block) && !leaders.includes(block)));
  if (deep.size === 0) return undefined;
  const weights = blocksOf(architecture).map((block) => [block, deep.has(block) ? 1 : 0] as const);
  return Object.fromEntries(weights);
}

/** Of each row of numbered blocks, where it can be moved alone. */
function lastBlocks(
  architecture: Architecture,
  { free, tied }: Pick<Capabilities, 'free' | 'tied'>,
): BlockName[] {
  const { layout, kinds } = architectureRow(architecture);
  if (layout === undefined || kinds === true) return [];
  const leaders = Object.values(tied);
  return numberedBlocks(layout)
    .flatMap((row) => row.at(-1) ?? [])
    .filter((block) => free.includes(block) && tied[block] === undefined && !leaders.includes(block));
}
