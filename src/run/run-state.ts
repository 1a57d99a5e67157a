/**
 * What a run knows, rebuilt from its journal: trials, the optimizer's state, the images already paid for.
 * Nothing here touches the disk; the journal is always written first.
 */
import type { GoalsByTrial } from '../goals/goals.ts';
import { decode, encode } from '../space/space.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../journal/record.ts';
import type { Divergence, Replay } from './replay.ts';
import { doubtedTrial, rejectedTrial } from '../journal/read.ts';
import {
  extendedTrial,
  finishedTrial,
  learnedTrial,
  openTrial,
  type Added,
} from '../journal/trial-records.ts';
import {
  isBaseline,
  isLearned,
  isTakenOver,
  type Best,
  type EvaluatedTrial,
  type FinishedTrial,
  type OpenTrial,
} from '../types.ts';
import { Baselines } from './baselines.ts';
import { ImageSpending, type MoreImages } from './image-spending.ts';
import { keptTrial } from '../journal/kept-trials.ts';
import { KnownWeights } from './known-weights.ts';
import { Ranking } from './ranking.ts';
import { SearchOptimizer } from './search-optimizer.ts';
import { isMeasured, TrialScores } from '../judging/trial-scores.ts';
import { withFewerLoras, type Handed } from './sparse-best.ts';
import type { MoreWork, Work } from './work.ts';

export class RunState {
  readonly plan: SearchPlan;
  readonly trials: FinishedTrial[] = [];
  /** The plan's images, and what trials have of them. */
  readonly scores: TrialScores;
  readonly #ranking: Ranking;
  readonly #spending: ImageSpending;
  readonly #optimizer: SearchOptimizer;
  /** Asked and not finished, by trial: what the optimizer calls the same ask. */
  readonly #asks = new Map<number, number | undefined>();
  readonly #baselines: Baselines;
  /** Points that somebody asked for, the oldest first. */
  readonly #queue: (readonly number[])[] = [];
  /** Asked in an earlier session and never finished: they come first. */
  readonly #unfinished: OpenTrial[] = [];
  /** What was measured of the same weights. */
  readonly known = new KnownWeights();
  #last = 0;
  /** What the optimizer recommends among some of its points. */
  readonly bestAmong: SearchOptimizer['best'] = (isWanted) => this.#optimizer.best(isWanted);

  /** @param budgetImages of this session, Infinity for none */
  constructor(plan: SearchPlan, budgetImages: number = plan.config.budgetImages ?? Infinity) {
    this.plan = plan;
    this.#baselines = new Baselines(plan);
    this.scores = new TrialScores(plan);
    this.#ranking = new Ranking(plan, this.scores, this.trials);
    this.#spending = new ImageSpending(plan, this.scores, budgetImages);
    this.#optimizer = new SearchOptimizer(plan, (trial) => this.#ranking.outcomeOf(trial));
  }

  /** Trials being worked on. */
  get open(): number {
    return this.#asks.size - this.#unfinished.length;
  }

  /** Of these, iterations of the search. */
  get openIterations(): number {
    return this.open - this.#baselines.open(this.#unfinished);
  }

  /** Images that may still be made, those under way taken off. */
  get imagesLeft(): number {
    return this.#spending.left;
  }

  /** By trial, the score to compare it by: its own, unless trials have unequal images. */
  get comparable(): ReadonlyMap<number, number> {
    return this.#ranking.comparable;
  }

  /** The scores of what was tried, as the early stop looks at them. */
  get tried(): readonly number[] {
    return this.#ranking.tried;
  }

  /** What people look at beside the best: the baselines, and the first trial of the search. */
  get landmarks(): readonly number[] {
    return this.#ranking.landmarks;
  }

  /** By trial, where the search has several goals. */
  get goals(): GoalsByTrial | undefined {
    return this.#ranking.goals;
  }

  /** What to work on next. */
  ask(): Work {
    const waiting = this.#unfinished.shift();
    if (waiting !== undefined) {
      this.#spending.begin(waiting);
      return { kind: 'new', trial: waiting, isNew: false, mergeCost: 0 };
    }
    const taken = this.#takeUp();
    if (taken !== undefined) return taken;
    const baseline = this.#nextBaseline();
    if (baseline !== undefined) return baseline;
    const byHand = this.#queue.shift();
    if (byHand !== undefined) return this.#workByHand(byHand);
    const spending = this.#spending.next(this.trials, this.#optimizer);
    if (spending.kind === 'more') return this.#begin(spending);
    const { images, mergeCost } = spending;
    const asked = this.#optimizer.ask();
    const trial: OpenTrial = {
      state: 'open',
      id: ++this.#last,
      origin: asked.origin,
      point: asked.values,
      weights: decode(this.plan.space, asked.values),
      ...(images !== undefined && { wanted: images }),
    };
    this.#asks.set(trial.id, asked.id);
    this.#spending.begin(trial);
    return { kind: 'new', trial, isNew: true, mergeCost };
  }

  /**
   * What the candidates for the best still need once the search is over; undefined: nothing, or somebody is still at work, who
   * will ask then.
   */
  askLast(): MoreWork | undefined {
    const taken = this.#takeUp();
    if (taken !== undefined) return taken;
    if (this.open > 0 || this.#spending.isBusy) return undefined;
    const candidates = this.#ranking.measured([this.best(), this.recommended()?.best]);
    const more = this.#spending.last(this.trials, candidates, this.#optimizer);
    return more && this.#begin(more);
  }

  /** Are more images still wanted of it? Not once it was doubted. */
  isOpen({ trial }: Pick<MoreWork, 'trial'>): boolean {
    return this.#spending.isUnderWay(trial.id);
  }

  finish(finished: FinishedTrial): void {
    const trial = keptTrial(finished, this.plan.space);
    const ask = this.#asks.get(trial.id);
    this.#asks.delete(trial.id);
    this.#baselines.finish(trial.id);
    this.trials.push(trial);
    this.known.note(trial);
    this.#spending.finish(trial);
    const areOthersTouched = this.#ranking.grow(trial);
    this.#optimizer.tell(trial, ask);
    if (areOthersTouched) this.#optimizer.retell(this.trials);
  }

  /** A trial got more images. */
  add(id: number, added: Added): EvaluatedTrial {
    const at = this.trials.findIndex((trial) => trial.id === id);
    const before = this.trials[at];
    if (before === undefined || !isMeasured(before))
      throw new Error(`iteration ${id} has no images to add to`);
    const trial = extendedTrial(before, this.#spending.add(before, added), added);
    const kept = keptTrial(trial, this.plan.space);
    this.trials[at] = kept;
    this.extensions++;
    this.known.note(kept);
    this.#ranking.renew();
    this.#optimizer.retell(this.trials);
    return trial;
  }

  /** The best score seen, among scores made comparable. */
  best(): Best | undefined {
    return this.#ranking.best();
  }

  /** Trials that may be the best in the end, the best one first. */
  candidates(): number[] {
    return this.#ranking.candidates();
  }

  /** What to hand to the user: the optimizer may know better than the luckiest observation. */
  recommended(): Handed | undefined {
    const handed = this.#handed();
    const merges = (): EvaluatedTrial[] =>
      this.trials.filter(isMeasured).filter((trial) => this.#ranking.isMerge(trial));
    return (
      handed &&
      withFewerLoras(handed, {
        plan: this.plan,
        scores: this.scores,
        known: this.known,
        merges,
        asBest: (trial) => this.#ranking.asBest(trial),
      })
    );
  }

  #handed(): Handed | undefined {
    const best = this.best();
    if (best === undefined) return undefined;
    const recommendation = this.#optimizer.best();
    const trial = recommendation && this.known.trial(decode(this.plan.space, recommendation.values));
    const asItIs: Handed = { best, expected: undefined };
    if (trial === undefined || !this.#ranking.isMerge(trial)) return asItIs;
    const expected = recommendation?.expected;
    // The optimizer recommends its own trials only; what an earlier tool or run has found, or half of each, may be better still.
    const isFromElsewhere = this.trials.some(
      (one) => one.id === best.trial && (isLearned(one) || isBaseline(one)),
    );
    if (isFromElsewhere && best.score > (expected ?? this.#ranking.score(trial))) return asItIs;
    return { best: this.#ranking.asBest(trial), expected };
  }

  /**
   * Rebuilds the state by asking and telling once more in the journal's order.
   * @returns where the optimizer no longer proposes what the journal says (another version of it wrote the journal), if
   * anywhere; then it has learned every score instead, and the search goes on from there
   * @param onDifference told of every such place, in place of that: each point is held against what the optimizer proposes, and
   *   the optimizer is told of its own
   */
  replay(records: readonly JournalRecord[], onDifference?: (difference: Divergence) => void): Replay {
    const open = new Map<number, OpenTrial>();
    let replay: Replay = { faithful: true };
    for (const [index, record] of records.entries()) {
      if (record.kind === 'prior') this.#learn(record);
      if (record.kind === 'asked') {
        if (record.byHand === true) this.#queue.shift();
        const isProposed = record.baseline === undefined && record.byHand !== true;
        if (isProposed && replay.faithful) {
          const asked = this.#replayAsk(record, index);
          if (onDifference === undefined) replay = asked;
          else if (!asked.faithful) onDifference(asked);
        } else this.#asks.set(record.trial, undefined);
        open.set(record.trial, openTrial(record));
      }
      if (record.kind === 'learnt') this.finish(learnedTrial(record));
      if (record.kind === 'scored' || record.kind === 'failed') {
        const asked = open.get(record.trial);
        open.delete(record.trial);
        if (asked !== undefined) this.finish(finishedTrial(asked, record));
      }
      if (record.kind === 'more') this.#replayMore(record, replay.faithful);
      if (record.kind === 'added' && this.#spending.isUnderWay(record.trial)) this.add(record.trial, record);
      if (record.kind === 'doubted') this.doubt(record.trials, record.reason);
      if (record.kind === 'rejected') this.reject(record);
      if (record.kind === 'queued') this.queue(record.point);
      if ('trial' in record) this.#last = Math.max(this.#last, record.trial);
    }
    this.#unfinished.push(...open.values());
    this.#baselines.resume(this.trials.length, open.values());
    this.#spending.leaveUnfinished();
    if (!replay.faithful) this.#relearn();
    return replay;
  }

  /** Takes their scores back: the optimizer begins again with all others, and their points are asked again first. */
  doubt(trials: readonly number[], reason: string): void {
    for (const trial of this.#takeBack(trials, (one) => doubtedTrial(one, reason))) {
      // A baseline that is missing is measured again by itself.
      if (isTakenOver(trial) || isBaseline(trial)) continue;
      if (trial.byHand === true) this.queue(trial.point);
      else this.#optimizer.enqueue(trial.point);
    }
  }

  /** Takes their scores back for good: somebody does not want them. */
  reject(rejected: Pick<RecordOf<'rejected'>, 'trial' | 'trials' | 'by'>): void {
    this.#takeBack(rejected.trials, (trial) => rejectedTrial(trial, rejected));
  }

  /** A point of the space to be measured before what the optimizer proposes, behind those that were asked for earlier. */
  queue(point: readonly number[]): void {
    this.#queue.push(point);
  }

  /** How often a finished trial got more images. */
  extensions = 0;

  /** Trials that are not finished and have images of a merge that was found broken, with the reason. */
  readonly inDoubt = new Map<number, string>();

  /** Is it asked for, and not finished? */
  isUnderWay(id: number): boolean {
    return this.#asks.has(id);
  }

  /** @returns those that had a score */
  #takeBack(trials: readonly number[], replace: (trial: FinishedTrial) => FinishedTrial): EvaluatedTrial[] {
    const taken: EvaluatedTrial[] = [];
    for (const [i, trial] of this.trials.entries()) {
      if (!trials.includes(trial.id) || trial.state !== 'scored' || isLearned(trial)) continue;
      this.trials[i] = keptTrial(replace(trial), this.plan.space);
      this.#spending.giveUp(trial.id);
      taken.push(trial);
    }
    this.known.renew(this.trials);
    this.#ranking.renew();
    this.#relearn();
    return taken;
  }

  #workByHand(point: readonly number[]): Work {
    const weights = decode(this.plan.space, point);
    return this.#workBefore({ origin: 'queued', byHand: true, point, weights });
  }

  /** The first one that has not been measured. */
  #nextBaseline(): Work | undefined {
    const next = this.#baselines.next(this.trials);
    if (next === undefined) return undefined;
    const { name: baseline, weights } = next;
    return this.#workBefore({ origin: 'queued', baseline, point: encode(this.plan.space, weights), weights });
  }

  /** What the optimizer is not asked for: with as many images as the first trial of the search. */
  #workBefore(asked: Omit<OpenTrial, 'state' | 'id' | 'wanted'>): Work {
    const { images, mergeCost } = this.#spending.first(this.#optimizer);
    const trial: OpenTrial = {
      state: 'open',
      id: ++this.#last,
      ...asked,
      ...(images !== undefined && { wanted: images }),
    };
    this.#asks.set(trial.id, undefined);
    this.#baselines.begin(trial);
    this.#spending.begin(trial);
    return { kind: 'new', trial, isNew: true, mergeCost };
  }

  /** What was under way when an earlier session ended. */
  #takeUp(): MoreWork | undefined {
    const more = this.#spending.takeUp(this.trials);
    return more && { kind: 'more', isNew: false, ...more };
  }

  #begin(more: MoreImages): MoreWork {
    this.#spending.beginMore(more.trial, more.images);
    return { ...more, kind: 'more', isNew: true };
  }

  /** Asks under way are told to the new optimizer as learned points. */
  #relearn(): void {
    for (const id of this.#asks.keys()) this.#asks.set(id, undefined);
    this.#optimizer.relearn(this.trials, this.#unfinished.length);
  }

  #learn(prior: RecordOf<'prior'>): void {
    if (prior.measured === true) this.known.remember(prior.weights, prior.score);
    this.#optimizer.learnPrior(prior);
  }

  #replayAsk({ trial, point }: RecordOf<'asked'>, index: number): Replay {
    const { id, values: proposed } = this.#optimizer.ask();
    this.#asks.set(trial, id);
    const isSame = proposed.length === point.length && proposed.every((value, d) => value === point[d]);
    return isSame ? { faithful: true } : { faithful: false, trial, asked: point, proposed, index };
  }

  #replayMore({ trial: id, images, peeked }: RecordOf<'more'>, isFaithful: boolean): void {
    if (isFaithful && peeked === true) this.#optimizer.peek();
    const trial = this.trials.filter(isMeasured).find((one) => one.id === id);
    if (trial !== undefined) this.#spending.beginMore(trial, images);
  }
}
