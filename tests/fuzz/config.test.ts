import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planChain } from '../../src/config/chain.ts';
import { parseMergeLines } from '../../src/config/merge-lines.ts';
import { isExpected } from '../../src/shared/errors.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import { parseGroup } from '../../src/space/groups.ts';
import { createSpace, decode } from '../../src/space/space.ts';
import { FUZZ_TIMEOUT, fuzz } from './runs.ts';

/** What it returns, or undefined for a refusal in words; everything else is thrown. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!isExpected(error)) throw error;
    return undefined;
  }
}

const names = fc.oneof(
  fc.constantFrom(...blocksOf('sd1'), 'IN12', 'M0', '__proto__', 'constructor', ''),
  fc.string({ maxLength: 8 }),
);
const groupText = fc
  .array(
    fc.oneof(
      names,
      fc.tuple(names, names).map((two) => two.join('-')),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(','));
const curveText = fc.oneof(
  fc.constantFrom('3', 'IN=4', 'out=2', 'IN=12', 'IN=0', '__proto__=2', 'IN==3', ' 5 '),
  fc.tuple(fc.string({ maxLength: 4 }), fc.nat(20)).map(([row, knots]) => `${row}=${knots}`),
  fc.string({ maxLength: 6 }),
);
const lineText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc
    .array(fc.constantFrom('A', 'B', 'C', 'O', ' ', '+', '=', ' + ', ' = ', '.safetensors', '__proto__'), {
      maxLength: 9,
    })
    .map((parts) => parts.join('')),
);

describe('what a user writes', () => {
  it(
    'as lines of merges is read or refused, and earlier lines make what later ones need',
    () => {
      fc.assert(
        fc.property(fc.array(lineText, { maxLength: 8 }), (texts) => {
          const lines = attempt(() => parseMergeLines(texts));
          for (const [index, line] of (lines ?? []).entries())
            for (const need of line.needs) expect(need).toBeLessThan(index);
        }),
        fuzz(),
      );
    },
    FUZZ_TIMEOUT,
  );

  it(
    'as groups is read or refused, and every block has one weight',
    () => {
      fc.assert(
        fc.property(
          fc.array(groupText, { maxLength: 3 }),
          fc.constantFrom('sd1' as const, 'sdxl' as const),
          fc.integer({ min: 1, max: 4 }),
          (groups, architecture, testGrouping) => {
            for (const text of groups) attempt(() => parseGroup(text, architecture));
            const settings = { architecture, low: 0, high: 1, intervals: 10, blocks: {} };
            const space = attempt(() => createSpace({ ...settings, groups, testGrouping }));
            if (space === undefined) return;
            const blocks = space.dimensions.flatMap((dimension) => dimension.blocks);
            expect(new Set(blocks).size).toBe(blocksOf(architecture).length);
            expect(blocks).toHaveLength(blocksOf(architecture).length);
            const weights = decode(
              space,
              space.dimensions.map((_, i) => i),
            );
            expect(Object.keys(weights)).toEqual(blocksOf(architecture));
          },
        ),
        fuzz(),
      );
    },
    FUZZ_TIMEOUT,
  );

  it(
    'as curves is read or refused, and every block has one weight within the bounds',
    () => {
      fc.assert(
        fc.property(
          fc.array(curveText, { maxLength: 3 }),
          fc.array(groupText, { maxLength: 1 }),
          fc.constantFrom('sd1' as const, 'sdxl' as const),
          fc.constantFrom('linear' as const, 'monotone' as const),
          (curve, groups, architecture, curveShape) => {
            const settings = { architecture, low: 0, high: 1, intervals: 10, blocks: {} };
            const space = attempt(() => createSpace({ ...settings, groups, curve, curveShape }));
            if (space === undefined) return;
            const blocks = space.dimensions.flatMap((dimension) => dimension.blocks);
            expect(new Set(blocks).size).toBe(blocks.length);
            const weights = decode(
              space,
              space.dimensions.map((_, d) => (d * 7) % 2),
            );
            expect(Object.keys(weights)).toEqual(expect.arrayContaining([...blocksOf(architecture)]));
            for (const weight of Object.values(weights)) expect(weight >= 0 && weight <= 1).toBe(true);
          },
        ),
        fuzz(),
      );
    },
    FUZZ_TIMEOUT,
  );

  it(
    'as a configuration is planned or refused, and no prototype is touched',
    () => {
      const keys = fc.constantFrom(
        'payload',
        'modelA',
        'modelB',
        'output',
        'pass',
        'merge',
        'twoStep',
        'block',
        'group',
        'low',
        '__proto__',
        'x',
      );
      const value = fc.oneof(
        fc.jsonValue(),
        fc.constantFrom(['p.json'], 'A', 'B', 'O', ['A + B = C'], [{ iterations: 3 }], { IN00: 'off' }),
      );
      fc.assert(
        fc.property(fc.array(fc.tuple(keys, value), { maxLength: 9 }), (entries) => {
          const raw: unknown = JSON.parse(
            `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item) ?? 'null'}`).join()}}`,
          );
          if (typeof raw !== 'object' || raw === null) return;
          const chain = attempt(() => planChain({ ...raw }));
          expect(chain?.steps.length).toBe(chain && chain.merges * chain.passes);
          expect(Object.keys(Object.prototype)).toEqual([]);
        }),
        fuzz(),
      );
    },
    FUZZ_TIMEOUT,
  );
});
