/** What a run knows of trials with unequal images: by hand, without a server. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../../src/journal/read.ts';
import type { JournalRecord, SearchPlan } from '../../../src/journal/record.ts';
import { addedRecord, recordOf } from '../../../src/journal/trial-records.ts';
import { RunState } from '../../../src/run/run-state.ts';
import type { Work } from '../../../src/run/work.ts';
import { tally } from '../../../src/score/tally.ts';
import type { EvaluatedTrial, ImageRecord, OpenTrial } from '../../../src/types.ts';

const file = path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0-hills.journal.jsonl');
const [first] = parseJournal(readFileSync(file, 'utf8'), file).records;
if (first?.kind !== 'plan') throw new Error('the journal has a plan');
const TOTAL = 6;
const [request] = first.plan.requests;
if (request === undefined) throw new Error('the plan has requests');
const requests = Array.from({ length: TOTAL }, (_, n) => ({ ...request, id: `hills/${n}`, seeds: [n] }));
const plan = (imagesPerTrial: string | number, more: Partial<SearchPlan['config']> = {}): SearchPlan => ({
  ...first.plan,
  requests,
  queue: [],
  tally: 'arithmetic-mean',
  config: { ...first.plan.config, imagesPerTrial, ...more },
  imageOrder: requests.map(({ id }) => ({ request: id, index: 0 })),
});

/** Image n of a merge scores n tenths more than image 0: the late ones are easy. */
const imageOf = (merge: number, n: number, wobble = 0): ImageRecord => ({
  request: `hills/${n}`,
  index: 0,
  payload: 'hills',
  seed: n,
  score: merge + n / 10 + wobble * Math.sin(50 * merge + 9 * n),
  raw: { quality: merge + n / 10 },
  pixels: `${merge} ${n}`,
  seconds: 2,
});
const imagesOf = (merge: number, from: number, to: number, wobble = 0): ImageRecord[] =>
  Array.from({ length: to - from }, (_, n) => imageOf(merge, from + n, wobble));
const mean = (images: readonly ImageRecord[]): number =>
  tally(
    'arithmetic-mean',
    images.map(({ score }) => score),
  );

/** A run whose merges have the given quality, in the order of asking. */
class Run {
  readonly state: RunState;
  readonly records: JournalRecord[] = [];
  readonly #qualities: readonly number[];
  /** Seconds of a merge. */
  merge = 0;
  /** By how much the images of a merge differ in their own ways. */
  wobble = 0;

  constructor(qualities: readonly number[], state: RunState) {
    this.#qualities = qualities;
    this.state = state;
  }

  do(work: Work): Work {
    if (work.kind === 'new') this.#score(work.trial, work.mergeCost);
    else this.#add(work);
    return work;
  }

  #time(images: number): EvaluatedTrial['time'] {
    return {
      at: '2026-01-01T00:00:00.000Z',
      evaluation: this.merge + 2 * images,
      iteration: this.merge + 2 * images,
    };
  }

  #score(trial: OpenTrial, mergeCost: number): void {
    const { id, origin, point, weights, wanted } = trial;
    const costs = mergeCost > 0 ? { mergeCost } : {};
    this.records.push({
      kind: 'asked',
      trial: id,
      origin,
      point: [...point],
      weights,
      images: wanted,
      ...costs,
    });
    const images = imagesOf(this.#qualities[id - 1] ?? 0, 0, wanted ?? TOTAL, this.wobble);
    const time = this.#time(images.length);
    const scored: EvaluatedTrial = {
      ...trial,
      state: 'scored',
      source: { kind: 'measured' },
      score: mean(images),
      images,
      time,
    };
    this.records.push(recordOf(scored));
    this.state.finish(scored);
  }

  #add({ trial, images, mergeCost, isPeeked }: Extract<Work, { kind: 'more' }>): void {
    const peeked = isPeeked ? { peeked: true } : {};
    this.records.push({ kind: 'more', trial: trial.id, images, mergeCost, ...peeked });
    const added = imagesOf(this.#qualities[trial.id - 1] ?? 0, trial.images.length, images, this.wobble);
    const extension = {
      score: mean([...trial.images, ...added]),
      images: added,
      time: this.#time(added.length),
    };
    this.records.push(addedRecord(trial.id, extension));
    this.state.add(trial.id, extension);
  }
}

describe('a state of trials with unequal images', () => {
  it('compares them without what is due to the images', () => {
    const run = new Run([0.5, 0.55, 0.2], new RunState(plan(2)));
    for (let i = 0; i < 3; i++) run.do(run.state.ask());
    expect(run.state.best()?.trial).toBe(2);
    const last = run.state.askLast();
    expect(last).toMatchObject({ kind: 'more', images: TOTAL, trial: { id: 2 } });
    if (last !== undefined) run.do(last);
    // Its late images are easy, which makes it no better than it is: 0.05 above the first.
    const { comparable, trials } = run.state;
    expect(trials.map(({ images }) => images.length)).toEqual([2, TOTAL, 2]);
    expect((comparable.get(2) ?? 0) - (comparable.get(1) ?? 0)).toBeCloseTo(0.05, 12);
    expect(run.state.best()).toMatchObject({ trial: 2, score: mean(imagesOf(0.55, 0, TOTAL)) });
    expect(run.state.askLast()?.trial.id).not.toBe(2);
  });

  it('is the same when it is rebuilt, whatever was under way', () => {
    const qualities = Array.from({ length: 24 }, (_, i) => 0.5 + 0.1 * Math.sin(5 * i));
    const run = new Run(qualities, new RunState(plan('auto')));
    run.wobble = 0.05;
    for (let i = 0; i < 24; i++) run.do(run.state.ask());
    // The rule looks at what would be proposed instead.
    expect(run.records.filter((one) => one.kind === 'more' && one.peeked === true).length).toBeGreaterThan(1);
    const again = new RunState(plan('auto'));
    expect(again.replay(run.records)).toEqual({ faithful: true });
    expect(again.trials).toEqual(run.state.trials);
    expect(again.comparable).toEqual(run.state.comparable);
    expect(again.ask()).toEqual(run.state.ask());
    const cut = run.records.findLastIndex(({ kind }) => kind === 'more');
    const stopped = new RunState(plan('auto'));
    stopped.replay(run.records.slice(0, cut + 1));
    const more = run.records[cut];
    expect(stopped.ask()).toMatchObject({
      kind: 'more',
      isNew: false,
      ...(more?.kind === 'more' && { images: more.images, trial: { id: more.trial } }),
    });
  });

  it('says what a merge costs, and heeds nothing quicker than half a second', () => {
    const quick = new Run([0.5, 0.4, 0.6], new RunState(plan('auto')));
    quick.merge = 0.4;
    for (let i = 0; i < 3; i++) expect(quick.do(quick.state.ask()).mergeCost).toBe(0);
    const slow = new Run([0.5, 0.4, 0.6], new RunState(plan('auto')));
    slow.merge = 21;
    expect(slow.do(slow.state.ask()).mergeCost).toBe(0);
    // 21 seconds to 2 an image.
    expect(slow.do(slow.state.ask()).mergeCost).toBe(8);
  });

  it('gives up what is under way once it is doubted, and asks for its point again', () => {
    const run = new Run([0.5, 0.4], new RunState(plan(2)));
    const work = run.do(run.state.ask());
    const more = run.state.askLast();
    expect(more?.trial.id).toBe(1);
    if (more === undefined) throw new Error('the best is to get more images');
    expect(run.state.isOpen(more)).toBe(true);
    run.state.doubt([1], 'doubtful');
    expect(run.state.isOpen(more)).toBe(false);
    const next = run.state.ask();
    expect(next).toMatchObject({ kind: 'new', trial: { id: 2, origin: 'queued' } });
    expect(next.trial.point).toEqual(work.trial.point);
  });

  it('goes on with a trial that got its score before the optimizer began anew', () => {
    const run = new Run([0.5, 0.4, 0.3], new RunState(plan(2)));
    for (let i = 0; i < 3; i++) run.do(run.state.ask());
    run.state.doubt([3], 'doubtful');
    const more = run.state.askLast();
    if (more === undefined) throw new Error('the best is to get more images');
    run.do(more);
    expect(run.state.recommended()?.best.trial).toBe(1);
    expect(run.state.best()).toMatchObject({ trial: 1, score: mean(imagesOf(0.5, 0, TOTAL)) });
  });

  it('counts images, those under way and those of the budget', () => {
    const run = new Run([0.5, 0.4], new RunState(plan(2, { budgetImages: 12 })));
    expect(run.state.imagesLeft).toBe(12);
    const work = run.state.ask();
    expect(run.state.imagesLeft).toBe(10);
    run.do(work);
    run.do(run.state.ask());
    expect(run.state.imagesLeft).toBe(8);
    expect(new RunState(plan(2), 20).imagesLeft).toBe(20);
    expect(new RunState(plan(2)).imagesLeft).toBe(Infinity);
  });
});
