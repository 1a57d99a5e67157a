import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../../src/journal/read.ts';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { pageState, type PageFacts } from '../../../src/page/model.ts';
import { logNotice } from '../../../src/page/notices.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { reportPlan } from '../../helpers/make-report-run.ts';

const FACTS: PageFacts = { name: 'O', isAlive: true, notices: [], progress: null };
const at = '2026-01-01T00:00:00.000Z';
const time = { at, evaluation: 9, iteration: 10 };
const plan = reportPlan({
  config: {
    payload: ['p.json'],
    modelA: 'x/crisp.safetensors [ab12]',
    modelB: 'vivid',
    output: 'O',
    iterations: 5,
  },
  baselines: [
    { name: 'A', weights: uniformWeights(0, 'sd1') },
    { name: 'B', weights: uniformWeights(1, 'sd1') },
    { name: 'half', weights: uniformWeights(0.5, 'sd1') },
  ],
});
const FIRST: JournalRecord = { kind: 'plan', version: 1, plan, recipe: 'recipes/O.recipe.txt', time: { at } };

function asked(trial: number, weight: number, baseline?: 'A' | 'B' | 'half'): JournalRecord {
  return {
    kind: 'asked',
    trial,
    origin: baseline === undefined ? 'optimizer' : 'queued',
    ...(baseline !== undefined && { baseline }),
    point: [],
    weights: uniformWeights(weight, 'sd1'),
  };
}

function scored(trial: number, score: number): JournalRecord {
  const image = {
    request: 'p/0',
    index: 0,
    payload: 'p',
    seed: 1,
    score,
    raw: {},
    pixels: `${trial}`.repeat(64),
    seconds: 1,
  };
  return { kind: 'scored', trial, score, images: [image], time };
}

const BASELINES = [
  asked(1, 0, 'A'),
  scored(1, 0.2),
  asked(2, 1, 'B'),
  scored(2, 0.1),
  asked(3, 0.5, 'half'),
  scored(3, 0.3),
];
const RUNNING = [
  FIRST,
  ...BASELINES,
  asked(4, 0.25),
  scored(4, 0.5),
  asked(5, 0.75),
  scored(5, 0.4),
  asked(6, 0.6),
];

describe('the page of a run', () => {
  it('that is under way: iteration, best, baselines, pace, time left, what is measured', () => {
    const { summary, trials } = pageState(RUNNING, FACTS);
    expect(summary).toMatchObject({
      name: 'O',
      modelA: 'crisp',
      modelB: 'vivid',
      state: 'running',
      done: 2,
      total: 5,
      baselines: 3,
      best: { trial: 4, score: 0.5 },
      lines: [
        { name: 'A', score: 0.2 },
        { name: 'B', score: 0.1 },
        { name: 'half', score: 0.3 },
      ],
      pace: 10,
      left: 30,
      current: { trial: 6, isOpen: true },
      canControl: true,
    });
    expect(summary.current?.weights['IN00']).toBe(0.6);
    expect(summary.bestWeights?.['IN00']).toBe(0.25);
    expect(trials.map(({ id, score, baseline }) => [id, score, baseline])).toEqual([
      [1, 0.2, 'A'],
      [2, 0.1, 'B'],
      [3, 0.3, 'half'],
      [4, 0.5, undefined],
      [5, 0.4, undefined],
    ]);
  });

  it('shows the pictures of the latest and of the best, by position', () => {
    const { pictures, bestPictures } = pageState(RUNNING, FACTS).summary;
    expect(pictures).toEqual({
      trial: 5,
      images: [{ position: 0, payload: 'p', seed: 1, score: 0.4, version: '555555555555' }],
    });
    expect(bestPictures?.trial).toBe(4);
  });

  it('draws the blocks as a U with its skip connections, and says which stand still', () => {
    const { network } = pageState(RUNNING, FACTS).summary;
    expect(network?.blocks).toHaveLength(27);
    expect(network?.skips).toHaveLength(12);
    expect(network?.blocks.find(({ block }) => block === 'OUT')?.range).toBeNull();
    expect(network?.blocks.find(({ block }) => block === 'IN00')?.range).toBe('0 to 1');
  });

  it('has the same row for an iteration until a record says something of it', () => {
    const records = [...RUNNING];
    const before = pageState(records, FACTS).trials;
    records.push(scored(6, 0.6), {
      kind: 'rejected',
      trial: 4,
      trials: [4],
      id: 'x',
      by: 'the page',
      time: { at },
    });
    const after = pageState(records, FACTS).trials;
    expect(after.map((row, n) => row === before[n])).toEqual([true, true, true, false, true, false]);
    expect(after[3]).toMatchObject({ id: 4, state: 'rejected', score: null });
    expect(after).toEqual(pageState([...records], FACTS).trials);
  });

  it('never names a model by itself as the best, however good it is', () => {
    const records = [FIRST, asked(1, 0, 'A'), scored(1, 0.9), asked(2, 0.5), scored(2, 0.1)];
    expect(pageState(records, FACTS).summary.best?.trial).toBe(2);
  });

  it.each([
    ['dead', RUNNING, false, 'dead'],
    [
      'stopped',
      [...RUNNING, { kind: 'stopped', reason: { code: 'iterations', message: 'Done.' }, time: { at } }],
      true,
      'ended',
    ],
    [
      'resumed',
      [
        ...RUNNING,
        { kind: 'stopped', reason: { code: 'interrupted', message: 'x' }, time: { at } },
        { kind: 'resumed', limits: {}, time: { at } },
      ],
      true,
      'running',
    ],
    [
      'proving',
      [
        ...RUNNING,
        { kind: 'proving', proof: 1, candidates: [], requests: [], images: [], scorers: [], time: { at } },
      ],
      true,
      'proof',
    ],
  ] satisfies readonly (readonly [string, readonly JournalRecord[], boolean, string])[])(
    'knows a %s run',
    (_, records, isAlive, state) => {
      const { summary } = pageState(records, { ...FACTS, isAlive });
      expect(summary.state).toBe(state);
      expect(summary.canControl).toBe(state === 'running' || state === 'proof');
    },
  );

  it('knows a run that pauses, and one that goes on again', () => {
    const by = 'the page';
    const paused: JournalRecord[] = [...RUNNING, { kind: 'paused', id: 'a', by, time: { at } }];
    const { summary } = pageState(paused, FACTS);
    expect(summary).toMatchObject({ state: 'paused', canControl: true });
    expect(summary.notices[0]?.message).toBe('Paused by the page.');
    const again: JournalRecord[] = [...paused, { kind: 'continued', id: 'b', by, time: { at } }];
    expect(pageState(again, FACTS).summary.state).toBe('running');
  });

  it('says of a pause that begins what it finishes first', () => {
    const paused: JournalRecord[] = [...RUNNING, { kind: 'paused', id: 'a', by: 'the page', time: { at } }];
    expect(pageState(paused, FACTS).summary.sentence).toBe(
      'It finishes iteration 6 and was paused by the page and waits until it is continued.',
    );
    const resting = [...paused, scored(6, 0.3)];
    expect(pageState(resting, FACTS).summary.sentence).toBe(
      'It was paused by the page and waits until it is continued.',
    );
  });

  it('foretells no end of the search behind it, not even while the proof is paused', () => {
    const early = { ...plan, config: { ...plan.config, earlyStop: true, patience: 3 } };
    const searching: JournalRecord[] = [{ ...FIRST, plan: early }, ...RUNNING.slice(1), scored(6, 0.3)];
    expect(pageState(searching, FACTS).summary).toMatchObject({
      limits: { iterations: 5 },
      earlyStop: { left: 1 },
      left: 20,
    });
    const proving: JournalRecord[] = [
      ...searching,
      { kind: 'proving', proof: 1, candidates: [], requests: [], images: [], scorers: [], time: { at } },
    ];
    const paused: JournalRecord[] = [...proving, { kind: 'paused', id: 'a', by: 'x', time: { at } }];
    const stopping: JournalRecord[] = [...searching, { kind: 'stopping', id: 'a', by: 'x', time: { at } }];
    for (const records of [proving, paused, stopping])
      expect(pageState(records, FACTS).summary).toMatchObject({
        limits: { iterations: null, minutes: null, images: null },
        earlyStop: null,
        left: null,
        canControl: true,
      });
  });

  it('counts as the search does: iterations in doubt are measured again and are none', () => {
    const file = path.join(import.meta.dirname, '../../fixtures/journals/main-2026-11.journal.jsonl');
    const { records } = parseJournal(readFileSync(file, 'utf8'), file);
    expect(pageState(records, FACTS).summary).toMatchObject({ done: 14, total: 14 });
  });

  it('offers no baseline for rejection', () => {
    expect(pageState([FIRST, ...BASELINES], FACTS).summary.latest).toBeNull();
  });

  it('never has a rejected iteration as the best', () => {
    const rejected: JournalRecord = {
      kind: 'rejected',
      trial: 4,
      trials: [4],
      id: 'a',
      by: 'x',
      time: { at },
    };
    const { summary, trials } = pageState([...RUNNING, rejected], FACTS);
    expect(summary.best?.trial).toBe(5);
    expect(summary.latest).toBe(5);
    expect(trials.find(({ id }) => id === 4)).toMatchObject({ state: 'rejected', score: null });
  });

  it('takes the limit of the session that goes on', () => {
    const records: JournalRecord[] = [
      ...RUNNING,
      { kind: 'resumed', limits: { iterations: 9 }, time: { at } },
    ];
    expect(pageState(records, FACTS).summary.total).toBe(9);
  });

  it('tells of failures, lacking images, doubts and the log, the newest first and each once', () => {
    const records: JournalRecord[] = [
      ...RUNNING,
      { kind: 'failed', trial: 6, failure: { code: 'x', message: 'The GPU is gone.' }, images: [], time },
      {
        kind: 'doubted',
        trials: [5],
        reason: 'The merge was lost.',
        time: { at: '2026-01-01T00:02:00.000Z' },
      },
    ];
    const notices = [
      { level: 'warn' as const, message: 'The WebUI is slow.', at: '2026-01-01T00:01:00.000Z' },
      { level: 'warn' as const, message: 'The merge was lost. Measured again.', at },
    ];
    const { summary, trials } = pageState(records, { ...FACTS, notices });
    expect(summary.notices.map(({ message }) => message)).toEqual([
      'The merge was lost. Measured again.',
      'The WebUI is slow.',
      'Iteration 6 failed: the GPU is gone.',
    ]);
    expect(trials.find(({ id }) => id === 5)).toMatchObject({ state: 'failed', score: null });
  });

  it.each([
    'v0.1.0',
    'v0.1.0-hills',
    'main-2026-11',
    'main-2026-11-images',
    'main-2026-11-learnt',
    'main-2026-11-pass',
  ])('is made of the released journal %s', (name) => {
    const file = path.resolve(import.meta.dirname, `../../fixtures/journals/${name}.journal.jsonl`);
    const { records } = parseJournal(readFileSync(file, 'utf8'), name);
    const { summary, trials } = pageState(records, { ...FACTS, isAlive: false });
    expect(['ended', 'dead']).toContain(summary.state);
    expect(trials.length).toBeGreaterThan(1);
    expect(summary.best).not.toBeNull();
    expect(summary.network?.blocks.length).toBeGreaterThan(20);
  });

  it('is there before the journal holds anything', () => {
    const { summary, trials } = pageState([], FACTS);
    expect(trials).toEqual([]);
    expect(summary).toMatchObject({ name: 'O', best: null, current: null, network: null, done: 0 });
  });
});

describe('a line of the log', () => {
  it('is a warning from level 40 on, an error from 50', () => {
    expect(logNotice(`{"level":40,"at":"${at}","msg":"slow"}`)).toEqual({
      level: 'warn',
      message: 'slow',
      at,
    });
    expect(logNotice('{"level":60,"msg":"defect: x"}')).toEqual({
      level: 'error',
      message: 'defect: x',
      at: null,
    });
    expect(logNotice('{"level":30,"msg":"iteration 1: score 2"}')).toBeUndefined();
    expect(logNotice('no JSON')).toBeUndefined();
  });
});
