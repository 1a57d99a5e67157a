import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeLogBytes } from '../../../src/recover/decode.ts';
import { recoverLog } from '../../../src/recover/recover-log.ts';
import { toTrials } from '../../../src/recover/to-trials.ts';
import { uniformWeights, type BlockWeights } from '../../../src/space/blocks.ts';
import { weightsFromList, weightsToList } from '../../../src/architectures/sd-lists.ts';
import { fixture, fixtures, HISTORIES, iterationsOf } from './fixtures.ts';
import {
  bar,
  bestOf,
  endBlock,
  logged,
  testScore,
  testweights,
  wholeRun,
  wrap,
  type LoggedIteration,
} from './python-log.ts';

describe('logs of whole and broken runs', () => {
  it('reads a whole run: every iteration, names, seed, times', async () => {
    const expected = await iterationsOf(HISTORIES.b18);
    const { runs, notes } = recoverLog(fixture('whole-run.log'));
    expect(notes).toEqual([]);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toEqual({
      format: 'console',
      firstLine: 1,
      iterations: expected,
      best: { ...bestOf(expected), source: 'end-block' },
      unfinished: [],
      modelA: '_13a-limeremix.safetensors [abcdef0123]',
      modelB: '_14a-cyberrealistic.safetensors [0123abcdef]',
      modelO: '08b-AstolfoMix',
      timings: {
        evaluation: 174590.83615255356,
        optimization: 34.05722665786743,
        iteration: 174624.89337921143,
      },
      seed: 367813992,
      optimizer: 'Bayesian Optimization',
      notes: [],
    });
  });

  it('reads a copy out of a terminal of 80 columns, with CRLF and trimmed line ends', async () => {
    const expected = (await iterationsOf(HISTORIES.b208)).slice(0, 12);
    const { runs } = recoverLog(fixture('wrapped-80-crlf.log'));
    expect(runs).toHaveLength(1);
    expect(runs[0]?.iterations).toEqual(expected);
    expect(runs[0]?.best).toEqual({ ...bestOf(expected), source: 'end-block' });
    expect(runs[0]?.notes).toEqual([]);
  });

  it.each(['utf16le', 'utf16be', 'utf16le without mark', 'utf8 with mark'])('reads %s', async (encoding) => {
    const expected = (await iterationsOf(HISTORIES.b208)).slice(0, 4);
    const little = readFileSync(new URL('logs/powershell-utf16le.log', fixtures));
    const bytes = {
      utf16le: little,
      utf16be: Buffer.from(little).swap16(),
      'utf16le without mark': little.subarray(2),
      'utf8 with mark': Buffer.from(little.toString('utf16le')),
    }[encoding];
    const [run] = recoverLog(decodeLogBytes(bytes ?? Buffer.alloc(0))).runs;
    expect(run?.iterations).toEqual(expected);
  });

  it('completes an end block that a crash cut off with the iteration that fits', async () => {
    const expected = (await iterationsOf(HISTORIES.b208)).slice(0, 12);
    const [run] = recoverLog(fixture('crashed-in-end-block.log')).runs;
    expect(run?.iterations).toEqual(expected);
    expect(run?.best).toEqual({ ...bestOf(expected), source: 'iterations' });
    expect(run?.notes).toEqual([
      'Line 44: the end block has 17 of 27 weights; the rest comes from the matching iteration.',
    ]);
    expect(run?.partialBest).toBeUndefined();
  });

  it('keeps what a cut end block shows when there are no iterations', () => {
    const best = { weights: uniformWeights(0.4, 'sd1'), score: 0.61 };
    const text = endBlock(best).join('\n');
    const [run] = recoverLog(text.slice(0, text.indexOf("'3'  : 0.4") + 8)).runs;
    expect(run?.best).toBeUndefined();
    expect(run?.partialBest).toEqual({ weights: { IN00: 0.4, IN01: 0.4, IN02: 0.4 }, score: 0.61 });
  });

  it('separates a run that died from the one started after it', async () => {
    const expected = (await iterationsOf(HISTORIES.b208)).slice(0, 10);
    const { runs } = recoverLog(fixture('two-runs.log'));
    expect(runs.map(({ iterations }) => iterations)).toEqual([expected.slice(0, 4), expected.slice(5)]);
    expect(runs[0]?.best?.source).toBe('iterations');
    expect(runs[0]?.unfinished).toEqual([expected[4]?.weights]);
    expect(runs[0]?.notes).toEqual(['Line 17: these weights have no score (the run stopped here).']);
    expect(runs[1]?.firstLine).toBe(20);
    expect(runs[1]?.best?.source).toBe('end-block');
    expect(toTrials({ runs, notes: [] }).iterations).toHaveLength(9);
    expect(toTrials({ runs, notes: [] }).best).toEqual(runs[1]?.best);
  });

  it('separates passes of one merge and keeps their model names', () => {
    const [one, two] = [iteration(0.1, 0.5), iteration(0.2, 0.6)];
    const second = [
      `\r${bar(0)}${testweights(900, two.weights)}`,
      testScore(950, two.score),
      ...endBlock(two),
    ];
    const first = wholeRun([one]).filter((line) => !/Saving|completed/.test(line));
    const { runs } = recoverLog([...first, ...second]);
    expect(runs.map(({ best }) => best?.score)).toEqual([0.5, 0.6]);
    expect(runs.map(({ modelA }) => modelA)).toEqual(
      Array(2).fill('_13a-limeremix.safetensors [abcdef0123]'),
    );
  });

  it('reads a recipe, its log, and a second run that was warm-started below it', async () => {
    const best = bestOf(await iterationsOf(HISTORIES.b206));
    const { runs } = recoverLog(fixture('recipe-then-warm-start.txt'));
    expect(runs.map((run) => [run.best, run.iterations.length, run.modelO])).toEqual([
      [{ ...best, source: 'recipe' }, 0, '206b-AstolfoMix-201b_202b'],
      [{ ...best, source: 'iterations' }, 1, undefined],
    ]);
  });
});

describe('recipes against the log below', () => {
  const weights = weightsFromList([...Array(13).fill(0.5), 0.9, ...Array(12).fill(0.25), 0.1], 'search');
  const recipe = (order: 'recipe' | 'legacy', of: BlockWeights = weights): string[] => [
    'modelA=a=1 b.safetensors',
    'modelB=b.safetensors',
    'position_id_fix=Keep Original',
    'output_mode=Max Precision',
    weightsToList(of, order).join(','),
  ];

  it('finds a list in legacy order by its log', () => {
    const [run] = recoverLog([...recipe('legacy'), ...endBlock({ weights, score: 0.6 })]).runs;
    expect(run?.best).toEqual({ weights, score: 0.6, source: 'end-block' });
    expect(run?.notes.join()).toMatch(/OUT and TIME_EMBED swapped.*legacy order/);
  });

  it('reads a list in legacy order when told', () => {
    const text = [...recipe('legacy'), ...endBlock({ weights, score: 0.6 })];
    const [run] = recoverLog(text, { order: 'legacy' }).runs;
    expect(run?.best).toEqual({ weights, score: 0.6, source: 'recipe' });
    expect(run?.notes).toEqual([]);
    expect(run?.modelA).toBe('a=1 b.safetensors');
  });

  it('tells a disagreement, block by block', () => {
    const other = { ...weights, IN05: 0.7, M00: 0.2 };
    const [run] = recoverLog([...recipe('recipe', other), ...endBlock({ weights, score: 0.6 })]).runs;
    expect(run?.best).toEqual({ weights: other, score: null, source: 'recipe' });
    expect(run?.notes.join()).toMatch(/^Line 8: the end block disagrees with the recipe in IN05, M00;/);
  });

  it('takes a wrapped recipe, and none whose last number may be cut', () => {
    const [run] = recoverLog([...wrap(recipe('recipe'), 60), '', 'done']).runs;
    expect(run?.best?.weights).toEqual(weights);
    const cut = recipe('recipe', { ...weights, TIME_EMBED: 0.15 }).join('\n');
    expect(recoverLog(cut).runs[0]?.best?.weights['TIME_EMBED']).toBe(0.15);
    expect(recoverLog(cut.slice(0, -1))).toEqual({
      runs: [],
      notes: ['Line 1: a recipe starts here, but its list of 27 weights is incomplete.'],
    });
  });
});

describe('odd records', () => {
  const one = iteration(0.3, 0.5);

  it('takes weights without a score as unfinished and a score without weights as nothing', () => {
    const text = [
      testScore(1, 0.7),
      testweights(2, one.weights),
      testweights(3, iteration(0.4, 0).weights),
      testScore(4, 0.5),
    ];
    const [run] = recoverLog(text).runs;
    expect(run?.iterations).toEqual([{ weights: iteration(0.4, 0).weights, score: 0.5 }]);
    expect(run?.unfinished).toEqual([one.weights]);
    expect(run?.notes).toEqual([
      'Line 1: the test score 0.7 has no weights above it; skipped.',
      'Line 2: these weights have no score (other weights follow).',
    ]);
  });

  it('never turns a score that is no number into one', () => {
    const [run] = recoverLog([testweights(1, one.weights), logged(2, 'test score: nan'), '']).runs;
    expect(run?.iterations).toEqual([]);
    expect(run?.unfinished).toEqual([one.weights]);
  });

  it("leaves another program's score alone", () => {
    const text = [testweights(1, one.weights), 'sklearn: test score: 0.99', testScore(2, 0.5)];
    expect(recoverLog(text).runs[0]?.iterations).toEqual([one]);
  });

  it('does not give the score of a damaged list to the list before', () => {
    const broken = testweights(3, one.weights).slice(0, -12);
    const text = [testweights(1, one.weights), testScore(2, 0.5), broken, testScore(4, 0.9)];
    const [run] = recoverLog(text).runs;
    expect(run?.iterations).toEqual([one]);
    expect(run?.notes).toEqual([
      'Line 3: weights that cannot be read (the list stops after 24 numbers); skipped.',
      'Line 4: the test score 0.9 belongs to weights that could not be read; skipped.',
    ]);
  });

  it('leaves a score out that ends with the file, or with a full line at its end', () => {
    const [list, score] = [testweights(1, one.weights), testScore(2, 0.523456)];
    expect(recoverLog(`${list}\n${score}`).runs[0]?.iterations).toEqual([]);
    expect(recoverLog(`${list}\n${score}\n`).runs[0]?.iterations).toEqual([{ ...one, score: 0.523456 }]);
    const width = score.length - 2;
    const text = wrap([list, score], width);
    expect(recoverLog(text).runs[0]?.iterations).toEqual([{ ...one, score: 0.523456 }]);
    expect(recoverLog(text.slice(0, -1)).runs[0]?.iterations).toEqual([]);
  });

  it('joins a last number that alone was wrapped', () => {
    const list = testweights(1, { ...one.weights, TIME_EMBED: 0.25 });
    const text = [...wrap([list], list.length - 1), testScore(2, 0.5)];
    expect(recoverLog(text).runs[0]?.iterations[0]?.weights['TIME_EMBED']).toBe(0.25);
  });

  it('leaves a list out when digits stand below a line that is not known to be full', () => {
    const list = testweights(3, one.weights);
    const text = [`${bar(3)}${testweights(1, one.weights)}`, testScore(2, 0.5), list, '7', testScore(4, 0.6)];
    const [run] = recoverLog(text).runs;
    expect(run?.iterations).toEqual([one]);
    expect(run?.notes[0]).toBe(
      'Line 3: weights that cannot be read (digits below it may belong to its last number); skipped.',
    );
  });

  it('reads weights out of the range, with exponents and without decimals', () => {
    const list = [...Array(24).fill('1'), '-1.0', '2', '1e-05'].join(',');
    const [run] = recoverLog([logged(1, `testweights: ${list}`), testScore(2, -3.5)]).runs;
    expect(weightsToList(run?.iterations[0]?.weights ?? {}, 'search').slice(-3)).toEqual([-1, 2, 1e-5]);
    expect(run?.iterations[0]?.score).toBe(-3.5);
  });

  it('finds nothing in a text of something else', () => {
    expect(recoverLog('')).toEqual({ runs: [], notes: [] });
    expect(recoverLog('hello\nworld')).toEqual({ runs: [], notes: [] });
  });
});

function iteration(weight: number, score: number): LoggedIteration {
  return { weights: uniformWeights(weight, 'sd1'), score };
}
