/**
 * The header of a safetensors file: 8 bytes little-endian length, that many bytes of JSON, then the data.
 * It is read as hostile input: every corruption becomes one sentence, and nothing is allocated before it is checked.
 */
import { usageError } from '../../shared/errors.ts';
import { dtypeOf, isPackedType, knownDTypes, type DType } from './dtypes.ts';
import { MAX_DIMENSIONS, MAX_TENSORS } from './limits.ts';
import { JsonFault, parseStrictJson, quote, type Json, type JsonObject } from './strict-json.ts';

export interface Tensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly count: number;
  /** Bytes from the start of the data section. */
  readonly begin: number;
  readonly end: number;
  /** Where the elements are codes: what they are multiplied by, one number for all or one for every row (`openModel`). */
  readonly scale?: Float32Array;
}

export interface Header {
  /** In the order of their data. */
  readonly tensors: readonly Tensor[];
  readonly byName: ReadonlyMap<string, Tensor>;
  /** `__metadata__`; empty where the file has none. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the data section begins in the file. */
  readonly dataStart: number;
}

/** What a file must be for its header to be believed. */
export interface HeaderSource {
  /** For messages. */
  readonly file: string;
  /** The JSON, as bytes. */
  readonly json: Uint8Array;
  /** Bytes of the whole file. */
  readonly fileBytes: number;
}

const METADATA = '__metadata__';

/** @throws usage error `checkpoint-damaged` */
export function parseHeader({ file, json, fileBytes }: HeaderSource): Header {
  const damaged = (what: string, cause?: unknown): Error => damagedError(file, what, cause);
  const root = rootObject(json, damaged);
  if (root.size > MAX_TENSORS) throw damaged(`its header lists ${root.size} tensors`);
  const dataStart = 8 + json.length;
  const dataBytes = fileBytes - dataStart;
  const tensors: Tensor[] = [];
  for (const [name, value] of root) {
    if (name !== METADATA) tensors.push(toTensor(name, value, dataBytes, damaged));
  }
  tensors.sort((x, y) => x.begin - y.begin || x.end - y.end);
  checkCover(tensors, dataBytes, damaged);
  return {
    tensors,
    byName: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    metadata: toMetadata(root.get(METADATA), damaged),
    dataStart,
  };
}

export function damagedError(file: string, what: string, cause?: unknown): Error {
  return usageError(
    'checkpoint-damaged',
    `${file} is damaged or no safetensors file: ${what}. Download or save it again.`,
    cause === undefined ? {} : { cause },
  );
}

type Damaged = (what: string, cause?: unknown) => Error;

function rootObject(json: Uint8Array, damaged: Damaged): JsonObject {
  try {
    // A byte order mark stays in the text, where it is an error.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    if (!text.startsWith('{')) throw new JsonFault('it does not begin with "{"');
    const root = parseStrictJson(text);
    if (root instanceof Map) return root;
    throw new JsonFault('it is no object');
  } catch (cause) {
    if (cause instanceof JsonFault) throw damaged(`its header is not sound JSON (${cause.message})`, cause);
    if (cause instanceof TypeError) throw damaged('its header is not UTF-8 text', cause);
    throw cause;
  }
}

function toTensor(name: string, value: Json, dataBytes: number, damaged: Damaged): Tensor {
  const at = `tensor ${quote(name)}`;
  if (!(value instanceof Map)) throw damaged(`${at} is described by no object`);
  const dtype = toDType(at, value.get('dtype'), damaged);
  const shape = toSizes(value.get('shape'));
  if (shape === undefined || shape.length > MAX_DIMENSIONS) throw damaged(`${at} has no sound shape`);
  const offsets = toSizes(value.get('data_offsets'));
  const [begin, end] = offsets ?? [];
  if (begin === undefined || end === undefined || offsets?.length !== 2 || begin > end) {
    throw damaged(`${at} has no sound data_offsets`);
  }
  if (end > dataBytes) {
    throw damaged(
      `${at} ends at byte ${end} of the data, but the file has only ${Math.max(0, dataBytes)}: it is cut off`,
    );
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (count * dtype.bytes !== end - begin) {
    throw damaged(
      `${at} of shape [${shape.join(', ')}] and type ${dtype.name} needs ${count * dtype.bytes} bytes, but has ${end - begin}`,
    );
  }
  return { name, dtype, shape, count, begin, end };
}

function toDType(at: string, value: Json | undefined, damaged: Damaged): DType {
  if (typeof value !== 'string') throw damaged(`${at} has no dtype`);
  const dtype = dtypeOf(value);
  if (dtype !== undefined) return dtype;
  const advice = isPackedType(value) ? ': packed codes. Take the bf16 or fp16 file of the model' : '';
  throw damaged(`${at} has the unknown dtype ${quote(value)} (known: ${knownDTypes().join(', ')})${advice}`);
}

function toSizes(value: Json | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const sizes: number[] = [];
  for (const item of value as readonly Json[]) {
    if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < 0) return undefined;
    sizes.push(item);
  }
  return sizes;
}

function checkCover(tensors: readonly Tensor[], dataBytes: number, damaged: Damaged): void {
  let reached = 0;
  for (const { name, begin, end } of tensors) {
    if (begin < reached) throw damaged(`tensor ${quote(name)} overlaps the one before it`);
    if (begin > reached)
      throw damaged(`${begin - reached} bytes before tensor ${quote(name)} belong to none`);
    reached = end;
  }
  if (reached < dataBytes) throw damaged(`${dataBytes - reached} bytes after the last tensor belong to none`);
}

function toMetadata(value: Json | undefined, damaged: Damaged): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined || value === null) return metadata;
  if (!(value instanceof Map)) throw damaged(`${METADATA} is no object`);
  for (const [key, text] of value as JsonObject) {
    if (typeof text !== 'string') throw damaged(`${METADATA} entry ${quote(key)} is no text`);
    metadata.set(key, text);
  }
  return metadata;
}
