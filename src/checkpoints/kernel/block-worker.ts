/** One thread's share: reads the pieces of a block with as few reads as possible, computes, and writes it. */
import { createAdder } from '../lora/addend.ts';
import { mergeMethod } from '../methods/registry.ts';
import { adjustValues } from './adjust-values.ts';
import { createJsKernel } from './js-kernel.ts';
import { createNumberWatch } from './number-watch.ts';
import { PIECE_ELEMENTS, type Job, type Piece } from './job.ts';
import { CHUNK, type Kernel } from './kernel.ts';
import { mostAtOnce, place, readRun, writeRun, type Placed } from './placing.ts';
import { scaleBy } from './scale-by.ts';
import { createWasmKernel } from './wasm-kernel.ts';

export interface BlockWorker {
  /** @returns bytes written */
  merge(block: number): number;
  /** The numbers that the method measures of a tensor, into `found`; nothing where it is not merged. */
  measure(tensor: number, found: Float64Array): void;
  /** The largest magnitude of the results of every piece that is to be scaled, into `found` at the piece's number; infinite ones included. */
  largest(block: number, firstPiece: number, found: Float64Array): void;
}

/** Bytes in the arena that are never part of a buffer: the scratch of the kernel, and what it may read beyond. */
const MARGIN = 64;

export function createBlockWorker(job: Job, kind: Kernel['name'] = 'wasm'): BlockWorker {
  const method = mergeMethod(job.method);
  const { rows } = method;
  const slots = job.tensors.reduce((most, { sources }) => Math.max(most, sources.length), 1);
  const most = mostAtOnce(job, rows);
  // Rows are given to the method as a whole.
  const chunk = rows === undefined ? CHUNK : Math.max(CHUNK, most.elements);
  const floatsAt = (slot: number): number => MARGIN + slot * (16 * Math.ceil(chunk / 4) + MARGIN);
  const resultAt = floatsAt(slots);
  // A multiple of 16.
  const slotBytes = 16 * Math.ceil(most.bytes / 16) + MARGIN;
  const slotAt = (slot: number): number => floatsAt(slots + 1) + slot * slotBytes;
  const arenaBytes = slotAt(slots + 1) + MARGIN;
  const kernel =
    (kind === 'wasm' ? createWasmKernel(arenaBytes) : undefined) ??
    createJsKernel(new Uint8Array(arenaBytes));
  const floats = (address: number, count: number): Float32Array =>
    new Float32Array(kernel.arena.buffer, address, count);
  const numbers = createNumberWatch(kernel, job.findings);
  const adder = job.tensors.some(({ kind: what }) => what === 'add') ? createAdder(job.files) : undefined;

  /** From an element of the piece on; with the rows around it, those too. */
  const decoded = ({ tensor, models, piece, before, after }: Placed, done: number, count: number): number[] =>
    tensor.sources.map((source, slot) => {
      const from = (models[slot] ?? 0) + done * source.bytesPerElement;
      if (source.type === 'F32' && source.scale === undefined && from % 4 === 0) return from;
      if (source.type === undefined) throw new Error(`piece ${piece.tensor} has no float type`);
      const read = before + count + after;
      kernel.decode(source.type, from, floatsAt(slot), read);
      if (source.scale !== undefined)
        scaleBy(source.scale, piece.first + done - before, floats(floatsAt(slot), read));
      return floatsAt(slot);
    });

  /** The method's work. @param models as decoded */
  const combine = (
    placed: Placed,
    models: readonly number[],
    done: number,
    count: number,
    to: number,
  ): void => {
    const { piece, tensor, before, after } = placed;
    if (tensor.merged === undefined) throw new Error(`piece ${piece.tensor} is not merged`);
    const at = { ...tensor.merged, first: piece.first + done, before };
    const factors = job.coefficients[piece.tensor] ?? new Float32Array();
    kernel.combine(method, models, factors, to, count, at, before + count + after);
  };

  /** Where the numbers are after it: those of a model are still to be looked at, and stay. @param at those of the result */
  const adjust = ({ tensor, piece }: Placed, at: number, done: number, count: number): number => {
    if (tensor.adjustment === undefined) return at;
    const to = tensor.kind === 'combine' ? at : resultAt;
    if (to !== at) floats(to, count).set(floats(at, count));
    adjustValues(floats(to, count), tensor.adjustment, piece.first + done);
    return to;
  };

  /** A piece with rows around it is never cut. */
  const inChunks = ({ count }: Piece, work: (done: number, count: number) => void): void => {
    for (let done = 0; done < count; done += chunk) work(done, Math.min(chunk, count - done));
  };

  const compute = (placed: Placed): void => {
    const { tensor, piece, out, before } = placed;
    const { type } = tensor;
    if (type === undefined) return;
    if (tensor.kind === 'add') adder?.sum(piece.tensor, tensor.addends ?? [], piece.first, piece.count);
    inChunks(piece, (done, count) => {
      const read = decoded(placed, done, count);
      const models = read.map((address) => address + 4 * before);
      const index = piece.tensor;
      numbers.lookAtModels(index, models, count);
      const to = out + done * tensor.bytesPerElement;
      const isDirect = type === 'F32' && to % 4 === 0 && tensor.kind === 'combine';
      let result = models[0] ?? 0;
      if (tensor.kind === 'combine') {
        result = isDirect ? to : resultAt;
        combine(placed, read, done, count, result);
      }
      result = adjust(placed, result, done, count);
      if (tensor.divisor !== undefined) divide(floats(result, count), tensor.divisor);
      if (tensor.kind === 'add') {
        const hadNotFinite = numbers.lookAtValues(index, result, count);
        adder?.addTo(floats(result, count), done);
        numbers.lookAtSum(index, type, result, hadNotFinite, count);
      } else numbers.lookAtResult(index, type, result, models, count, method.hidesNonFinite);
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
    inChunks(piece, (done, count) => {
      const [values = 0] = decoded({ tensor, piece, out, models: [model], before: 0, after: 0 }, done, count);
      numbers.lookAtValues(piece.tensor, values, count);
    });
  };

  /** Without what is only copied. */
  const readModels = (pieces: readonly Piece[]): readonly Placed[] => {
    const { placed, reads } = place(job, pieces, rows, slotAt);
    for (const run of reads)
      if (run.address >= slotAt(1)) readRun(kernel.arena, job.files[run.file] ?? -1, run);
    return placed;
  };

  const largestResult = (placed: Placed): number => {
    let largest = 0;
    inChunks(placed.piece, (done, count) => {
      const models = decoded(placed, done, count);
      let result = models[0] ?? 0;
      if (placed.tensor.kind === 'combine') {
        result = resultAt;
        combine(placed, models, done, count, result);
      }
      result = adjust(placed, result, done, count);
      largest = Math.max(largest, kernel.largest(4, result, count));
    });
    return new Float32Array(Uint32Array.of(largest).buffer)[0] ?? 0;
  };

  return {
    merge(block) {
      const { placed, reads, writes, bytes } = place(job, job.blocks[block] ?? [], rows, slotAt);
      for (const run of reads) readRun(kernel.arena, job.files[run.file] ?? -1, run);
      for (const one of placed) {
        if (one.tensor.bytes !== undefined) kernel.arena.set(contentOf(one), one.out);
        else if (one.tensor.kind === 'copy' || one.tensor.kind === 'check') check(one);
        else compute(one);
      }
      for (const run of writes) writeRun(kernel.arena, job.output, run);
      return bytes;
    },
    measure(index, found) {
      const { count = 0, merged } = job.tensors[index] ?? {};
      if (merged === undefined || method.measure === undefined) return;
      const measurement = method.measure.start(merged.tensor, merged.values);
      for (let pass = 0; pass < method.measure.passes; pass++) {
        for (let first = 0; first < count; first += PIECE_ELEMENTS) {
          const piece = { tensor: index, first, count: Math.min(PIECE_ELEMENTS, count - first) };
          for (const one of readModels([piece])) {
            inChunks(piece, (done, length) => {
              const models = decoded(one, done, length).map((address) => floats(address, length));
              measurement.add(models, first + done, pass);
            });
          }
        }
      }
      found.set(measurement.result());
    },
    largest(block, firstPiece, found) {
      for (const [index, one] of readModels(job.blocks[block] ?? []).entries())
        if (one.tensor.isScaled === true) found[firstPiece + index] = largestResult(one);
    },
  };
}

function divide(floats: Float32Array, divisor: number): void {
  for (let i = 0; i < floats.length; i++) floats[i] = (floats[i] ?? 0) / divisor;
}

function contentOf({ tensor, piece }: Placed): Uint8Array {
  const from = piece.first * tensor.bytesPerElement;
  return tensor.bytes?.subarray(from, from + piece.count * tensor.bytesPerElement) ?? new Uint8Array();
}
