/** MessagePack with the values of JSON. */
import { messageOf } from '../../shared/errors.ts';
import { FormatFault, quoted } from './fault.ts';
import type { PayloadFormat } from './format.ts';
import { checkMsgpack } from './msgpack-structure.ts';
import { MAX_DEPTH, plainValue } from './plain-value.ts';

export const msgpackFormat: PayloadFormat = {
  name: 'msgpack',
  title: 'MessagePack',
  extensions: ['.msgpack', '.mpk'],
  parse,
  format: async (value) => {
    const { encode } = await import('@msgpack/msgpack');
    return encode(value, { maxDepth: MAX_DEPTH + 2 });
  },
};

async function parse(bytes: Uint8Array): Promise<unknown> {
  checkMsgpack(bytes);
  const { decode } = await import('@msgpack/msgpack');
  const read = new Map<string, number>();
  let value: unknown;
  try {
    value = decode(bytes, {
      useBigInt64: true,
      mapKeyConverter: (key) => {
        if (typeof key !== 'string') throw new FormatFault(`the name ${quoted(String(key))} is not a text`);
        read.set(key, (read.get(key) ?? 0) + 1);
        return key;
      },
    });
  } catch (error) {
    throw error instanceof FormatFault ? error : new FormatFault(messageOf(error).replace(/\.$/, ''));
  }
  const plain = plainValue(value);
  refuseDoubles(plain, read);
  return plain;
}

/** The library keeps the last of two equal names: fewer are there than have been read. */
function refuseDoubles(value: unknown, read: ReadonlyMap<string, number>): void {
  const there = new Map<string, number>();
  countKeys(value, there);
  for (const [key, count] of read) {
    if (count > (there.get(key) ?? 0))
      throw new FormatFault(`the name ${quoted(key)} appears twice in one object`);
  }
}

function countKeys(value: unknown, counts: Map<string, number>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) counts.set(key, (counts.get(key) ?? 0) + 1);
    countKeys(inner, counts);
  }
}
