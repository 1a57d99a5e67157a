/** A value that is not what it should be is told, wherever it stands in a record: nothing works with it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { recordSchema } from '../../../src/journal/record.ts';
import { damaged, pathsOf } from './damage.ts';
import { asked, recovered } from './records.ts';

const at = { at: '2026-01-01T00:00:00.000Z' };
const time = { ...at, evaluation: 1, iteration: 2 };
const request = { id: 'r', by: 'autombw pause', time: at };
const image = {
  request: 'p/0',
  index: 0,
  payload: 'p',
  seed: 1,
  score: 0.5,
  raw: { quality: 0.5 },
  pixels: 'x',
  seconds: 1,
  answers: [
    { against: 1, outcome: -1, by: 'Ann' },
    { rating: 10, by: 'Ben' },
  ],
};
const missing = [{ request: 'p/0', index: 1, code: 'image-broken', message: 'It is cut off.' }];

const plan = JSON.parse(
  readFileSync(
    new URL('../../fixtures/journals/main-2026-11-images.journal.jsonl', import.meta.url),
    'utf8',
  ).split('\n')[0] ?? '',
) as { readonly plan: object };
const DIMENSION = { name: 'IN@0', blocks: ['IN00'], low: 0, high: 1, intervals: 10 };
const fullPlan = {
  ...plan,
  plan: {
    ...plan.plan,
    space: {
      architecture: 'sd1',
      dimensions: [
        { ...DIMENSION, knot: { curve: 'IN', at: 0 } },
        { ...DIMENSION, share: { model: 0 } },
        {
          ...DIMENSION,
          parameter: { choices: ['a', 'b'], values: [0, 1], neutral: 0, full: 1, when: { name: 'x', is: 1 } },
        },
      ],
      fixed: { OUT: 0.5 },
      shares: ['A', 'B'],
      curves: [{ name: 'IN', shape: 'linear', blocks: [['IN00']] }],
    },
    optimizer: {
      name: 'tpe',
      version: 2,
      seed: 1,
      options: {},
      second: { name: 'random', version: 1, options: {}, after: 0 },
    },
    imageOrder: [{ request: 'p/0', index: 0 }],
    goals: [{ name: 'sharp', scorers: [{ id: 'quality', higherIsBetter: true, min: 0, max: 1 }] }],
    baselines: [{ name: 'half', weights: { IN00: 0.5 } }],
    freshPrompts: [{ payload: 'p', prompts: [{ prompt: 'a', negativePrompt: 'b' }] }],
    scorers: [{ id: 'quality', version: '1', weight: 1, map: 'identity', payloads: ['p'] }],
    server: {
      family: 'a1111',
      version: '1.10',
      mergeWay: 'x',
      modelA: { name: 'A', file: 'A.safetensors', hash: 'aa', path: '/a' },
      modelB: { name: 'B', file: 'B.safetensors', hash: null },
      others: [{ name: 'C', file: 'C.safetensors', hash: null }],
      settings: {},
    },
    pass: 0,
    chain: 'c.chain.jsonl',
  },
};

const RECORDS: readonly object[] = [
  fullPlan,
  { ...recovered('a.log'), modelA: 'A', modelB: 'B', output: 'O', queue: [{ IN00: 0.5 }] },
  { kind: 'proof', proof: {} },
  { kind: 'prior', weights: { IN00: 0.5 }, score: 1, measured: true },
  { kind: 'learnt', trial: 1, weights: { IN00: 0.5 }, score: 1 },
  { ...asked(1), baseline: 'half', byHand: true, images: 2, mergeCost: 4 },
  { kind: 'scored', trial: 1, score: 0.5, images: [image], missing, repeatOf: 0, time },
  { kind: 'more', trial: 1, images: 2, mergeCost: 1, peeked: true },
  { kind: 'added', trial: 1, score: 0.5, images: [image], missing, time },
  {
    kind: 'answer',
    trial: 1,
    request: 'p/0',
    index: 0,
    pixels: 'x',
    answer: { against: 2, outcome: 2, by: 'Ann' },
  },
  { kind: 'image', trial: 1, image, pixelGroup: 'abcdef' },
  { kind: 'forgotten', trial: 1 },
  { kind: 'failed', trial: 1, failure: { code: 'x', message: 'No.' }, images: [image], time },
  { kind: 'doubted', trials: [1], reason: 'Lost.', time: at },
  { kind: 'paused', ...request, until: at.at },
  { kind: 'continued', ...request },
  { kind: 'stopping', ...request },
  { kind: 'rejected', trial: 1, trials: [1], ...request },
  { kind: 'queued', point: [0.5], weights: { IN00: 0.5 }, ...request },
  { kind: 'refused', request: 'next', reason: 'No.', ...request },
  {
    kind: 'fleet',
    proof: 1,
    members: [{ name: 'left', address: 'http://127.0.0.1:7860', pixelGroup: 'a' }],
    pins: { 'p/0': 'a' },
    openTrials: 1,
    time: at,
  },
  { kind: 'resumed', limits: { iterations: 5 }, time: at },
  {
    kind: 'saved',
    name: 'O-2',
    checkpoint: '/models/O-2.safetensors',
    weights: { IN00: 0.5 },
    sha256: 'a'.repeat(64),
    time: at,
  },
  {
    kind: 'proving',
    proof: 1,
    candidates: [{ name: 'best', trial: 1, weights: { IN00: 0.5 } }],
    requests: [
      {
        id: 'p/0',
        payload: 'p',
        prompt: '',
        negativePrompt: '',
        reverseScoring: false,
        seeds: [1],
        body: {},
      },
    ],
    images: [{ request: 'p/0', index: 0 }],
    scorers: [{ id: 'quality', version: '1', weight: 1, map: 'identity' }],
    judging: 'x',
    time: at,
  },
  { kind: 'proved', proof: 1, candidate: 'best', images: [image], missing, unfinished: true, time },
  { kind: 'proof-image', proof: 1, candidate: 'best', image, pixelGroup: 'abcdef' },
  { kind: 'verdict', proof: 1, verdict: {}, words: ['It is better.'], time: at },
  { kind: 'stopped', reason: { code: 'iterations', message: 'Done.' }, time: at },
];

/** What belongs to others (options, requests, what a server said) is kept as it is, whatever it is. */
const IS_OPEN = /^(plan\.config\.(optimizerOptions|block|scorerOptions)|.*\.(body|options|settings))\./;

describe('a damaged value', () => {
  it.each(RECORDS.map((record) => [String(Reflect.get(record, 'kind')), record] as const))(
    'is told in every place of a record "%s"',
    (_, record) => {
      expect(recordSchema.safeParse(record).error).toBeUndefined();
      const accepted = pathsOf(record)
        .filter((path) => !IS_OPEN.test(path.join('.')))
        .filter((path) => recordSchema.safeParse(damaged(record, path)).success);
      expect(accepted).toEqual([]);
    },
  );

  it('is looked for in every kind of record', () => {
    const kinds: readonly z.ZodLiteral<string>[] = recordSchema.options.map(({ shape }) => shape.kind);
    expect(RECORDS.map((record): unknown => Reflect.get(record, 'kind'))).toEqual(
      expect.arrayContaining(kinds.map(({ value }) => value)),
    );
  });

  it.each([
    ['trial 0', { kind: 'learnt', trial: 0, weights: {}, score: 1 }],
    ['half a trial', { kind: 'learnt', trial: 1.5, weights: {}, score: 1 }],
    ['no images', { ...asked(1), images: 0 }],
    ['a proof 0', { kind: 'verdict', proof: 0, verdict: {}, time: at }],
    ['a repeat of less than nothing', { kind: 'scored', trial: 1, score: 1, images: [], repeatOf: -1, time }],
    ['an origin of hash', { ...asked(1), origin: 'dreamt' }],
    ...[{ against: 0, outcome: 1 }, ...outcomes(-3, 3, 0.5), ...ratings(-0.1, 10.1)].map(
      (answer): [string, object] => [
        `the answer ${JSON.stringify(answer)}`,
        { kind: 'answer', trial: 1, request: 'p/0', index: 0, pixels: 'x', answer },
      ],
    ),
    ['a proof 0 of servers', { kind: 'fleet', proof: 0, members: [], pins: {}, time: at }],
    ['no trial at a time', { kind: 'fleet', openTrials: 0, members: [], pins: {}, time: at }],
    ['a proof 0 that begins', { ...kindOf('proving'), proof: 0 }],
    ['a proof 0 of a candidate', { ...kindOf('proved'), proof: 0 }],
    ['a proof 0 of an image', { ...kindOf('proof-image'), proof: 0 }],
    ['an image before the first', { ...kindOf('proving'), images: [{ request: 'p/0', index: -1 }] }],
    ['an answer about an image before the first', { ...kindOf('answer'), index: -1 }],
    ['a missing image before the first', { ...kindOf('added'), missing: [{ ...missing[0], index: -1 }] }],
    ['no more images', { ...kindOf('more'), images: 0 }],
    ['a hash that is too long', { ...kindOf('saved'), sha256: 'a'.repeat(65) }],
    ['a hash behind something', { ...kindOf('saved'), sha256: `x${'a'.repeat(64)}` }],
    ['a hash of other letters', { ...kindOf('saved'), sha256: 'g'.repeat(64) }],
    ['a long name', { ...kindOf('answer'), answer: { rating: 1, by: 'x'.repeat(41) } }],
    [
      'a long name of who compares',
      { ...kindOf('answer'), answer: { against: 1, outcome: 1, by: 'x'.repeat(41) } },
    ],
    ...Object.entries({
      pass: { pass: -1 },
      'half a pass': { pass: 0.5 },
      image: { imageOrder: [{ request: 'p/0', index: -1 }] },
      model: { space: { ...fullPlan.plan.space, dimensions: [{ ...DIMENSION, share: { model: -1 } }] } },
      version: { optimizer: { ...fullPlan.plan.optimizer, version: 0 } },
      'version of the second': secondWith({ version: 0 }),
      turn: secondWith({ after: -1 }),
    }).map(([what, change]): [string, object] => [
      `a plan's ${what}`,
      { ...fullPlan, plan: { ...fullPlan.plan, ...change } },
    ]),
  ])('is also a number out of its range: %s', (_, record) => {
    expect(recordSchema.safeParse(record).success).toBe(false);
  });

  it.each([
    ['a proof of a fleet', { ...kindOf('fleet'), proof: 2, openTrials: 3 }],
    ['a name of forty letters', { ...kindOf('answer'), answer: { rating: 1, by: 'x'.repeat(40) } }],
    ['later trials', { ...kindOf('proving'), proof: 3, candidates: [{ name: 'a', trial: 9, weights: {} }] }],
  ])('is none where it is usual: %s', (_, record) => {
    expect(recordSchema.safeParse(record).error).toBeUndefined();
  });

  it.each([...outcomes(-2, 0, 2), ...ratings(0, 10)])('is not an answer within the range: %j', (answer) => {
    const record = { kind: 'answer', trial: 1, request: 'p/0', index: 0, pixels: 'x', answer };
    expect(recordSchema.safeParse(record).success).toBe(true);
  });
});

/** The record of this kind with everything that it may have. */
function kindOf(kind: string): object {
  return RECORDS.find((record) => Reflect.get(record, 'kind') === kind) ?? {};
}

function secondWith(change: object): object {
  const { optimizer } = fullPlan.plan;
  return { optimizer: { ...optimizer, second: { ...optimizer.second, ...change } } };
}

function outcomes(...values: readonly number[]): object[] {
  return values.map((outcome) => ({ against: 1, outcome }));
}

function ratings(...values: readonly number[]): object[] {
  return values.map((rating) => ({ rating }));
}
