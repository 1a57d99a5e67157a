import { describe, expect, it } from 'vitest';
import { parseScoreMap } from '../../../src/score/map.ts';
import { createScorers } from '../../../src/score/registry.ts';
import { createJudge } from '../../../src/score/score-image.ts';
import type { JudgedItem, Judgement, WeightedScorer } from '../../../src/score/score-image.ts';
import type { Scorer, ScoreResult } from '../../../src/score/scorer.ts';
import { plain } from './images.ts';

const { signal } = new AbortController();

const item: JudgedItem = {
  pixels: plain(2, 2, 9),
  bytes: new Uint8Array(),
  prompt: 'a hill',
  negativePrompt: '',
  payload: 'hills',
  seed: 7,
  infotext: null,
  reverse: false,
};

describe('a judge of one scorer', () => {
  it('passes its value on', async () => {
    const judge = createJudge([{ scorer: constant('fixed', 0.3), weight: 5 }]);
    expect(await judge.judge(item, signal)).toEqual({ score: 0.3, raw: { fixed: 0.3 } });
  });

  it.each([
    ['bounded', { min: 1, max: 10 }, true, 3, 3, 8],
    ['bounded, lower is better', { min: 1, max: 10 }, false, 3, 8, 3],
    ['unbounded', { min: null, max: null }, true, 3, 3, -3],
    ['unbounded, lower is better', { min: null, max: null }, false, 3, -3, 3],
    ['bounded below only', { min: 0, max: null }, true, 3, 3, -3],
  ])(
    '%s: turns the score, never the raw value',
    async (_, range, higherIsBetter, value, straight, reversed) => {
      const judge = createJudge([{ scorer: { ...constant('s', value), range, higherIsBetter }, weight: 1 }]);
      expect(await judge.judge(item, signal)).toEqual({ score: straight, raw: { s: value } });
      expect(await judge.judge({ ...item, reverse: true }, signal)).toEqual({
        score: reversed,
        raw: { s: value },
      });
    },
  );
});

describe('a judge of several scorers', () => {
  const scorers = [
    { scorer: constant('a', 0.2), weight: 1 },
    { scorer: { ...constant('b', 8), range: { min: 0, max: 10 } }, weight: 3 },
  ];

  it('takes the weighted arithmetic mean', async () => {
    expect(await createJudge(scorers).judge(item, signal)).toEqual({
      score: (0.2 + 3 * 8) / 4,
      raw: { a: 0.2, b: 8 },
    });
  });

  it('reverses each within its own range', async () => {
    const { score } = await createJudge(scorers).judge({ ...item, reverse: true }, signal);
    expect(score).toBeCloseTo((0.8 + 3 * 2) / 4, 14);
  });

  it('has their weighted range, or none where one has none', () => {
    expect(createJudge(scorers).range).toEqual({ min: 0, max: 0.25 + 7.5 });
    const open = { ...constant('c', 0), range: { min: 0, max: null } };
    expect(createJudge([...scorers, { scorer: open, weight: 1 }]).range).toEqual({ min: 0, max: null });
  });
});

describe('what never becomes a number', () => {
  it.each([Number.NaN, Infinity, -Infinity])('a score of %f', async (value) => {
    await expect(judgeWith(constant('bad', value))).rejects.toThrow(
      failure('score-not-finite', `from scorer "bad" is ${value};`),
    );
  });

  it('a score outside the range', async () => {
    await expect(judgeWith(constant('bad', 1.5))).rejects.toThrow(
      failure('score-out-of-range', 'gave 1.5 for the image of payload "hills" with seed 7'),
    );
    await expect(judgeWith({ ...constant('bad', -1), range: { min: 0, max: null } })).rejects.toThrow(
      failure('score-out-of-range', 'outside its own range 0 to ∞'),
    );
  });

  it('an invalid image', async () => {
    const invalid = {
      ...constant('bad', 0),
      score: async (): Promise<ScoreResult[]> => [{ state: 'invalid', reason: 'it is black' }],
    };
    await expect(judgeWith(invalid)).rejects.toThrow(
      failure(
        'image-degenerate',
        'Scorer "bad" cannot judge the image of payload "hills" with seed 7: it is black;',
      ),
    );
  });

  it('an overflow of the combination', async () => {
    const open = { range: { min: null, max: null } };
    const judge = createJudge([
      { scorer: { ...constant('a', Number.MAX_VALUE), ...open }, weight: 1 },
      { scorer: { ...constant('b', Number.MAX_VALUE), ...open }, weight: 1 },
    ]);
    await expect(judge.judge(item, signal)).rejects.toThrow(
      expect.objectContaining({
        code: 'score-not-finite',
        message: expect.stringContaining('from the combined scorers is Infinity;'),
      }),
    );
  });

  it('no result, or one too many', async () => {
    const result: ScoreResult = { state: 'scored', value: 0.5 };
    await expect(judgeWith({ ...constant('bad', 0), score: async () => [] })).rejects.toThrow(
      failure('scorer-broken', 'gave 0 results'),
    );
    await expect(judgeWith({ ...constant('bad', 0), score: async () => [result, result] })).rejects.toThrow(
      failure('scorer-broken', 'gave 2 results'),
    );
  });

  it('an error of the scorer itself, which comes through as it is', async () => {
    const broken = {
      ...constant('bad', 0),
      score: async (): Promise<ScoreResult[]> => {
        throw new TypeError('lost');
      },
    };
    await expect(createJudge([{ scorer: broken, weight: 1 }]).judge(item, signal)).rejects.toThrow(TypeError);
  });

  it('a black image, with the real scorer', async () => {
    const judge = createJudge(createScorers(['quality']));
    await expect(judge.judge({ ...item, pixels: plain(64, 64, 0) }, signal)).rejects.toThrow(
      expect.objectContaining({
        code: 'image-degenerate',
        kind: 'run',
        message: expect.stringContaining('a single flat tone'),
      }),
    );
  });
});

describe('opening and closing', () => {
  it('opens in order and closes each once', async () => {
    const events: string[] = [];
    const judge = createJudge([
      { scorer: recorded('a', events), weight: 1 },
      { scorer: constant('plain', 0.5), weight: 1 },
      { scorer: recorded('b', events), weight: 1 },
    ]);
    await judge.close();
    expect(events).toEqual([]);
    await judge.open(signal);
    await judge.close();
    await judge.close();
    expect(events).toEqual(['open a', 'open b', 'close a', 'close b']);
  });

  it('closes what was opened when a later one cannot be', async () => {
    const events: string[] = [];
    const judge = createJudge([
      { scorer: recorded('a', events), weight: 1 },
      {
        scorer: { ...recorded('b', events), open: () => Promise.reject(new Error('no weights')) },
        weight: 1,
      },
      { scorer: recorded('c', events), weight: 1 },
    ]);
    await expect(judge.open(signal)).rejects.toThrow('no weights');
    expect(events).toEqual(['open a', 'close a', 'close b']);
  });

  it('closes the others when one cannot be closed, and says so', async () => {
    const events: string[] = [];
    const judge = createJudge([
      { scorer: { ...recorded('a', events), close: () => Promise.reject(new Error('stuck')) }, weight: 1 },
      { scorer: recorded('b', events), weight: 1 },
    ]);
    await judge.open(signal);
    await expect(judge.close()).rejects.toThrow('stuck');
    expect(events).toEqual(['open a', 'open b', 'close b']);
  });

  it('judges nothing once aborted', async () => {
    const judge = createJudge([{ scorer: constant('a', 0.5), weight: 1 }]);
    await expect(judge.judge(item, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

function constant(id: string, value: number): Scorer {
  return {
    id,
    version: `${id}/1`,
    needsPrompt: false,
    range: { min: 0, max: 1 },
    higherIsBetter: true,
    score: async (items) => items.map(() => ({ state: 'scored', value })),
  };
}

function recorded(id: string, events: string[]): Scorer {
  return {
    ...constant(id, 0.5),
    open: async () => void events.push(`open ${id}`),
    close: async () => void events.push(`close ${id}`),
  };
}

function judgeWith(scorer: Scorer): Promise<Judgement> {
  return createJudge([{ scorer, weight: 1 }]).judge(item, signal);
}

function failure(code: string, message: string): unknown {
  return expect.objectContaining({ code, kind: 'run', message: expect.stringContaining(message) });
}

describe('maps and combinations', () => {
  const context = { scorer: { id: 'x', version: 'x/1' }, sigmoidCentre: 5.6, calibration: undefined };
  const mapped = (scorer: Scorer, text: string, weight = 1): WeightedScorer => ({
    scorer,
    weight,
    map: parseScoreMap(text, context),
  });
  const unbounded = (id: string, value: number): Scorer => ({
    ...constant(id, value),
    range: { min: null, max: null },
  });

  it.each([
    ['identity', 3, 3],
    ['sigmoid', 5.6, 0.5],
    ['sigmoid:0', 1, 1 / (1 + Math.exp(-1))],
    ['sigmoid:1:2', 3, 1 / (1 + Math.exp(-1))],
    ['affine:2:1', 3, 7],
    ['clamp:0:2', 3, 2],
  ])('%s of %d is %d', async (text, value, expected) => {
    const { score, raw } = await createJudge([mapped(unbounded('x', value), text)]).judge(item, signal);
    expect(score).toBeCloseTo(expected, 14);
    expect(raw).toEqual({ x: value });
  });

  it.each(['sigmoid:a', 'sigmoid:0:0', 'affine:1', 'affine:-1:0', 'clamp:1:1', 'z-score:1', 'tanh', ''])(
    'refuses the map %j',
    (text) =>
      expect(() => parseScoreMap(text, context)).toThrow(expect.objectContaining({ code: 'score-map' })),
  );

  it('a sigmoid that is turned round is that of the negated value, whatever its centre', async () => {
    const { score } = await createJudge([mapped(unbounded('x', 7), 'sigmoid')]).judge(
      { ...item, reverse: true },
      signal,
    );
    expect(score).toBeCloseTo(1 / (1 + Math.exp(7 - 5.6)), 14);
  });

  it('a z-score takes mean and deviation of the calibration, of the very same scorer', async () => {
    const scorers = { x: { version: 'x/1', mean: 2, deviation: 0.5, images: 8 } };
    const calibration = { version: 1 as const, modelA: 'A', modelB: 'B', payloads: [], scorers };
    const map = parseScoreMap('z-score', { ...context, calibration });
    expect(map.apply(3)).toBe(2);
    const other = { ...context, scorer: { id: 'x', version: 'x/2' }, calibration };
    expect(() => parseScoreMap('z-score', other)).toThrow(
      'The calibration was made with x x/1, but this is x/2',
    );
    expect(() => parseScoreMap('z-score', context)).toThrow(
      'needs a calibration: make one with autombw calibrate',
    );
  });

  it.each([
    ['arithmetic', (1 * 0.25 + 3 * 0.81) / 4],
    ['geometric', (0.25 * 0.81 ** 3) ** 0.25],
    ['quadratic', Math.sqrt((0.25 ** 2 + 3 * 0.81 ** 2) / 4)],
    ['min', 0.25],
  ] as const)('combines by %s', async (name, expected) => {
    const scorers = [
      { scorer: { ...constant('a', 0.25), range: { min: 0, max: 1 } }, weight: 1 },
      { scorer: { ...constant('b', 0.81), range: { min: 0, max: 1 } }, weight: 3 },
    ];
    const judge = createJudge(scorers, name);
    expect((await judge.judge(item, signal)).score).toBeCloseTo(expected, 14);
    expect(judge.range.max).toBeCloseTo(1, 14);
  });

  it('refuses a combination that the range does not allow, until it is mapped', () => {
    const scorer = unbounded('x', 1);
    expect(() => createJudge([{ scorer, weight: 1 }], 'geometric')).toThrow('--score-map x=sigmoid');
    expect(createJudge([mapped(scorer, 'sigmoid')], 'geometric').range).toEqual({ min: 0, max: 1 });
  });
});
