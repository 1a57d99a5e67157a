/** The lines of a long text that is written whole now and then, and of which a line may become another one: packed meanwhile. */
import { packed, unpacked } from '../shared/packed.ts';

/** Lines that are packed as one. */
const CHUNK = 256;

export class PackedLines {
  readonly #packed: Buffer[] = [];
  /** Behind those that are packed, fewer than a chunk. */
  #latest: string[] = [];

  get length(): number {
    return this.#packed.length * CHUNK + this.#latest.length;
  }

  /** @param at of a line that there is, or the next one. A line has no line break. */
  set(at: number, line: string): void {
    const chunk = Math.floor(at / CHUNK);
    const there = this.#packed[chunk];
    if (there !== undefined) {
      this.#packed[chunk] = packed(
        linesOf(there)
          .with(at % CHUNK, line)
          .join('\n'),
      );
      return;
    }
    this.#latest[at % CHUNK] = line;
    if (this.#latest.length < CHUNK) return;
    this.#packed.push(packed(this.#latest.join('\n')));
    this.#latest = [];
  }

  /** In pieces of one line or many. */
  *pieces(): Generator<string> {
    for (const piece of this.#packed) yield unpacked(piece).toString('utf8');
    yield* this.#latest;
  }
}

function linesOf(piece: Buffer): string[] {
  return unpacked(piece).toString('utf8').split('\n');
}
