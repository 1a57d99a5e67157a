/** All lines of a file, in memory: lines are much alike, and packed together they take a sixth of their room. */
import { packed, unpacked } from '../shared/packed.ts';

/** Bytes of lines that are packed as one. */
const CHUNK = 64 * 1024;

export class PackedLines {
  /** All lines but the latest. */
  readonly #packed: Buffer[] = [];
  /** No more bytes than a chunk, or a single line. */
  #latest: Buffer = Buffer.alloc(0);

  /** Copied: a small buffer is a part of a larger one, which would stay with everything else that is in it. */
  add(line: Buffer): void {
    if (this.#latest.length > 0 && this.#latest.length + line.length > CHUNK) {
      this.#packed.push(packed(this.#latest));
      this.#latest = ownCopy([line]);
    } else this.#latest = ownCopy([this.#latest, line]);
  }

  /** In pieces of whole lines: each as many as a chunk holds, or a single longer one. */
  *pieces(): Generator<Buffer> {
    for (const piece of this.#packed) yield unpacked(piece);
    yield this.#latest;
  }
}

function ownCopy(parts: readonly Buffer[]): Buffer {
  const copy = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(copy, at);
  return copy;
}
