/**
 * The header of a safetensors file: 8 bytes little-endian length, that many bytes of JSON, then the data.
 * It is read as hostile input: every corruption becomes one sentence, and nothing is allocated before it is checked.
 */
import { dtypeOf, isPackedType, knownDTypes, type DType } from './dtypes.ts';
import { MAX_DIMENSIONS, MAX_TENSORS } from './limits.ts';
import { JsonFault, parseStrictJson, quote, type Json, type JsonObject } from './strict-json.ts';
import { counted } from '../counted.ts';

export interface Tensor {
  readonly name: string;
  /** Its name in the file, where `name` is another spelling of it (`openModel`). */
  readonly stored?: string;
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
  /** The JSON, as bytes. */
  readonly json: Uint8Array;
  /** Bytes of the whole file. */
  readonly fileBytes: number;
}

/** What is wrong with a file, as the second half of a sentence; whose file it is makes the rest. */
export class SafetensorsFault extends Error {
  override readonly name = 'SafetensorsFault';
  /** `length`: it has no room for its header. `header`: that is unsound. A tensor's name: it is not as long as it says, or not there. */
  readonly at: 'length' | 'header' | { readonly tensor: string };

  constructor(at: SafetensorsFault['at'], what: string, cause?: unknown) {
    super(what, cause === undefined ? {} : { cause });
    this.at = at;
  }
}

const METADATA = '__metadata__';

/** @throws SafetensorsFault */
export function parseHeader({ json, fileBytes }: HeaderSource): Header {
  const root = rootObject(json);
  if (root.size > MAX_TENSORS) throw unsound(`its header lists ${counted(root.size, 'tensor')}`);
  const dataStart = 8 + json.length;
  const dataBytes = fileBytes - dataStart;
  const tensors: Tensor[] = [];
  for (const [name, value] of root) {
    if (name !== METADATA) tensors.push(toTensor(name, value, dataBytes));
  }
  tensors.sort((x, y) => x.begin - y.begin || x.end - y.end);
  checkCover(tensors, dataBytes);
  return {
    tensors,
    byName: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    metadata: toMetadata(root.get(METADATA)),
    dataStart,
  };
}

function unsound(what: string, cause?: unknown): SafetensorsFault {
  return new SafetensorsFault('header', what, cause);
}

function rootObject(json: Uint8Array): JsonObject {
  try {
    // A byte order mark stays in the text, where it is an error.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    if (!text.startsWith('{')) throw new JsonFault('it does not begin with "{"');
    const root = parseStrictJson(text);
    if (root instanceof Map) return root;
    throw new JsonFault('it is not an object');
  } catch (cause) {
    if (cause instanceof JsonFault) throw unsound(`its header is not valid JSON (${cause.message})`, cause);
    if (cause instanceof TypeError) throw unsound('its header is not UTF-8 text', cause);
    throw cause;
  }
}

function toTensor(name: string, value: Json, dataBytes: number): Tensor {
  const at = `tensor ${quote(name)}`;
  if (!(value instanceof Map)) throw unsound(`${at} is not described by an object`);
  const dtype = toDType(at, value.get('dtype'));
  const shape = toSizes(value.get('shape'));
  if (shape === undefined || shape.length > MAX_DIMENSIONS) throw unsound(`${at} has no valid shape`);
  const offsets = toSizes(value.get('data_offsets'));
  const [begin, end] = offsets ?? [];
  if (begin === undefined || end === undefined || offsets?.length !== 2 || begin > end) {
    throw unsound(`${at} has no valid data_offsets`);
  }
  if (end > dataBytes) {
    throw new SafetensorsFault(
      { tensor: name },
      `${at} ends at byte ${end} of the data, but the file has only ${Math.max(0, dataBytes)}: it is cut off`,
    );
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (count * dtype.bytes !== end - begin) {
    throw new SafetensorsFault(
      { tensor: name },
      `${at} of shape [${shape.join(', ')}] and type ${dtype.name} needs ${count * dtype.bytes} bytes, but has ${end - begin}`,
    );
  }
  return { name, dtype, shape, count, begin, end };
}

function toDType(at: string, value: Json | undefined): DType {
  if (typeof value !== 'string') throw unsound(`${at} has no dtype`);
  const dtype = dtypeOf(value);
  if (dtype !== undefined) return dtype;
  const advice = isPackedType(value) ? ': packed codes. Use the bf16 or fp16 file of the model' : '';
  throw unsound(`${at} has the unknown dtype ${quote(value)} (known: ${knownDTypes().join(', ')})${advice}`);
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

function checkCover(tensors: readonly Tensor[], dataBytes: number): void {
  let reached = 0;
  for (const { name, begin, end } of tensors) {
    if (begin < reached) throw unsound(`tensor ${quote(name)} overlaps the one before it`);
    if (begin > reached)
      throw unsound(`${counted(begin - reached, 'unused byte')} before tensor ${quote(name)}`);
    reached = end;
  }
  if (reached < dataBytes)
    throw unsound(`${counted(dataBytes - reached, 'unused byte')} after the last tensor`);
}

function toMetadata(value: Json | undefined): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined || value === null) return metadata;
  if (!(value instanceof Map)) throw unsound(`${METADATA} is not an object`);
  for (const [key, text] of value as JsonObject) {
    if (typeof text !== 'string') throw unsound(`${METADATA} entry ${quote(key)} is not a text`);
    metadata.set(key, text);
  }
  return metadata;
}
