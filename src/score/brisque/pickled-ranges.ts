import { BadFile, checkedRanges } from './model.ts';
import type { Ranges } from './model.ts';

/** Opcodes of pickle protocol 2 to 4 that may occur, and how many bytes of argument each has. Nothing that calls or imports. */
const ARGUMENT_BYTES: Readonly<Record<string, number>> = {
  '\x80': 1, // PROTO
  '\x95': 8, // FRAME
  '\x94': 0, // MEMOIZE
  q: 1, // BINPUT
  '}': 0, // EMPTY_DICT
  '(': 0, // MARK
  ']': 0, // EMPTY_LIST
  e: 0, // APPENDS
  u: 0, // SETITEMS
};
const SHORT_TEXT = '\x8c';
const LONG_TEXT = 'X';
const DOUBLE = 'G';
const END = '.';

/**
 * `normalize.pickle` of the Python package brisque: a dictionary of two lists of doubles, `min_` and `max_`. Only the
 * opcodes that such a file needs are known, and none of them runs anything.
 * @throws BadFile
 */
export function readPickledRanges(bytes: Buffer): Ranges {
  const lists = new Map<string, number[]>();
  let current: number[] | undefined;
  for (let at = 0; at < bytes.length;) {
    const opcode = bytes.toString('latin1', at, at + 1);
    at++;
    if (opcode === END) return checkedRanges(lists.get('min_') ?? [], lists.get('max_') ?? []);
    if (opcode === DOUBLE) {
      if (current === undefined || at + 8 > bytes.length) break;
      const value = bytes.readDoubleBE(at);
      if (!Number.isFinite(value)) throw new BadFile('has a range that is not finite');
      current.push(value);
      at += 8;
    } else if (opcode === SHORT_TEXT || opcode === LONG_TEXT) {
      const size = opcode === SHORT_TEXT ? 1 : 4;
      if (at + size > bytes.length) break;
      const length = bytes.readUIntLE(at, size);
      current = [];
      lists.set(bytes.toString('utf8', at + size, at + size + length), current);
      at += size + length;
    } else {
      const skip = ARGUMENT_BYTES[opcode];
      if (skip === undefined) {
        throw new BadFile(`is a pickle with something other than lists of numbers (byte ${at - 1})`);
      }
      at += skip;
    }
  }
  throw new BadFile('is a pickle that ends too early');
}
