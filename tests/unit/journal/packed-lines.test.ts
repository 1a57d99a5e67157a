import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackedLines } from '../../../src/journal/packed-lines.ts';

const CHUNK = 65_536;

function packedOf(lengths: readonly number[]): { readonly pieces: readonly Buffer[]; readonly all: Buffer } {
  const lines = new PackedLines();
  const given = lengths.map((length, n) => Buffer.alloc(length, 97 + (n % 26)));
  for (const line of given) lines.add(line);
  // Of a buffer that is used for something else by now nothing is left.
  const all = Buffer.concat(given);
  for (const line of given) line.fill(0);
  return { pieces: [...lines.pieces()], all };
}

describe('packed lines', () => {
  it('are the same lines in the same order, whatever their lengths', () => {
    assert(
      property(array(integer({ min: 1, max: 100_000 }), { maxLength: 12 }), (lengths) => {
        const { pieces, all } = packedOf(lengths);
        expect(Buffer.concat(pieces).equals(all)).toBe(true);
      }),
    );
  });

  it.each([
    [[], [0]],
    [[10, 20], [30]],
    [[CHUNK - 1, 1], [CHUNK]],
    [
      [CHUNK, 1, 2],
      [CHUNK, 3],
    ],
    [
      [200_000, 1],
      [200_000, 1],
    ],
    [
      [1, 200_000, 200_000, 5],
      [1, 200_000, 200_000, 5],
    ],
    [
      [30_000, 30_000, 30_000, 30_000, 30_000],
      [60_000, 60_000, 30_000],
    ],
  ])('of %j bytes are packed together as %j', (lengths, together) => {
    expect(packedOf(lengths).pieces.map(({ length }) => length)).toEqual(together);
  });
});
