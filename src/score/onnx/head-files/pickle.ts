/**
 * The few instructions of Python's pickle that a state dictionary of PyTorch needs. It builds plain values and nothing else: a
 * name that is not in the list below, or an instruction that is not, ends the reading. Nothing in a file can run.
 */
import { WeightsFault } from './tensor.ts';

/** What a file may name, and what becomes of its arguments. */
const CALLS: Readonly<Record<string, string>> = {
  'collections OrderedDict': 'dictionary',
  'torch._utils _rebuild_tensor_v2': 'tensor',
  'torch._utils _rebuild_parameter': 'parameter',
  'torch FloatStorage': 'F32',
  'torch HalfStorage': 'F16',
  'torch BFloat16Storage': 'BF16',
  'torch DoubleStorage': 'F64',
  // Of counters, which are not read.
  'torch LongStorage': 'I64',
};

export type Value =
  | null
  | boolean
  | number
  | string
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'tuple'; readonly items: readonly Value[] }
  | { readonly kind: 'dictionary'; readonly items: Map<Value, Value> }
  /** A storage of the archive, as its persistent id says. */
  | { readonly kind: 'storage'; readonly id: Value }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Value[] };

const MARK = Symbol('mark');
type Slot = Value | typeof MARK;

/** @throws WeightsFault */
export function readPickle(bytes: Uint8Array): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: Slot[] = [];
  const memo = new Map<number, Value>();
  let at = 0;

  const take = (length: number): number => {
    const from = at;
    at += length;
    if (at > bytes.byteLength) throw new WeightsFault('its pickle is cut off');
    return from;
  };
  const byte = (): number => view.getUint8(take(1));
  const line = (): string => {
    const from = at;
    while (byte() !== 0x0a);
    return text(from, at - 1);
  };
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('utf8');
  const pop = (): Value => {
    const value = stack.pop();
    if (value === undefined || value === MARK) throw new WeightsFault('its pickle is damaged');
    return value;
  };
  const top = (): Value => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const sinceMark = (): Value[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) throw new WeightsFault('its pickle is damaged');
    const values = last(stack.length - 1 - mark);
    stack.pop();
    return values;
  };
  const last = (count: number): Value[] => Array.from({ length: count }, pop).toReversed();
  const fill = (pairs: readonly Value[]): void => {
    const target = top();
    if (typeof target !== 'object' || target?.kind !== 'dictionary')
      throw new WeightsFault('its pickle is damaged');
    for (let i = 0; i + 1 < pairs.length; i += 2) target.items.set(pairs[i] ?? null, pairs[i + 1] ?? null);
  };
  const recall = (index: number): void => {
    const value = memo.get(index);
    if (value === undefined) throw new WeightsFault('its pickle is damaged');
    stack.push(value);
  };

  for (;;) {
    const code = byte();
    switch (String.fromCodePoint(code)) {
      case '\x80': // protocol
        take(1);
        break;
      case '}':
        stack.push({ kind: 'dictionary', items: new Map() });
        break;
      case '(':
        stack.push(MARK);
        break;
      case ')':
        stack.push({ kind: 'tuple', items: [] });
        break;
      case 't':
        stack.push({ kind: 'tuple', items: sinceMark() });
        break;
      case '\x85':
      case '\x86':
      case '\x87':
        stack.push({ kind: 'tuple', items: last(code - 0x84) });
        break;
      case 'N':
        stack.push(null);
        break;
      case '\x88':
      case '\x89':
        stack.push(code === 0x88);
        break;
      case 'J':
        stack.push(view.getInt32(take(4), true));
        break;
      case 'K':
        stack.push(byte());
        break;
      case 'M':
        stack.push(view.getUint16(take(2), true));
        break;
      case '\x8a': {
        const length = byte();
        const from = take(length);
        stack.push(Number(littleEndian(bytes.subarray(from, from + length))));
        break;
      }
      case 'X': {
        const length = view.getUint32(take(4), true);
        const from = take(length);
        stack.push(text(from, from + length));
        break;
      }
      case 'c': {
        const name = `${line()} ${line()}`;
        if (CALLS[name] === undefined)
          throw new WeightsFault(`it asks for ${name.replace(' ', '.')}, which is not supported`);
        stack.push({ kind: 'name', name: CALLS[name] });
        break;
      }
      case 'q':
        memo.set(byte(), top());
        break;
      case 'r':
        memo.set(view.getUint32(take(4), true), top());
        break;
      case 'h':
        recall(byte());
        break;
      case 'j':
        recall(view.getUint32(take(4), true));
        break;
      case 'Q':
        stack.push({ kind: 'storage', id: pop() });
        break;
      case 'R': {
        const [callee = null, given = null] = last(2);
        stack.push(call(callee, given));
        break;
      }
      case 's':
        fill(last(2));
        break;
      case 'u':
        fill(sinceMark());
        break;
      case 'b': // attributes of a dictionary (_metadata): of no interest
        pop();
        break;
      case '.':
        return pop();
      default:
        throw new WeightsFault(
          `its pickle has the instruction 0x${code.toString(16)}, which no plain state dictionary needs`,
        );
    }
  }
}

function call(callee: Value, given: Value): Value {
  const isCall = typeof callee === 'object' && callee?.kind === 'name';
  const isTuple = typeof given === 'object' && given?.kind === 'tuple';
  if (!isCall || !isTuple) throw new WeightsFault('its pickle is damaged');
  if (callee.name === 'dictionary') return { kind: 'dictionary', items: new Map() };
  return { kind: 'call', name: callee.name, arguments: given.items };
}

function littleEndian(bytes: Uint8Array): bigint {
  const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return BigInt.asIntN(8 * Math.max(1, bytes.length), value);
}
