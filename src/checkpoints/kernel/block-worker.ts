/** One thread's share: reads the pieces of a block with as few reads as possible, computes, and writes it. */
import { readBytes } from '../../shared/files/read-bytes.ts';
import { writeBytes } from '../../shared/files/write-bytes.ts';
import { createAdder } from '../lora/addend.ts';
import { mergeMethod } from '../methods/registry.ts';
import { createJsKernel } from './js-kernel.ts';
import { createNumberWatch } from './number-watch.ts';
import { BLOCK_BYTES, type Job, type Piece, type TensorJob } from './job.ts';
import { CHUNK, type Kernel } from './kernel.ts';
import { scaleBy } from './scale-by.ts';
import { createWasmKernel } from './wasm-kernel.ts';

export interface BlockWorker {
  /** @returns bytes written */
  merge(block: number): number;
  /** Sums of the method's statistics for every piece of the block, into `sums` at `size` times the piece's number. */
  measure(block: number, firstPiece: number, sums: Float64Array): void;
  /** The largest magnitude of the results of every piece that is to be scaled, into `found` at the piece's number; infinite ones included. */
  largest(block: number, firstPiece: number, found: Float64Array): void;
}

/** Bytes in the arena that are never part of a buffer: the scratch of the kernel, and what it may read beyond. */
const MARGIN = 64;
const SLOTS = 3;
const FLOATS_BYTES = 4 * CHUNK + MARGIN;

/** Consecutive bytes of a file that are also consecutive in the arena. */
interface Run {
  readonly file: number;
  readonly offset: number;
  readonly address: number;
  length: number;
}

/** A piece with its places in the arena. */
interface Placed {
  readonly piece: Piece;
  readonly tensor: TensorJob;
  readonly out: number;
  readonly models: readonly number[];
}

export function createBlockWorker(job: Job, kind: Kernel['name'] = 'wasm'): BlockWorker {
  const method = mergeMethod(job.method);
  const floatsAt = (slot: number): number => MARGIN + slot * FLOATS_BYTES;
  const buffersAt = MARGIN + (SLOTS + 1) * FLOATS_BYTES;
  const slotBytes = largestBlock(job.tensors) + MARGIN;
  const slotAt = (slot: number): number => buffersAt + slot * slotBytes;
  const arenaBytes = slotAt(method.models + 1) + MARGIN;
  const kernel =
    (kind === 'wasm' ? createWasmKernel(arenaBytes) : undefined) ??
    createJsKernel(new Uint8Array(arenaBytes));
  const coefficients = job.coefficients.map((numbers) => Float32Array.from(numbers));
  const numbers = createNumberWatch(kernel, job.findings);
  const adder = job.tensors.some(({ kind: what }) => what === 'add') ? createAdder(job.files) : undefined;

  const decoded = ({ tensor, models, piece }: Placed, done: number, count: number): number[] =>
    tensor.sources.map((source, slot) => {
      const from = (models[slot] ?? 0) + done * source.bytesPerElement;
      if (source.type === 'F32' && source.scale === undefined && from % 4 === 0) return from;
      if (source.type === undefined) throw new Error(`piece ${piece.tensor} has no float type`);
      kernel.decode(source.type, from, floatsAt(slot), count);
      if (source.scale !== undefined) {
        scaleBy(
          source.scale,
          piece.first + done,
          new Float32Array(kernel.arena.buffer, floatsAt(slot), count),
        );
      }
      return floatsAt(slot);
    });

  const compute = (placed: Placed): void => {
    const { tensor, piece, out } = placed;
    const { type } = tensor;
    if (type === undefined) return;
    const factors = coefficients[piece.tensor] ?? new Float32Array();
    if (tensor.kind === 'add') adder?.sum(piece.tensor, tensor.addends ?? [], piece.first, piece.count);
    inChunks(piece.count, (done, count) => {
      const models = decoded(placed, done, count);
      const index = piece.tensor;
      numbers.lookAtModels(index, models, count);
      const to = out + done * tensor.bytesPerElement;
      const isDirect = type === 'F32' && to % 4 === 0 && tensor.kind === 'combine';
      let result = models[0] ?? 0;
      if (tensor.kind === 'combine') {
        result = isDirect ? to : floatsAt(SLOTS);
        kernel.combine(method, models, factors, result, count);
      }
      if (tensor.divisor !== undefined)
        divide(new Float32Array(kernel.arena.buffer, result, count), tensor.divisor);
      if (tensor.kind === 'add') {
        const hadNotFinite = numbers.lookAtValues(index, result, count);
        adder?.addTo(new Float32Array(kernel.arena.buffer, result, count), done);
        numbers.lookAtSum(index, type, result, hadNotFinite, count);
      } else numbers.lookAtResult(index, type, result, models, count);
      if (!isDirect) kernel.encode(type, result, to, count);
    });
  };

  /** What is not computed, or not written. */
  const check = ({ tensor, piece, out, models: [model = out] }: Placed): void => {
    const [source] = tensor.sources;
    if (source?.type === undefined) return;
    if (source.scale === undefined) {
      numbers.lookAtCodes(piece.tensor, source.type, model, piece.count, floatsAt(0));
      return;
    }
    inChunks(piece.count, (done, count) => {
      const [values = 0] = decoded({ tensor, piece, out, models: [model] }, done, count);
      numbers.lookAtValues(piece.tensor, values, count);
    });
  };

  /** Without what is only copied. */
  const readModels = (block: number): readonly Placed[] => {
    const { placed, reads } = place(job, block, slotAt);
    for (const run of reads)
      if (run.address >= slotAt(1)) readRun(kernel.arena, job.files[run.file] ?? -1, run);
    return placed;
  };

  const largestResult = (placed: Placed): number => {
    let largest = 0;
    inChunks(placed.piece.count, (done, count) => {
      const models = decoded(placed, done, count);
      let result = models[0] ?? 0;
      if (placed.tensor.kind === 'combine') {
        result = floatsAt(SLOTS);
        kernel.combine(
          method,
          models,
          coefficients[placed.piece.tensor] ?? new Float32Array(),
          result,
          count,
        );
      }
      largest = Math.max(largest, kernel.largest(4, result, count));
    });
    return new Float32Array(Uint32Array.of(largest).buffer)[0] ?? 0;
  };

  return {
    merge(block) {
      const { placed, reads, writes, bytes } = place(job, block, slotAt);
      for (const run of reads) readRun(kernel.arena, job.files[run.file] ?? -1, run);
      for (const one of placed) {
        if (one.tensor.bytes !== undefined) kernel.arena.set(contentOf(one), one.out);
        else if (one.tensor.kind === 'copy' || one.tensor.kind === 'check') check(one);
        else compute(one);
      }
      for (const run of writes) writeRun(kernel.arena, job.output, run);
      return bytes;
    },
    measure(block, firstPiece, sums) {
      const size = method.statistics?.size ?? 0;
      const placed = readModels(block);
      for (const [index, one] of placed.entries()) {
        if (one.tensor.kind !== 'combine') continue;
        const at = (firstPiece + index) * size;
        inChunks(one.piece.count, (done, count) =>
          kernel.accumulate(method, decoded(one, done, count), sums.subarray(at, at + size), count),
        );
      }
    },
    largest(block, firstPiece, found) {
      for (const [index, one] of readModels(block).entries())
        if (one.tensor.isScaled === true) found[firstPiece + index] = largestResult(one);
    },
  };
}

function divide(floats: Float32Array, divisor: number): void {
  for (let i = 0; i < floats.length; i++) floats[i] = (floats[i] ?? 0) / divisor;
}

/** A small job needs no large buffers. A multiple of 16. */
function largestBlock(tensors: readonly TensorJob[]): number {
  const widest = (tensor: TensorJob): number =>
    Math.max(tensor.bytesPerElement, ...tensor.sources.map(({ bytesPerElement }) => bytesPerElement));
  const all = tensors.reduce((sum, tensor) => sum + tensor.count * widest(tensor), 0);
  return Math.min(BLOCK_BYTES, Math.ceil(all / 16) * 16);
}

function place(
  job: Job,
  block: number,
  slotAt: (slot: number) => number,
): { placed: Placed[]; reads: Run[]; writes: Run[]; bytes: number } {
  const next = Array.from({ length: SLOTS + 1 }, (_, slot) => slotAt(slot));
  const take = (slot: number, length: number): number => {
    const address = next[slot] ?? 0;
    next[slot] = address + length;
    return address;
  };
  const reads = new Map<number, Run[]>();
  const writes: Run[] = [];
  const placed: Placed[] = [];
  for (const piece of job.blocks[block] ?? []) {
    const tensor = job.tensors[piece.tensor];
    if (tensor === undefined) continue;
    const length = piece.count * tensor.bytesPerElement;
    const out = take(0, length);
    extend(writes, {
      file: -1,
      offset: tensor.offset + piece.first * tensor.bytesPerElement,
      address: out,
      length,
    });
    const models = tensor.sources.map((source, slot) => {
      const bytes = piece.count * source.bytesPerElement;
      const address = tensor.kind === 'copy' ? out : take(slot + 1, bytes);
      const runs = reads.get(slot) ?? [];
      reads.set(slot, runs);
      extend(runs, {
        file: source.file,
        offset: source.offset + piece.first * source.bytesPerElement,
        address,
        length: bytes,
      });
      return address;
    });
    placed.push({ piece, tensor, out, models });
  }
  return { placed, reads: [...reads.values()].flat(), writes, bytes: (next[0] ?? 0) - slotAt(0) };
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

function contentOf({ tensor, piece }: Placed): Uint8Array {
  const from = piece.first * tensor.bytesPerElement;
  return tensor.bytes?.subarray(from, from + piece.count * tensor.bytesPerElement) ?? new Uint8Array();
}

function inChunks(count: number, work: (done: number, count: number) => void): void {
  for (let done = 0; done < count; done += CHUNK) work(done, Math.min(CHUNK, count - done));
}

function readRun(arena: Uint8Array, file: number, { offset, address, length }: Run): void {
  const read = readBytes(file, arena.subarray(address, address + length), offset);
  if (read < length) throw new Error('a model became shorter while it was read');
}

function writeRun(arena: Uint8Array, file: number, { offset, address, length }: Run): void {
  writeBytes(file, arena.subarray(address, address + length), offset);
}
