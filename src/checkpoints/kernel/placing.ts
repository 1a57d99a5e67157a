/** Where the pieces of a block lie in the arena, and how they get there and from there with as few reads and writes as possible. */
import type { MergeMethod } from '../methods/method.ts';
import { readBytes } from '../../shared/files/read-bytes.ts';
import { writeBytes } from '../../shared/files/write-bytes.ts';
import type { Job, Piece, TensorJob } from './job.ts';

/** Consecutive bytes of a file that are also consecutive in the arena. */
interface Run {
  readonly file: number;
  readonly offset: number;
  readonly address: number;
  length: number;
}

/** A piece with its places in the arena. */
export interface Placed {
  readonly piece: Piece;
  readonly tensor: TensorJob;
  readonly out: number;
  readonly models: readonly number[];
  /** Elements that the models have before and after those of the piece. */
  readonly before: number;
  readonly after: number;
}

export interface PlacedBlock {
  readonly placed: readonly Placed[];
  readonly reads: readonly Run[];
  readonly writes: readonly Run[];
  /** Bytes of the output. */
  readonly bytes: number;
}

/** @param slotAt address of the output's buffer (0) and of those of the models (from 1) */
export function place(
  { tensors }: Pick<Job, 'tensors'>,
  pieces: readonly Piece[],
  rows: MergeMethod['rows'],
  slotAt: (slot: number) => number,
): PlacedBlock {
  const next = new Map<number, number>();
  const take = (slot: number, length: number): number => {
    const address = next.get(slot) ?? slotAt(slot);
    next.set(slot, address + length);
    return address;
  };
  const reads = new Map<number, Run[]>();
  const writes: Run[] = [];
  const placed: Placed[] = [];
  for (const piece of pieces) {
    const tensor = tensors[piece.tensor];
    if (tensor === undefined) continue;
    const length = piece.count * tensor.bytesPerElement;
    const out = take(0, length);
    extend(writes, {
      file: -1,
      offset: tensor.offset + piece.first * tensor.bytesPerElement,
      address: out,
      length,
    });
    const halo = haloOf(tensor, piece, rows);
    const models = tensor.sources.map((source, slot) => {
      const bytes = (halo.before + piece.count + halo.after) * source.bytesPerElement;
      const address = tensor.kind === 'copy' ? out : take(slot + 1, bytes);
      const runs = reads.get(slot) ?? [];
      reads.set(slot, runs);
      extend(runs, {
        file: source.file,
        offset: source.offset + (piece.first - halo.before) * source.bytesPerElement,
        address,
        length: bytes,
      });
      return address;
    });
    placed.push({ piece, tensor, out, models, ...halo });
  }
  const bytes = (next.get(0) ?? slotAt(0)) - slotAt(0);
  return { placed, reads: [...reads.values()].flat(), writes, bytes };
}

function haloOf(
  { merged, count }: TensorJob,
  piece: Piece,
  rows: MergeMethod['rows'],
): Pick<Placed, 'before' | 'after'> {
  if (merged === undefined || rows === undefined || rows.halo === 0) return { before: 0, after: 0 };
  const [height = 1] = merged.tensor.shape;
  const elements = rows.halo * (count / Math.max(1, height));
  return {
    before: Math.min(piece.first, elements),
    after: Math.min(count - piece.first - piece.count, elements),
  };
}

function extend(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  const continues =
    last !== undefined &&
    last.file === run.file &&
    last.offset + last.length === run.offset &&
    last.address + last.length === run.address;
  if (continues) last.length += run.length;
  else runs.push(run);
}

export function readRun(arena: Uint8Array, file: number, { offset, address, length }: Run): void {
  const read = readBytes(file, arena.subarray(address, address + length), offset);
  if (read < length) throw new Error('a model became shorter while it was read');
}

export function writeRun(arena: Uint8Array, file: number, { offset, address, length }: Run): void {
  writeBytes(file, arena.subarray(address, address + length), offset);
}

/** How many elements of one tensor, and how many bytes of one slot, are in the arena at the most. */
export function mostAtOnce(job: Job, rows: MergeMethod['rows']): { elements: number; bytes: number } {
  let most = { elements: 0, bytes: 0 };
  for (const pieces of job.blocks) {
    const used = new Map<number, number>();
    for (const piece of pieces) {
      const tensor = job.tensors[piece.tensor];
      if (tensor === undefined) continue;
      const { before, after } = haloOf(tensor, piece, rows);
      const count = before + piece.count + after;
      used.set(0, (used.get(0) ?? 0) + piece.count * tensor.bytesPerElement);
      for (const [slot, source] of tensor.sources.entries()) {
        if (tensor.kind !== 'copy')
          used.set(slot + 1, (used.get(slot + 1) ?? 0) + count * source.bytesPerElement);
      }
      most = { ...most, elements: Math.max(most.elements, tensor.merged === undefined ? 0 : count) };
    }
    most = { ...most, bytes: Math.max(most.bytes, ...used.values()) };
  }
  return most;
}
