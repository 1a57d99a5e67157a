import { array, assert, integer, property } from 'fast-check';
import { expect, it } from 'vitest';
import { PackedLines } from '../../../src/outputs/packed-lines.ts';

it('holds the lines as a list of them would, whichever become others', () => {
  assert(
    property(
      integer({ min: 0, max: 600 }),
      array(integer({ min: 0, max: 599 }), { maxLength: 5 }),
      (count, changes) => {
        const lines = Array.from({ length: count }, (_, n) => `line ${n}: ä, 0.5`);
        const kept = new PackedLines();
        for (const [at, line] of lines.entries()) kept.set(at, line);
        for (const [n, at] of changes.filter((one) => one < count).entries()) {
          lines[at] = `another ${n}`;
          kept.set(at, `another ${n}`);
        }
        expect(kept.length).toBe(count);
        expect([...kept.pieces()].join('\n')).toBe(lines.join('\n'));
      },
    ),
    { numRuns: 20 },
  );
});
