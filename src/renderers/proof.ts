/** What proves that a server merges, also as a journal holds it. */
import { z } from 'zod';
import type { Architecture } from '../architectures/architecture.ts';
import type { BlockName } from '../space/blocks.ts';

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

/** The proofs that this version can read, in order; a server whose proof cannot be read is checked in full again. */
export function recordedProofs(found: Iterable<unknown>): readonly Proof[] {
  return Array.from(found).flatMap((one) => schema.safeParse(one).data ?? []);
}
