/**
 * What a run knows, rebuilt from its journal: trials, the optimizer's state, the images already paid for.
 * Nothing here touches the disk; the journal is always written first.
 */
import { encode, decode } from '../space/space.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../journal/record.ts';
import type { Replay } from './replay.ts';
import { doubtedTrial, recordedTrials } from '../journal/read.ts';
import { createOptimizer, createRelay, type Optimizer } from '../optimizers/index.ts';
import {
  isLearned,
  isTakenOver,
  type Best,
  type BlockWeights,
  type FinishedTrial,
  type OpenTrial,
  type ScoredTrial,
} from '../types.ts';

export interface Handed {
  /** The merge to use, by the optimizer's recommendation. */
  readonly best: Best;
  /** What the optimizer's model expects of it; undefined where it has no model. */
  readonly expected: number | undefined;
}

export class RunState {
  readonly plan: SearchPlan;
  readonly trials: FinishedTrial[] = [];
  #optimizer: Optimizer;
  /** Asked and not finished, by trial: what the optimizer calls the same ask. */
  readonly #asks = new Map<number, number | undefined>();
  /** Asked in an earlier session and never finished: they come first. */
  readonly #unfinished: OpenTrial[] = [];
  /** Known from elsewhere, for the optimizer alone. */
  readonly #priors: RecordOf<'prior'>[] = [];
  readonly #byWeights = new Map<string, ScoredTrial>();
  /** Scores of earlier passes that were measured as this run measures. */
  readonly #remembered = new Map<string, number>();
  #last = 0;

  constructor(plan: SearchPlan) {
    this.plan = plan;
    this.#optimizer = freshOptimizer(plan);
    for (const point of plan.queue) this.#optimizer.enqueue(point);
  }

  /** Trials being worked on. */
  get open(): number {
    return this.#asks.size - this.#unfinished.length;
  }

  /** The trial to work on next; `isNew` = it is not in the journal yet. */
  ask(): { readonly trial: OpenTrial; readonly isNew: boolean } {
    const waiting = this.#unfinished.shift();
    if (waiting !== undefined) return { trial: waiting, isNew: false };
    const asked = this.#optimizer.ask();
    const trial: OpenTrial = {
      state: 'open',
      id: ++this.#last,
      origin: asked.origin,
      point: asked.values,
      weights: decode(this.plan.space, asked.values),
    };
    this.#asks.set(trial.id, asked.id);
    return { trial, isNew: true };
  }

  /** An evaluated trial with the very same weights: its images need not be made again. */
  earlier(weights: BlockWeights): ScoredTrial | undefined {
    return this.#byWeights.get(JSON.stringify(weights));
  }

  /** The score that an earlier pass has measured for the very same weights. */
  remembered(weights: BlockWeights): number | undefined {
    return this.#remembered.get(JSON.stringify(weights));
  }

  finish(trial: FinishedTrial): void {
    const ask = this.#asks.get(trial.id);
    this.#asks.delete(trial.id);
    this.#keep(trial);
    if (ask !== undefined) this.#optimizer.tell(ask, trial.state === 'scored' ? trial.score : 'failed');
    else if (trial.state === 'scored')
      this.#optimizer.learn(encode(this.plan.space, trial.weights), trial.score);
  }

  /** The best score seen. */
  best(): Best | undefined {
    let best: ScoredTrial | undefined;
    for (const trial of this.trials) {
      if (trial.state === 'scored' && (best === undefined || trial.score > best.score)) best = trial;
    }
    return best && { trial: best.id, score: best.score, weights: best.weights };
  }

  /** What to hand to the user: the optimizer may know better than the luckiest observation. */
  recommended(): Handed | undefined {
    const best = this.best();
    if (best === undefined) return undefined;
    const recommendation = this.#optimizer.best();
    const trial = recommendation && this.earlier(decode(this.plan.space, recommendation.values));
    const asItIs: Handed = { best, expected: undefined };
    if (trial === undefined) return asItIs;
    const expected = recommendation?.expected;
    // The optimizer recommends its own trials only; what an earlier tool or run has found may be better still.
    const isFromElsewhere = this.trials.some((one) => one.id === best.trial && isLearned(one));
    if (isFromElsewhere && best.score > (expected ?? trial.score)) return asItIs;
    return { best: { trial: trial.id, score: trial.score, weights: trial.weights }, expected };
  }

  /**
   * Rebuilds the state by asking and telling once more in the journal's order.
   * @returns where the optimizer no longer proposes what the journal says (another version of it wrote the journal), if
   * anywhere; then it has learned every score instead, and the search goes on from there
   */
  replay(records: readonly JournalRecord[]): Replay {
    const { finished, open } = recordedTrials(records);
    const byId = new Map(finished.map((trial) => [trial.id, trial]));
    let replay: Replay = { faithful: true };
    for (const [index, record] of records.entries()) {
      if (record.kind === 'prior') this.#learn(record);
      if (record.kind === 'asked' && replay.faithful) replay = this.#replayAsk(record, index);
      if (record.kind === 'scored' || record.kind === 'failed' || record.kind === 'learnt') {
        const trial = byId.get(record.trial);
        if (trial !== undefined) this.finish(trial);
      }
      if (record.kind === 'doubted') this.doubt(record.trials, record.reason);
      if ('trial' in record) this.#last = Math.max(this.#last, record.trial);
    }
    this.#unfinished.push(...open);
    if (!replay.faithful) this.#relearn();
    return replay;
  }

  /** The trials, and those that took over the images of one of them. */
  withRepeats(trials: readonly number[]): number[] {
    return this.trials.flatMap((trial) => {
      if (trial.state !== 'scored') return [];
      const isRepeat = trial.source.kind === 'repeat' && trials.includes(trial.source.of);
      return trials.includes(trial.id) || isRepeat ? [trial.id] : [];
    });
  }

  /** Takes their scores back: the optimizer begins again with all others, and their points are asked again first. */
  doubt(trials: readonly number[], reason: string): void {
    const points: (readonly number[])[] = [];
    for (const [i, trial] of this.trials.entries()) {
      if (!trials.includes(trial.id) || trial.state !== 'scored' || isLearned(trial)) continue;
      this.trials[i] = doubtedTrial(trial, reason);
      if (!isTakenOver(trial)) points.push(trial.point);
    }
    this.#byWeights.clear();
    for (const trial of this.trials) this.#index(trial);
    this.#relearn();
    for (const point of points) this.#optimizer.enqueue(point);
  }

  /** A new optimizer that has learned every score; asks under way are told to it as learned points. */
  #relearn(): void {
    const finished = this.trials.flatMap((trial) => (isLearned(trial) ? [] : [trial]));
    this.#optimizer = freshOptimizer(this.plan, finished.length + this.#unfinished.length);
    const queued = finished.filter(({ origin }) => origin === 'queued').length;
    for (const point of this.plan.queue.slice(queued)) this.#optimizer.enqueue(point);
    for (const id of this.#asks.keys()) this.#asks.set(id, undefined);
    for (const prior of this.#priors)
      this.#optimizer.learn(encode(this.plan.space, prior.weights), prior.score);
    for (const trial of this.trials) {
      if (trial.state === 'scored')
        this.#optimizer.learn(encode(this.plan.space, trial.weights), trial.score);
    }
  }

  #learn(prior: RecordOf<'prior'>): void {
    this.#priors.push(prior);
    if (prior.measured === true) this.#remembered.set(JSON.stringify(prior.weights), prior.score);
    this.#optimizer.learn(encode(this.plan.space, prior.weights), prior.score);
  }

  #replayAsk({ trial, point }: RecordOf<'asked'>, index: number): Replay {
    const { id, values: proposed } = this.#optimizer.ask();
    this.#asks.set(trial, id);
    const isSame = proposed.length === point.length && proposed.every((value, d) => value === point[d]);
    return isSame ? { faithful: true } : { faithful: false, trial, asked: point, proposed, index };
  }

  #keep(trial: FinishedTrial): void {
    this.trials.push(trial);
    this.#index(trial);
  }

  #index(trial: FinishedTrial): void {
    if (trial.state !== 'scored' || trial.source.kind === 'repeat') return;
    const key = JSON.stringify(trial.weights);
    if (!this.#byWeights.has(key)) this.#byWeights.set(key, trial);
  }
}

/** @param asked how many points earlier optimizers of the run were asked for: this one must not draw the same again */
function freshOptimizer({ optimizer, space }: SearchPlan, asked = 0): Optimizer {
  const { name, seed, options, second } = optimizer;
  const dimensions = space.dimensions.map(({ name, low, high, intervals }) => ({
    name,
    low,
    high,
    intervals,
  }));
  const create = (one: string, own: Readonly<Record<string, unknown>>): Optimizer =>
    createOptimizer(one, { space: { dimensions }, seed: seed + asked, options: own });
  const first = create(name, options);
  if (second === null) return first;
  return createRelay({
    first,
    createSecond: () => create(second.name, second.options),
    switchAfter: Math.max(0, second.after - asked),
  });
}
