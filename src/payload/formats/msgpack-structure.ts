/**
 * A look over the bytes of a MessagePack file before the library builds anything of them: a few bytes may promise
 * lists of billions of values. Faults are told with their byte.
 */
import { FormatFault } from './fault.ts';
import { MAX_DEPTH } from './plain-value.ts';

/** @throws FormatFault: cut off, nested too deep, binary data, extension types, bytes behind the end */
export function checkMsgpack(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Values that are still to come, on each level. */
  const open: number[] = [1];
  let at = 0;
  while (open.length > 0) {
    const left = open.pop() ?? 0;
    if (left === 0) continue;
    open.push(left - 1);
    if (open.length > MAX_DEPTH + 1)
      throw new FormatFault(`it is nested more than ${MAX_DEPTH} deep`, placeOf(at));
    const { length, values } = readHead(view, at);
    at += length;
    if (at > bytes.length) throw new FormatFault('the file ends in the middle of a value');
    open.push(values);
  }
  if (at < bytes.length) throw new FormatFault('there are bytes after the end of the value', placeOf(at));
}

interface Head {
  /** Bytes of the value without the values in it. */
  readonly length: number;
  /** Of a list or an object; a name counts too. */
  readonly values: number;
}

function readHead(view: DataView, at: number): Head {
  const type = uint(view, at, 1);
  if (type <= 0x7f || type >= 0xe0) return { length: 1, values: 0 };
  if (type <= 0x8f) return { length: 1, values: 2 * (type & 0x0f) };
  if (type <= 0x9f) return { length: 1, values: type & 0x0f };
  if (type <= 0xbf) return { length: 1 + (type & 0x1f), values: 0 };
  const fixed = FIXED[type];
  if (fixed !== undefined) return { length: 1 + fixed, values: 0 };
  const sized = SIZED[type];
  if (sized !== undefined) {
    const size = uint(view, at + 1, sized.width);
    return sized.values === 0
      ? { length: 1 + sized.width + size, values: 0 }
      : { length: 1 + sized.width, values: sized.values * size };
  }
  const what = type === 0xc1 ? 'an unused type' : type <= 0xc6 ? 'binary data' : 'an extension type';
  throw new FormatFault(`it contains ${what}, which a request cannot carry`, placeOf(at));
}

/** Null, truth values, floats, integers: bytes behind the type. */
const FIXED: Readonly<Record<number, number>> = {
  0xc0: 0,
  0xc2: 0,
  0xc3: 0,
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
};

/** Texts, lists, objects: bytes of the size, and how many values one of it stands for. */
const SIZED: Readonly<Record<number, { readonly width: 1 | 2 | 4; readonly values: 0 | 1 | 2 }>> = {
  0xd9: { width: 1, values: 0 },
  0xda: { width: 2, values: 0 },
  0xdb: { width: 4, values: 0 },
  0xdc: { width: 2, values: 1 },
  0xdd: { width: 4, values: 1 },
  0xde: { width: 2, values: 2 },
  0xdf: { width: 4, values: 2 },
};

function uint(view: DataView, at: number, width: 1 | 2 | 4): number {
  if (at + width > view.byteLength) throw new FormatFault('the file ends in the middle of a value');
  if (width === 1) return view.getUint8(at);
  return width === 2 ? view.getUint16(at) : view.getUint32(at);
}

function placeOf(at: number): string {
  return `byte ${at + 1}`;
}
