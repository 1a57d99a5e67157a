import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recoverLog } from '../../../src/recover/recover-log.ts';
import { type BlockWeights } from '../../../src/space/blocks.ts';
import { SEARCH_ORDER, weightsFromList, weightsToList } from '../../../src/architectures/sd-lists.ts';
import { wholeRun, wrap, type LoggedIteration } from './python-log.ts';
import { fuzz } from '../../fuzz/runs.ts';

const tenths = fc.integer({ min: 0, max: 10 }).map((step) => Math.round(step * 10) / 100);
const twentieths = fc.integer({ min: -20, max: 40 }).map((step) => Math.round(step * 5) / 100);
const anything = fc.double({ min: -1, max: 2, noNaN: true });
const list27 = fc.oneof(
  ...[tenths, twentieths, anything, fc.oneof(tenths, anything)].map((weight) => {
    return fc.array(weight, { minLength: 27, maxLength: 27 });
  }),
);
const score = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: -3, max: 9, noNaN: true }),
);
const iterations = fc.array(
  fc.record({
    weights: list27.map((list) =>
      weightsFromList(
        list.map((value) => value + 0),
        'search',
      ),
    ),
    score: score.map((value) => value + 0),
  }),
  { minLength: 1, maxLength: 5 },
);
const otherLine = fc.oneof(
  fc.constantFrom(
    '100%|██████████| 20/20 [00:02<00:00,  8.11it/s]',
    'load checkpoint from C:\\Users\\User/.cache/ImageReward\\ImageReward.pt',
    'checkpoint loaded',
    '2023-11-21 02:02:24,217 - AutoMBWrt - DEBUG - <Response [200]>',
    '2023-11-21 02:02:24,217 - ControlNet - INFO - score: 0.9',
    'test score: 0.99',
    'INFO:     127.0.0.1:52614 - "POST /sdapi/v1/txt2img HTTP/1.1" 200 OK',
    '/venv/lib/site-packages/sklearn/gaussian_process/kernels.py:430: ConvergenceWarning: The optimal value found for dimension 0 of parameter k2__noise_level is close to the specified lower bound 1e-05.',
    '0.1,0.2,0.3',
    "'7' : 12",
    '',
  ),
  fc.string({ maxLength: 90 }).filter((text) => !/^\s*[\d.eE+-]*\s*$/.test(text) && !/[\r\n]/.test(text)),
);
const damage = fc.record({
  width: fc.oneof(
    fc.constant(undefined),
    fc.integer({ min: 20, max: 260 }),
    fc.integer({ min: 150, max: 210 }),
  ),
  others: fc.array(fc.tuple(fc.nat(), otherLine), { maxLength: 8 }),
  othersAreWrapped: fc.boolean(),
  trimmed: fc.boolean(),
  newline: fc.constantFrom('\n', '\r\n', '\r\r\n'),
  colours: fc.array(fc.tuple(fc.nat(), fc.constantFrom('\u001B[0;32m', '\u001B[0m', '\u001B[K')), {
    maxLength: 6,
  }),
});

interface Line {
  readonly text: string;
  /** False inside a wrapped record or the end block, where nothing else may come between. */
  readonly free: boolean;
}

describe('a damaged console log', () => {
  it('gives back every iteration and the best, however it was wrapped, coloured and interleaved', () => {
    fc.assert(
      fc.property(iterations, damage, (original, how) => {
        const text = write(original, how);
        const { runs } = recoverLog(text);
        expect(runs).toHaveLength(1);
        expect(runs[0]?.iterations.map(plain)).toEqual(original.map(plain));
        const top = Math.max(...original.map((iteration) => iteration.score));
        expect(runs[0]?.best?.score).toBe(top);
        expect(runs[0]?.best?.source).toBe('end-block');
        expect(original.filter((iteration) => iteration.score === top).map(plain)).toContainEqual(
          plain({ weights: runs[0]?.best?.weights ?? {}, score: top }),
        );
        expect(runs[0]?.unfinished).toEqual([]);
      }),
      fuzz(150, 4000),
    );
  });

  it('invents nothing when it is cut at any character', () => {
    fc.assert(
      fc.property(iterations, damage, fc.nat(), (original, how, at) => {
        const text = write(original, how);
        const { runs } = recoverLog(text.slice(0, at % (text.length + 1)));
        const known = original.map(plain);
        const lists = known.map(({ list }) => list);
        const found = runs.flatMap((run) => run.iterations.map(plain));
        expect(found).toEqual(known.slice(0, found.length));
        const bests = runs.flatMap(({ best }) => (best === undefined ? [] : [best]));
        expect(known).toEqual(
          expect.arrayContaining(bests.map((best) => plain({ ...best, score: best.score ?? NaN }))),
        );
        const unfinished = runs.flatMap((run) =>
          run.unfinished.map((weights) => weightsToList(weights, 'search')),
        );
        expect(lists).toEqual(
          expect.arrayContaining(unfinished.map((list) => list.map((value) => value + 0))),
        );
        const partial = runs.flatMap(({ partialBest }) =>
          partialBest === undefined ? [] : [partialBest.weights],
        );
        const fitting = partial.filter((part) => original.some(({ weights }) => isPartOf(part, weights)));
        expect(fitting).toEqual(partial);
      }),
      fuzz(300, 8000),
    );
  });

  it('keeps two runs apart that were wrapped at different widths into one file', () => {
    fc.assert(
      fc.property(iterations, damage, iterations, damage, (first, how, second, then) => {
        const { runs } = recoverLog(write(first, how) + write(second, { ...then, newline: how.newline }));
        const found = runs.map((run) => run.iterations.map(plain));
        // Two widths in one file can make a last number doubtful: then it is left out, never guessed.
        expect(found).toHaveLength(2);
        expect(first.map(plain)).toEqual(expect.arrayContaining(found[0] ?? []));
        expect(second.map(plain)).toEqual(expect.arrayContaining(found[1] ?? []));
      }),
      fuzz(100, 3000),
    );
  });

  it('never throws, whatever the text', () => {
    const word = fc.constantFrom(
      'testweights: ',
      'test score: ',
      "Results: '",
      'Best score: ',
      "'3' : ",
      'modelA=',
      '{"event":"trial",',
      '0.1,',
      '0.12',
      '\n',
      '\r',
      '\u001B[',
      '2023-11-21 01:27:27,668 - AutoMBWrt - INFO - ',
      '[0] hyper_score (X): 3%| | 4/9 [',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 9 })), { maxLength: 120 }), (words) => {
        for (const run of recoverLog(words.join('')).runs) {
          for (const { weights, score } of run.iterations) {
            expect(Object.values(weights).every(Number.isFinite)).toBe(true);
            expect(score).toSatisfy(Number.isFinite);
          }
        }
      }),
      fuzz(150, 4000),
    );
  });
});

function isPartOf(part: BlockWeights, whole: BlockWeights): boolean {
  return SEARCH_ORDER.every((name) => part[name] === undefined || part[name] === whole[name]);
}

/** -0 and 0 are one weight. */
function plain({ weights, score }: LoggedIteration): { list: number[]; score: number } {
  return { list: weightsToList(weights, 'search').map((value) => value + 0), score: score + 0 };
}

function write(original: readonly LoggedIteration[], how: DamageOf<typeof damage>): string {
  const records = wholeRun(original);
  const inBlock = records.findIndex((line) => line.startsWith('Results:'));
  const afterBlock = records.findIndex((line) => line.includes('Saving checkpoint'));
  const free = (index: number): boolean => index <= inBlock || index >= afterBlock;
  let lines: Line[] = records.map((text, index) => ({ text, free: free(index) }));
  if (how.othersAreWrapped) lines = insert(lines, how.others);
  if (how.width !== undefined) {
    const width = how.width;
    lines = lines.flatMap((line) => {
      return wrap([line.text], width).map((text, piece) => ({ text, free: line.free && piece === 0 }));
    });
  }
  if (!how.othersAreWrapped) lines = insert(lines, how.others);
  const physical = lines.map(({ text }) => (how.trimmed ? text.trimEnd() : text));
  return colour(physical.join(how.newline) + how.newline, how.colours);
}

type DamageOf<T> = T extends fc.Arbitrary<infer U> ? U : never;

function insert(lines: readonly Line[], others: readonly (readonly [number, string])[]): Line[] {
  const result = [...lines];
  for (const [seed, text] of others) {
    const places = result.flatMap(({ free }, index) => (free ? [index] : []));
    result.splice(places[seed % places.length] ?? 0, 0, { text, free: true });
  }
  return result;
}

const ESCAPE = String.fromCharCode(27);
/** A letter or mark that is no part of another code. */
const BEFORE_A_WORD = new RegExp(`(?<![\\r${ESCAPE}[;\\d])(?=[a-zA-Z:,])(?<!${ESCAPE}\\[[\\d;]*)`, 'g');

/** Codes of no width anywhere but inside a line end or another code. */
function colour(text: string, codes: readonly (readonly [number, string])[]): string {
  let result = text;
  for (const [seed, code] of codes) {
    const places = [...result.matchAll(BEFORE_A_WORD)].map(({ index }) => index);
    const place = places[seed % Math.max(1, places.length)] ?? 0;
    result = result.slice(0, place) + code + result.slice(place);
  }
  return result;
}
