/** A value that is not what it should be is told, wherever it stands in a record: nothing works with it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { parseAnswerLine, parseQuestionLine } from '../../../src/journal/rating-files.ts';
import { recordSchema } from '../../../src/journal/record.ts';
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
const fullPlan = {
  ...plan,
  plan: {
    ...plan.plan,
    space: {
      architecture: 'sd1',
      dimensions: [
        { name: 'IN@0', blocks: ['IN00'], low: 0, high: 1, intervals: 10, knot: { curve: 'IN', at: 0 } },
      ],
      fixed: { OUT: 0.5 },
      curves: [{ name: 'IN', shape: 'linear', blocks: [['IN00']] }],
    },
    optimizer: {
      name: 'tpe',
      seed: 1,
      options: {},
      second: { name: 'random', options: {}, after: 3 },
    },
    baselines: [{ name: 'half', weights: { IN00: 0.5 } }],
    freshPrompts: [{ payload: 'p', prompts: [{ prompt: 'a', negativePrompt: 'b' }] }],
    scorers: [{ id: 'quality', version: '1', weight: 1, map: 'identity', payloads: ['p'] }],
    server: {
      family: 'a1111',
      version: '1.10',
      mergeWay: 'x',
      modelA: { name: 'A', file: 'A.safetensors', hash: 'aa', path: '/a' },
      modelB: { name: 'B', file: 'B.safetensors', hash: null },
      settings: {},
    },
    pass: 1,
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

type Path = readonly (string | number)[];

/** Where something stands, inside lists as well. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** A copy in which one value is of another kind: an object becomes a text, everything else an object. */
function damaged(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return typeof value === 'object' && value !== null ? 'damaged' : { damaged: true };
  const entries = Object.entries(Object(value) as object).map(([name, one]): [string, unknown] => [
    name,
    name === String(key) ? damaged(one, rest) : one,
  ]);
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}

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
  ])('is also a number out of its range: %s', (_, record) => {
    expect(recordSchema.safeParse(record).success).toBe(false);
  });

  it.each([...outcomes(-2, 0, 2), ...ratings(0, 10)])('is not an answer within the range: %j', (answer) => {
    const record = { kind: 'answer', trial: 1, request: 'p/0', index: 0, pixels: 'x', answer };
    expect(recordSchema.safeParse(record).success).toBe(true);
  });
});

function outcomes(...values: readonly number[]): object[] {
  return values.map((outcome) => ({ against: 1, outcome }));
}

function ratings(...values: readonly number[]): object[] {
  return values.map((rating) => ({ rating }));
}

describe('a damaged line beside the journal', () => {
  const id = 'a'.repeat(24);
  const pixels = 'b'.repeat(64);
  const question = {
    line: 'question',
    id,
    about: { trial: 1, request: 'p/0', index: 0, pixels },
    against: { trial: 1, pixels },
    isNewFirst: true,
    payload: 'p',
    seed: 1,
    prompt: 'a cat',
    batch: { nth: 1, of: 1 },
  };
  const LINES = [
    question,
    { line: 'begin', time: at.at, ask: 'pairs', people: 1 },
    { line: 'behind', pictures: 0 },
    { line: 'counted', ids: [id] },
  ];

  it.each(LINES.map((line) => [line.line, line] as const))('of questions is no line: "%s"', (_, line) => {
    expect(parseQuestionLine(JSON.stringify(line))).toEqual(line);
    for (const path of pathsOf(line))
      expect({ path, line: parseQuestionLine(JSON.stringify(damaged(line, path))) }).toEqual({ path });
  });

  it.each([
    { ...question, id: `${id}0` },
    { ...question, id: `x${id}` },
    { ...question, about: { ...question.about, pixels: `${pixels}0` } },
    { ...question, about: { ...question.about, pixels: `../${pixels}` } },
    { ...question, about: { ...question.about, trial: 0 } },
    { ...question, about: { ...question.about, index: -1 } },
    { ...question, against: { trial: 0, pixels } },
    { ...question, batch: { nth: 0, of: 1 } },
    { ...question, batch: { nth: 1, of: 0 } },
    { line: 'begin', time: at.at, ask: 'pairs', people: 0 },
    { line: 'behind', pictures: -1 },
  ])('nor is one out of its range: %j', (line) => {
    expect(parseQuestionLine(JSON.stringify(line))).toBeUndefined();
  });

  it('of answers is no line', () => {
    const answer = { id: 'x', time: at.at, question: id, by: 'Ann', said: { rating: 5 } };
    for (const said of [
      { rating: 0 },
      { rating: 10 },
      { first: -2 },
      { first: 2 },
      { skip: true },
      { undo: true },
    ])
      expect(parseAnswerLine(JSON.stringify({ ...answer, said }))).toEqual({ ...answer, said });
    for (const path of pathsOf(answer))
      expect({ path, line: parseAnswerLine(JSON.stringify(damaged(answer, path))) }).toEqual({ path });
    for (const said of [
      ...[-0.1, 10.1].map((rating) => ({ rating })),
      ...[-3, 3, 0.5].map((first) => ({ first })),
      { skip: false },
      { undo: false },
      { skip: true, undo: true },
    ])
      expect(parseAnswerLine(JSON.stringify({ ...answer, said }))).toBeUndefined();
  });
});
