/** Which tensor of the output comes from where. Nothing is read but headers, nothing is written. */
import { usageError } from '../shared/errors.ts';
import { architectureRow, divisionThat, partBlockOf, weighableBlocksOf } from '../architectures/registry.ts';
import { pickBlocks, type Architecture, type BlockName, type BlockWeights } from '../space/blocks.ts';
import { adjusted, requireAdjustable, type Adjust } from './adjust.ts';
import { blockOf, EMA, requireArchitecture, VAE } from './architecture.ts';
import type { Merged, Source, TensorJob } from './kernel/job.ts';
import { plainType } from './plain-type.ts';
import type { Draft, PlannedTensor } from './planned-tensor.ts';
import {
  completeParameters,
  requireWeights,
  valuesOfBlock,
  type CompleteParameters,
  type GivenParameters,
} from './methods/given-parameters.ts';
import type { MergeMethod } from './methods/method.ts';
import { dtypeOf, type DType } from '../shared/safetensors/dtypes.ts';
import type { Tensor } from '../shared/safetensors/header.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import { quote } from '../shared/safetensors/strict-json.ts';
import { asCodes, becomesCodes, marker } from './scaled-output.ts';
import { requireSame } from './same-family.ts';
import { vaeTensors } from './vae.ts';

export type { Draft, PlannedTensor } from './planned-tensor.ts';

/** `keep`: every tensor in the type it has in the model; codes with a scale as plain numbers of 16 bits. */
export const PLAIN_TYPES = ['keep', 'fp16', 'bf16', 'fp32'] as const;
export type PlainType = (typeof PLAIN_TYPES)[number];

export const OUTPUT_TYPES = [...PLAIN_TYPES, 'fp8-scaled'] as const;
/** Of a merge. `fp8-scaled`: see scaled-output.ts; what it leaves alone is as with `keep`. */
export type OutputType = (typeof OUTPUT_TYPES)[number];

export const POSITION_IDS = ['keep', 'fix'] as const;
export type PositionIds = (typeof POSITION_IDS)[number];

export interface PlanInput {
  /** A, B and as many more as the method takes; A alone where no block has a weight. */
  readonly models: readonly CheckpointFile[];
  readonly vae?: CheckpointFile | undefined;
  readonly method: MergeMethod;
  /** Blocks without a weight stay model A's. */
  readonly weights: BlockWeights;
  /** Those that are not given have their usual values. */
  readonly parameters?: GivenParameters | undefined;
  /** What is done to the result at the end. */
  readonly adjust?: Adjust | undefined;
  readonly dtype: OutputType;
  readonly positionIds: PositionIds;
  readonly pruneEma: boolean;
}

export interface MergePlan {
  readonly architecture: Architecture;
  readonly weights: BlockWeights;
  /** Of the method, all of them. */
  readonly parameters: CompleteParameters;
  readonly tensors: readonly PlannedTensor[];
  readonly dataBytes: number;
  /** Tensors that are combined, a count for every block. */
  readonly merged: Readonly<Record<BlockName, number>>;
  /** Tensors of merged blocks that only A has: they stay. */
  readonly onlyInA: readonly string[];
  /** Tensors that only B has: they are not taken. */
  readonly onlyInB: readonly string[];
  /** Tensors of merged blocks that differ in shape or kind: A's are taken. */
  readonly mismatched: readonly string[];
  /** EMA tensors left out. */
  readonly pruned: number;
  /** Tensors taken from the VAE file. */
  readonly fromVae: number;
}

const POSITION_KEY = 'transformer.text_model.embeddings.position_ids';
const POSITIONS = 77;
const TYPE_NAMES = { fp16: 'F16', bf16: 'BF16', fp32: 'F32' } as const;

/** @throws usage errors `checkpoint-architecture`, `architectures-differ`, `weight-out-of-range`, `vae-invalid`, and those of parameters */
export function planMerge(input: PlanInput): MergePlan {
  const [a, ...others] = input.models;
  if (a === undefined) throw new Error('a merge needs model A');
  const found = requireArchitecture(a.path, a);
  for (const other of others) requireSame(a, other, found);
  const architecture = divisionThat(
    (blocks) => Object.keys(input.weights).every((name) => blocks.includes(name)),
    found,
  );
  const weights = pickBlocks(input.weights, architecture);
  requireWeights(input.method, weights);
  const { adjust = {} } = input;
  requireAdjustable(a, adjust, architecture);
  const parameters = completeParameters(
    input.method,
    input.parameters ?? {},
    weighableBlocksOf(architecture),
    input.models.length,
  );
  // One object a block: threads get it once.
  const values = new Map(
    Object.entries(weights).map(([block, weight]) => [block, valuesOfBlock(parameters, block, weight)]),
  );
  if (input.vae !== undefined) requirePlaceForVae(a, architecture, input.vae);
  const vae = vaeDrafts(input, a);
  const notes = { onlyInA: [] as string[], mismatched: [] as string[] };
  const merged: Record<BlockName, number> = {};
  const tensors: PlannedTensor[] = [];
  let at = 0;
  let fromVae = 0;
  const add = (draft: Draft, block: BlockName | undefined): void => {
    const end = at + draft.job.count * draft.dtype.bytes;
    tensors.push({ ...draft, block, begin: at, end, job: { ...draft.job, offset: at } });
    at = end;
  };
  const addFloats = (given: Draft, block: BlockName | undefined): void => {
    const draft = adjusted(given, adjust, architecture);
    if (input.dtype !== 'fp8-scaled' || !becomesCodes(draft, block, architecture)) return add(draft, block);
    if (!tensors.some(({ job }) => job.isScaled === true)) add(marker(draft), undefined);
    for (const one of asCodes(draft)) add(one, block);
  };
  const kept = a.tensors.filter(({ name }) => !(input.pruneEma && name.startsWith(EMA)));
  for (const tensor of kept) {
    const replacement = vae.get(tensor.name);
    const block = blockOf(tensor.name, architecture) ?? partBlockOf(tensor.name, architecture, weights);
    const told = block === undefined ? undefined : values.get(block);
    if (input.positionIds === 'fix' && tensor.name.endsWith(POSITION_KEY)) {
      add(positionIds(tensor.name), block);
    } else if (replacement !== undefined) {
      fromVae++;
      add(replacement, block);
    } else {
      const partners = told === undefined ? undefined : partnersOf(tensor, others, notes);
      if (partners === undefined || told === undefined || block === undefined) {
        addFloats(taken(tensor.name, tensor, 0, a, input.dtype), block);
      } else {
        merged[block] = (merged[block] ?? 0) + 1;
        addFloats(combined(tensor, [a, ...others], [tensor, ...partners], told, input.dtype), block);
      }
    }
  }
  const { positionIdsKey } = architectureRow(architecture);
  if (input.positionIds === 'fix' && positionIdsKey !== undefined && lacks(a, positionIdsKey))
    add(positionIds(positionIdsKey), undefined);
  const [b] = others;
  return {
    architecture,
    weights,
    parameters,
    tensors,
    dataBytes: at,
    merged,
    ...notes,
    onlyInB: b?.tensors.flatMap(({ name }) => (a.byName.has(name) ? [] : [name])) ?? [],
    pruned: a.tensors.length - kept.length,
    fromVae,
  };
}

/** The same tensor in the other models; undefined where one lacks it or it cannot be combined. */
function partnersOf(
  tensor: Tensor,
  others: readonly CheckpointFile[],
  notes: { readonly onlyInA: string[]; readonly mismatched: string[] },
): Tensor[] | undefined {
  const partners = others.map(({ byName }) => byName.get(tensor.name));
  const found = partners.filter((partner) => partner !== undefined);
  const fits = (partner: Tensor): boolean =>
    isSameShape(tensor, partner) && partner.dtype.float !== undefined;
  if (found.length < partners.length) notes.onlyInA.push(tensor.name);
  else if (tensor.dtype.float !== undefined && found.every(fits)) return found;
  else if (tensor.dtype.float !== undefined) notes.mismatched.push(tensor.name);
  return undefined;
}

/** A tensor of a single file, converted where the output has another type. */
export function taken(
  name: string,
  tensor: Tensor,
  file: number,
  from: CheckpointFile,
  dtype: OutputType,
): Draft {
  const target = outputType(tensor, from, dtype);
  const source = sourceOf(tensor, file, from);
  // Codes without their scales would be other numbers.
  const isAsItIs = target.float === tensor.dtype.float && tensor.scale === undefined;
  const kind = isAsItIs ? 'copy' : 'convert';
  const job = makeJob(kind, target, tensor.count, [source]);
  return { ...spelledAs(tensor), name, dtype: target, shape: tensor.shape, job };
}

function combined(
  tensor: Tensor,
  files: readonly [CheckpointFile, ...CheckpointFile[]],
  tensors: readonly Tensor[],
  values: Merged['values'],
  output: OutputType,
): Draft {
  const { name, shape, count } = tensor;
  const target = outputType(tensor, files[0], output);
  const sources = tensors.map((one, file) => sourceOf(one, file, files[file] ?? files[0]));
  const merged = { tensor: { shape, models: tensors.length, key: keyOf(name) }, values };
  const job = { ...makeJob('combine', target, count, sources), merged };
  return { ...spelledAs(tensor), name, dtype: target, shape, job };
}

/** The output spells names as model A does. */
function spelledAs({ stored }: Tensor): Pick<Draft, 'stored'> {
  return stored === undefined ? {} : { stored };
}

/** @param file its number in the job */
export function sourceOf(
  { begin, count, shape, dtype, scale }: Tensor,
  file: number,
  { dataStart }: CheckpointFile,
): Source {
  return {
    file,
    offset: dataStart + begin,
    bytesPerElement: dtype.bytes,
    type: dtype.float,
    ...(scale && { scale: { values: scale, length: scale.length === 1 ? count : count / (shape[0] ?? 1) } }),
  };
}

/** 0 to 76, as the "Fix" of the Python tools writes them. */
function positionIds(name: string): Draft {
  const dtype = requireType('I64');
  const bytes = new Uint8Array(BigInt64Array.from({ length: POSITIONS }, (_, i) => BigInt(i)).buffer);
  return { name, dtype, shape: [1, POSITIONS], job: { ...makeJob('bytes', dtype, POSITIONS, []), bytes } };
}

function makeJob(
  kind: TensorJob['kind'],
  dtype: DType,
  count: number,
  sources: TensorJob['sources'],
): TensorJob {
  return { kind, offset: 0, count, bytesPerElement: dtype.bytes, type: dtype.float, sources };
}

/** FNV-1a of the name, 32 bits. */
function keyOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function outputType(tensor: Tensor, file: CheckpointFile, dtype: OutputType): DType {
  if (tensor.dtype.float === undefined) return tensor.dtype;
  if (dtype !== 'keep' && dtype !== 'fp8-scaled') return requireType(TYPE_NAMES[dtype]);
  return tensor.scale === undefined ? tensor.dtype : requireType(plainType(tensor, file));
}

function requireType(name: string): DType {
  const dtype = dtypeOf(name);
  if (dtype === undefined) throw new Error(`there is no type ${name}`);
  return dtype;
}

/** Has the text encoder no such tensor? Without the encoder there is nothing to add it to. */
function lacks({ byName, tensors }: CheckpointFile, positionIdsKey: string): boolean {
  const encoder = positionIdsKey.slice(0, positionIdsKey.indexOf('embeddings.'));
  return !byName.has(positionIdsKey) && tensors.some(({ name }) => name.startsWith(encoder));
}

function isSameShape(one: Tensor, other: Tensor): boolean {
  return one.shape.length === other.shape.length && one.shape.every((size, i) => size === other.shape[i]);
}

/** Files of a transformer alone load their VAE from another file; there is nothing to put one in the place of. */
function requirePlaceForVae(a: CheckpointFile, architecture: Architecture, vae: CheckpointFile): void {
  if (architectureRow(architecture).layout === undefined) return;
  if (a.tensors.some(({ name }) => name.startsWith(VAE))) return;
  throw usageError(
    'vae-invalid',
    `${a.path} has no VAE (${VAE}…) for ${vae.path} to replace: leave --vae out, and load that VAE separately.`,
  );
}

/** Tensors of the VAE file that may take the place of model A's, by name. @throws usage error `vae-invalid` */
function vaeDrafts({ vae, models, dtype }: PlanInput, a: CheckpointFile): ReadonlyMap<string, Draft> {
  const drafts = new Map<string, Draft>();
  if (vae === undefined) return drafts;
  for (const [name, tensor] of vaeTensors(vae)) {
    const own = a.byName.get(name);
    if (own !== undefined && !isSameShape(own, tensor)) throw wrongVae(vae, own, tensor);
    drafts.set(name, taken(name, tensor, models.length, vae, dtype));
  }
  return drafts;
}

function wrongVae(vae: CheckpointFile, own: Tensor, other: Tensor): Error {
  return usageError(
    'vae-invalid',
    `The VAE ${vae.path} does not fit: its ${quote(own.name)} has shape [${other.shape.join(', ')}], but model A's has [${own.shape.join(', ')}].`,
  );
}
