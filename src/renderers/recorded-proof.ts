/** Proofs as a journal holds them. */
import { z } from 'zod';
import type { Proof } from './prove.ts';

const hash = z.string();
const hashes = z.record(z.string(), hash);
const schema = z.object({
  architecture: z.string(),
  request: z.string(),
  modelA: hash,
  zero: hash,
  one: hash,
  spread: hash,
  deepest: hash.nullable(),
  matched: hash.exactOptional(),
  foreign: hash.exactOptional(),
  parts: hashes.exactOptional(),
  last: hashes.exactOptional(),
  parameters: hashes.exactOptional(),
  witnesses: hashes.exactOptional(),
  halves: hashes.exactOptional(),
  rearmed: z.boolean(),
});

/** Those that this version understands, in their order: what it does not is proved anew. */
export function recordedProofs(found: Iterable<unknown>): readonly Proof[] {
  return Array.from(found).flatMap((one) => schema.safeParse(one).data ?? []);
}
