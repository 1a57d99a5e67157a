import { floatsOf } from '../../../shared/safetensors/floats.ts';
import { readPickle, type Value } from './pickle.ts';
import {
  countOf,
  isCounter,
  isFloatType,
  WeightsFault,
  type FloatType,
  type Tensor,
  type Tensors,
} from './tensor.ts';
import { readZip } from './zip.ts';

/**
 * The float tensors of a `.pth` that holds a plain state dictionary, as `torch.save` has written them since PyTorch 1.6.
 * @throws WeightsFault
 */
export function readPth(bytes: Uint8Array): Tensors {
  const parts = readZip(bytes);
  const entry = [...parts].find(([name]) => name.endsWith('/data.pkl') || name === 'data.pkl');
  if (entry === undefined) throw new WeightsFault('it has no data.pkl');
  const [name, pickle] = entry;
  const root = name.slice(0, -'data.pkl'.length);
  const dictionary = readPickle(pickle);
  if (!isKind(dictionary, 'dictionary')) throw new WeightsFault('it has no state dictionary');
  const tensors = [...dictionary.items].flatMap(([key, value]) => {
    if (typeof key !== 'string') throw new WeightsFault('its state dictionary has a key that is not text');
    if (isCounter(key)) return [];
    return [[key, toTensor(key, value, (id) => parts.get(`${root}data/${id}`))] as const];
  });
  return new Map(tensors);
}

function toTensor(key: string, value: Value, storage: (id: string) => Uint8Array | undefined): Tensor {
  const tensor = isKind(value, 'call') && value.name === 'parameter' ? (value.arguments[0] ?? null) : value;
  if (!isKind(tensor, 'call') || tensor.name !== 'tensor') throw new WeightsFault(`${key} is not a tensor`);
  const [source = null, offset = null, shape = null, strides = null] = tensor.arguments;
  const { type, bytes } = toStorage(key, source, storage);
  const sides = integers(key, shape);
  const steps = integers(key, strides);
  const start = typeof offset === 'number' ? offset : NaN;
  const floats = floatsOf(bytes, type);
  const last = sides.reduce((sum, side, axis) => sum + (side - 1) * (steps[axis] ?? NaN), start);
  // Steps of 0 would make tensors of any size out of one number.
  const isWithin = start >= 0 && last < floats.length && countOf(sides) <= floats.length;
  if (!isWithin || sides.length !== steps.length) {
    throw new WeightsFault(`tensor ${key} lies outside its storage`);
  }
  return { shape: sides, data: laidOut(floats, start, sides, steps) };
}

function toStorage(
  key: string,
  source: Value,
  storage: (id: string) => Uint8Array | undefined,
): { readonly type: FloatType; readonly bytes: Uint8Array } {
  const id = isKind(source, 'storage') ? source.id : null;
  const [, kind = null, name = null] = isKind(id, 'tuple') ? id.items : [];
  const type = isKind(kind, 'name') ? kind.name : undefined;
  const bytes = typeof name === 'string' ? storage(name) : undefined;
  if (bytes === undefined || type === undefined || !isFloatType(type)) {
    throw new WeightsFault(`the numbers of tensor ${key} are missing or not floats`);
  }
  return { type, bytes };
}

/** Row by row, whatever the order in the storage. */
function laidOut(
  floats: Float32Array,
  start: number,
  sides: readonly number[],
  steps: readonly number[],
): Float32Array {
  return Float32Array.from({ length: countOf(sides) }, (_, index) => {
    let rest = index;
    let at = start;
    for (let axis = sides.length - 1; axis >= 0; axis--) {
      const side = sides[axis] ?? 1;
      at += (rest % side) * (steps[axis] ?? 0);
      rest = Math.floor(rest / side);
    }
    return floats[at] ?? NaN;
  });
}

function integers(key: string, value: Value): number[] {
  const items = isKind(value, 'tuple') ? value.items : [null];
  return items.map((item) => {
    if (typeof item === 'number' && Number.isInteger(item) && item >= 0) return item;
    throw new WeightsFault(`tensor ${key} has an invalid shape`);
  });
}

function isKind<K extends string>(value: Value, kind: K): value is Extract<Value, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}
