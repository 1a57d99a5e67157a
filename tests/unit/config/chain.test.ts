import { describe, expect, it } from 'vitest';
import { planChain } from '../../../src/config/chain.ts';
import { parseMergeLines } from '../../../src/config/merge-lines.ts';

const PAIR = { payload: ['p.json'], modelA: 'A', modelB: 'B', output: 'O' };

describe('lines of a multi merge', () => {
  it('reads names with spaces, signs and extensions', () => {
    expect(
      parseMergeLines(['a+b=c', ' my model + sd v1.5.safetensors = x=y ', '1+2 + c = d']).slice(0, 3),
    ).toMatchObject([
      { modelA: 'a', modelB: 'b', output: 'c', needs: [] },
      { modelA: 'my model', modelB: 'sd v1.5.safetensors', output: 'x=y', needs: [] },
      { modelA: '1+2', modelB: 'c', output: 'd', needs: [0] },
    ]);
  });

  it.each([
    ['no signs', ['A B'], /Merge 1 is "A B": it must have the form A \+ B = O/],
    ['no output', ['A + B = '], /it must have the form A \+ B = O/],
    [
      'two of one name',
      ['A + B = O', 'C + D = O.safetensors'],
      /Merge 2 .* has the same output as merge 1, O/,
    ],
    ['its own output', ['A + O = O'], /Merge 1 \(A \+ O = O\) uses its own output, O/],
    [
      'a later output',
      ['A + X = O', 'B + C = X'],
      /Merge 1 .* uses X, the output of merge 2: move that line above it/,
    ],
    ['each other', ['A + X = O', 'O + C = X'], /Merges 1 .* and 2 .* depend on each other's outputs/],
    [
      'a ring of three',
      ['A + Z = X', 'X + B = Y', 'Y + C = Z'],
      /Merges 1 .* and 3 .* depend on each other's outputs/,
    ],
  ])('refuses %s', (_, lines, message) => {
    expect(() => parseMergeLines(lines)).toThrow(message);
  });
});

describe('a chain', () => {
  it('of one search is that search', () => {
    const { steps, merges, passes } = planChain(PAIR);
    expect({ merges, passes }).toEqual({ merges: 1, passes: 1 });
    expect(steps).toMatchObject([
      { id: '1.1', isLast: true, needs: [], seedShift: 0, config: { output: 'O' } },
    ]);
    expect(steps[0]?.config).not.toHaveProperty('pass');
  });

  it('gives every pass the common options and its own, and a checkpoint to the last', () => {
    const { steps } = planChain({
      ...PAIR,
      iterations: 60,
      warmStart: ['preset:GRAD_A'],
      pass: [{ payload: ['q.json'], optimizer: 'cma-es', iterations: 10 }],
    });
    expect(steps.map(({ id, isLast, config }) => ({ id, isLast, save: config.saveBest }))).toEqual([
      { id: '1.1', isLast: false, save: 'none' },
      { id: '1.2', isLast: true, save: 'webui' },
    ]);
    expect(steps[1]?.config).toMatchObject({
      payload: ['q.json'],
      optimizer: 'cma-es',
      iterations: 10,
      warmStart: [],
    });
    expect(steps[0]?.config).toMatchObject({
      optimizer: 'bayesian',
      iterations: 60,
      warmStart: ['preset:GRAD_A'],
    });
  });

  it('refuses goals with several passes, and takes them with several merges', () => {
    const goals = { scorer: ['quality', 'niqe'], goals: ['quality,niqe'] };
    expect(() => planChain({ ...PAIR, ...goals, pass: [{ seed: 2 }] })).toThrow(
      /--goals works with a single pass/,
    );
    expect(() => planChain({ ...PAIR, scorer: goals.scorer, pass: [goals] })).toThrow(/--goals works with/);
    const { steps } = planChain({ payload: ['p.json'], ...goals, merge: ['A + B = C', 'C + D = E'] });
    expect(steps.map(({ config }) => config.goals)).toEqual([goals.goals, goals.goals]);
  });

  it('proves what the last pass has found, and others only where that was asked for', () => {
    const provesOf = (more: Readonly<Record<string, unknown>>): (number | undefined)[] =>
      planChain({ ...PAIR, pass: [{ seed: 5 }, { seed: 6 }], ...more }).steps.map(
        ({ config }) => config.prove,
      );
    expect(provesOf({})).toEqual([0, 0, undefined]);
    expect(provesOf({ prove: 12 })).toEqual([12, 12, 12]);
    expect(provesOf({ pass: [{ prove: 12 }, { seed: 6 }] })).toEqual([0, 12, undefined]);
    expect(provesOf({ prove: 0 })).toEqual([0, 0, 0]);
  });

  it('leaves the beginning to every pass where nothing is carried over', () => {
    const { steps } = planChain({
      ...PAIR,
      warmStart: ['preset:GRAD_A'],
      shareMemory: false,
      pass: [{ optimizer: 'cma-es' }],
    });
    expect(steps[1]?.config.warmStart).toEqual(['preset:GRAD_A']);
  });

  it('writes checkpoints natively for merges that build on each other, and shifts the seeds of each second one', () => {
    const { steps } = planChain({
      payload: ['p.json'],
      twoStep: true,
      merge: ['A + B = O1', 'O1 + C = O2', 'O2 + O1 = O3'],
    });
    expect(steps.map(({ needs, seedShift, config }) => [needs, seedShift, config.saveBest])).toEqual([
      [[], 0, 'checkpoint'],
      [[0], 1, 'checkpoint'],
      [[1, 0], 0, 'checkpoint'],
    ]);
  });

  it.each([
    ['models beside lines', { ...PAIR, merge: ['A + B = C'] }, /leave out --model-a, --model-b and --output/],
    ['an empty pass', { ...PAIR, pass: [{}] }, /Pass 2 is empty/],
    ['a pass without payloads', { ...PAIR, pass: [{ payload: [] }] }, /Pass 2: --payload must not be empty/],
    [
      'another model in a pass',
      { ...PAIR, pass: [{ modelA: 'C' }] },
      /Pass 2 has the key "modelA", which cannot differ between/,
    ],
    [
      'a misspelt key in a pass',
      { ...PAIR, pass: [{ iteratons: 3 }] },
      /Pass 2 .* Did you mean "?iterations/,
    ],
    ['a bad value in a pass', { ...PAIR, pass: [{ low: 3 }] }, /Pass 2: --low must be at most 2; got 3/],
    [
      'a needed output that is not written',
      { payload: ['p'], saveBest: 'none', merge: ['A + B = C', 'C + D = E'] },
      /Merge 2 needs C, the output of merge 1 .* --save-best none/,
    ],
    ['a missing model', { payload: ['p'] }, /--model-a is missing/],
    [
      'a bad output in a line',
      { payload: ['p'], merge: ['A + B = a:b'] },
      /Merge 1 .*--output must be a plain name/,
    ],
  ])('refuses %s', (_, raw, message) => {
    expect(() => planChain(raw)).toThrow(message);
  });
});
