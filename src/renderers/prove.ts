/**
 * Proof that the server merges. Every reply of a merge that failed inside looks like a success, so images of known
 * weights are compared: 0 must be plain model A, and 0, 1 and the weights between them must differ.
 */
import { runError, usageError } from '../shared/errors.ts';
import type { ArchitectureRow } from '../architectures/architecture.ts';
import { architectureRow } from '../architectures/registry.ts';
import { numberedBlocks } from '../architectures/transformers/layout.ts';
import { blocksOf, uniformWeights } from '../space/blocks.ts';
import type { Architecture, BlockName, BlockWeights } from '../space/blocks.ts';
import type { SearchedPart } from '../space/searched-parts.ts';
import type { ImageRequest } from '../types.ts';
import { LORA_PREFIX, parametersAt } from '../space/parameters.ts';
import { effectiveWeights } from './effective-weights.ts';
import type { Capabilities, RenderJob, Renderer } from './renderer.ts';

/** Serialisable, for the journal. Hashes are of decoded pixels. */
export interface Proof {
  readonly architecture: Architecture;
  /** `ImageRequest.id`. */
  readonly request: string;
  readonly modelA: string;
  readonly zero: string;
  readonly one: string;
  /** Of {@link knownMerge}. */
  readonly spread: string;
  /** Weight 1 in the blocks that another family lacks (IN09 to IN11 …), 0 in all others; null where there is no such block. */
  readonly deepest: string | null;
  /** Weight 1 in the blocks that this family lacks and another has, 0 in all others; absent where the server is not sent them. */
  readonly foreign?: string | undefined;
  /** Weight 0 in `Capabilities.stray` and 1 in all other blocks; absent where nobody asked. */
  readonly matched?: string | undefined;
  /** Weight 1 in one text encoder or VAE that is searched, 0 in all others; absent where none is. */
  readonly parts?: Readonly<Record<BlockName, string>>;
  /** Weight 1 in the last block of a row of numbered ones, 0 in all others; absent where nobody asked. */
  readonly last?: Readonly<Record<BlockName, string>>;
  /** One parameter in full, everything else as in model A; absent where none changes model A. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** See `Capabilities.witnesses`; absent where there are none. */
  readonly witnesses?: Readonly<Record<string, string>>;
  /** A parameter at half, everything else as in model A: of those that give the same image in full as one of their parts. Absent = none. */
  readonly halves?: Readonly<Record<string, string>>;
  /** True when it took a new start of the merge to get there. */
  readonly rearmed: boolean;
}

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
  readonly signal: AbortSignal;
}

/** @throws run error `merge-not-proved` with the likely reason, usage error `checkpoint-architecture` for models of another family; whatever rendering throws */
export async function proveMerge({
  renderer,
  request,
  hash,
  architecture,
  parts = [],
  areFilesUnread = false,
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
  const sample = async (rearmed: boolean): Promise<Proof> => {
    const seen = await blockSample(rearmed);
    if (moving.length === 0 || isOneAlone) return seen;
    const hashes = await eachParameter();
    const halves = await eachHalf(hashes);
    return { ...seen, parameters: hashes, ...(halves !== undefined && { halves }) };
  };
  const blockSample = async (rearmed: boolean): Promise<Proof> => ({
    architecture,
    request: request.id,
    modelA: await hashOf('model-a'),
    zero: await hashOf(effective(uniformWeights(0, architecture))),
    one: await hashOf(effective(uniformWeights(1, architecture), 1)),
    spread: await hashOf(knownMerge(capabilities, architecture, parts)),
    deepest: deepest === undefined ? null : await hashOf(deepest),
    ...(await foreignHash()),
    ...(await matchedHash()),
    ...(parts.length > 0 && { parts: await eachPart() }),
    ...(lasts.length > 0 && { last: await eachLast() }),
    ...(Object.keys(witnesses).length > 0 && { witnesses: await eachWitness() }),
    rearmed,
  });

  const first = await sample(false);
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

/** The first thing that is not as it must be, as a reason and a remedy. */
function doubtIn(proof: Proof, architecture: Architecture): string | undefined {
  const { modelA, zero, one, spread } = proof;
  const { parts = {}, parameters = {}, witnesses = {}, halves = {} } = proof;
  if (zero !== modelA) return LEFTOVER;
  if (one === modelA) return NO_EFFECT;
  if (spread === one || spread === modelA) return NO_VALUES;
  const family = otherFamilyIn(proof, architecture);
  if (family !== undefined) return family;
  const [idle] = Object.keys(parameters).filter((name) => parameters[name] === modelA);
  if (idle !== undefined) return idleParameter(idle);
  const silent = silentWitness(witnesses, { 'model A': modelA, 'model B': one });
  if (silent !== undefined) return silent;
  const [unread] = Object.keys(halves).filter((name) => halves[name] === parameters[name]);
  if (unread !== undefined) return `half of ${unread} gives the same image as all of it${NOT_BY_BLOCK}`;
  const still = Object.keys(parts).filter((name) => parts[name] === modelA);
  return still.length === 0 ? undefined : partsWithoutEffect(still);
}

/** The models are of another family than was said. */
function otherFamilyIn(
  { modelA, deepest, matched, foreign = modelA }: Proof,
  architecture: Architecture,
): string | undefined {
  const row = architectureRow(architecture);
  if (matched === modelA) return withoutBlocks(row);
  if (deepest === modelA && row.tellTale !== undefined) return withoutEffect(row.tellTale);
  if (foreign !== modelA && row.foreign !== undefined) return withEffect(row.foreign, row.shortTitle);
  return undefined;
}

/** The first one whose image is that of a model, or of a witness before it. */
function silentWitness(
  witnesses: Readonly<Record<string, string>>,
  models: Readonly<Record<string, string>>,
): string | undefined {
  const seen = new Map(Object.entries(models).map(([name, hash]) => [hash, name]));
  for (const [name, hash] of Object.entries(witnesses)) {
    const same = seen.get(hash);
    if (same !== undefined) {
      return `${name} gives the same image as ${same}: two of the models are the same, or the server does not use all of them. Compare the files with autombw inspect, and check the server's console.`;
    }
    seen.set(hash, name);
  }
  return undefined;
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

/** What a proof shows that is no fault of the merge, a sentence each. */
export function describeProof({ modelA, last = {} }: Proof): string[] {
  const still = Object.keys(last).filter((name) => last[name] === modelA);
  if (still.length === 0) return [];
  return [
    `${still.join(' and ')} ${still.length === 1 ? 'has' : 'have'} no effect on an image: model A or B may have fewer blocks than expected, and iterations would be wasted on missing blocks. Check the files with autombw inspect and give the right --architecture; if A and B are simply equal there, nothing is wrong.`,
  ];
}

const LEFTOVER =
  'weight 0 does not give the image of model A, so another model or leftover weights are in memory; restart the WebUI and leave it alone during the run.';
const UNSTEADY =
  'the server does not reproduce its own images of model A; turn off whatever makes it random (xformers, an extension) and restart it.';
const NO_EFFECT =
  'weight 1 gives the image of model A, so model B is not in use (not loaded, the extension disabled, or the UNet was replaced since the server started); restart the WebUI and try again.';
const NO_VALUES =
  'weights between 0 and 1 give the image of weight 0 or 1, so the server does not use the weights it is sent; update the merge extension or restart the WebUI.';

function idleParameter(name: string): string {
  const [whole = name] = name.split('@');
  if (!name.startsWith(LORA_PREFIX)) return `${name} has no effect on an image.`;
  return whole === name
    ? `${name} has no effect on an image${NOT_LOADED}.`
    : `${name} has no effect on an image: ${whole} probably has no tensors for these blocks; leave them out, or choose others.`;
}

const NOT_BY_BLOCK =
  ', so the server ignores its strengths by block and applies the whole LoRA: update the extension lora-block-weight, enable it, and restart the WebUI.';
const NOT_LOADED =
  ': check in the console of the server that the LoRA is loaded, and that it was made for this model family';

function partsWithoutEffect(names: readonly BlockName[]): string {
  const list = names.join(' and ');
  return `${list} ${names.length === 1 ? 'has' : 'have'} no effect: models A and B are equal there (a fine-tuned model often keeps the original text encoder or VAE), or the server takes it from somewhere else (a VAE selected in its settings). Leave out ${names.map((name) => `--block ${name}`).join(' and ')}, or continue with --no-check.`;
}

function withoutBlocks({ id, title }: ArchitectureRow): string {
  return `the blocks of ${title} have no effect, so the models are not of the family ${id}: give theirs with --architecture (autombw inspect FILE names it).`;
}

function withEffect({ range, other }: NonNullable<ArchitectureRow['foreign']>, title: string): string {
  return `${range}, which ${title} lacks, have an effect, so the models are ${architectureRow(other).shortTitle} (or of a family with the same blocks): use --architecture ${other}.`;
}

function withoutEffect({ range, other }: NonNullable<ArchitectureRow['tellTale']>): string {
  return `${range} have no effect, so the models are probably ${architectureRow(other).shortTitle}: use --architecture ${other}. Otherwise A and B are equal in these blocks: fix them with --block and continue with --no-check.`;
}
