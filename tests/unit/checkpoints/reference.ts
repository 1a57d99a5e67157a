/** What PyTorch merges the fixtures to: see tests/fixtures/checkpoints/make_reference.py. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { FIXTURES, tensorBytes } from './make-checkpoint.ts';

const hashes = z.record(z.string(), z.string());
const schema = z.object({
  'weighted-sum': hashes,
  'add-difference': hashes,
  slerp: hashes,
  decode: hashes,
  encode: hashes,
});

export const reference = schema.parse(JSON.parse(readFileSync(path.join(FIXTURES, 'expected.json'), 'utf8')));

const NAN: Readonly<
  Record<string, readonly [bytes: number, isNan: (bits: bigint) => boolean, bits: bigint]>
> = {
  F64: [8, (x) => (x & 0x7fff_ffff_ffff_ffffn) > 0x7ff0_0000_0000_0000n, 0x7ff8_0000_0000_0000n],
  F32: [4, (x) => (x & 0x7fff_ffffn) > 0x7f80_0000n, 0x7fc0_0000n],
  F16: [2, (x) => (x & 0x7fffn) > 0x7c00n, 0x7e00n],
  BF16: [2, (x) => (x & 0x7fffn) > 0x7f80n, 0x7fc0n],
  F8_E4M3: [1, (x) => (x & 0x7fn) === 0x7fn, 0x7fn],
  F8_E5M2: [1, (x) => (x & 0x7fn) > 0x7cn, 0x7fn],
};

/** Every NaN as one pattern: NaN stays NaN, but its bits may differ. */
export function canonical(type: string, bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  const layout = NAN[type];
  if (layout === undefined) return copy;
  const [size, isNan, bits] = layout;
  for (let at = 0; at < copy.length; at += size) {
    const value = size === 8 ? copy.readBigUInt64LE(at) : BigInt(copy.readUIntLE(at, size));
    if (!isNan(value)) continue;
    if (size === 8) copy.writeBigUInt64LE(bits, at);
    else copy.writeUIntLE(Number(bits), at, size);
  }
  return copy;
}

export function digest(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex').slice(0, 16);
}

/** All tensor data of a merged file, in its order, as the reference hashes it. */
export function digestOf(path: string): string {
  const file = openCheckpoint(path);
  return digest(file.tensors.map(({ name, dtype }) => canonical(dtype.name, tensorBytes(file, name))));
}
