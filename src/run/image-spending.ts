/** What images are spent on: how many were made and are under way, and what comes next by the plan's allocation. */
import {
  createAllocation,
  cutToUnits,
  mergeCostOf,
  type Allocation,
  type AllocationMode,
  type Known,
  type Step,
} from '../allocation/index.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { Added } from '../journal/trial-records.ts';
import { isBaseline, type EvaluatedTrial, type FinishedTrial, type OpenTrial } from '../types.ts';
import { dimensionsOf } from '../optimizers/reach.ts';
import type { SearchOptimizer } from './search-optimizer.ts';
import { isMeasured, type TrialScores } from '../judging/trial-scores.ts';

/** More images of a trial that has a score. */
export interface MoreImages {
  readonly trial: EvaluatedTrial;
  /** So many of the order in all; as many as before = its missing ones once more. */
  readonly images: number;
  /** What a merge was taken to cost when that was decided, in images. */
  readonly mergeCost: number;
  /** The optimizer's next point was looked at for it. */
  readonly isPeeked: boolean;
}

/** What comes next: more images, or a new trial with so many (undefined: all). */
export type Spending =
  | ({ readonly kind: 'more' } & MoreImages)
  | { readonly kind: 'new'; readonly images: number | undefined; readonly mergeCost: number };

type More = Extract<Step, { kind: 'more' }>;

interface OpenMore {
  readonly images: number;
  /** Of an earlier session, and not taken up yet. */
  isWaiting: boolean;
}

export class ImageSpending {
  readonly #plan: SearchPlan;
  readonly #scores: TrialScores;
  readonly #allocation: Allocation;
  readonly #budget: number;
  #made = 0;
  readonly #seconds = { merges: new Array<number>(), images: new Array<number>() };
  /** Images under way, by trial. */
  readonly #wanted = new Map<number, number>();
  readonly #more = new Map<number, OpenMore>();
  /** Trials whose missing images were asked for once more. */
  readonly #askedAgain = new Set<number>();

  /** @param budget most images of the run; Infinity for no limit */
  constructor(plan: SearchPlan, scores: TrialScores, budget: number) {
    this.#plan = plan;
    this.#scores = scores;
    this.#budget = budget;
    this.#allocation = createAllocation(modeOf(plan), scores.tally);
  }

  /** Images that may still be made, those under way taken off. */
  get left(): number {
    return this.#budget - this.#made - [...this.#wanted.values()].reduce((sum, images) => sum + images, 0);
  }

  /** Somebody draws more images of a trial. */
  get isBusy(): boolean {
    return [...this.#more.values()].some(({ isWaiting }) => !isWaiting);
  }

  next(trials: readonly FinishedTrial[], optimizer: Pick<SearchOptimizer, 'peek' | 'belief'>): Spending {
    if (this.#plan.imageOrder === undefined) return { kind: 'new', images: undefined, mergeCost: 0 };
    let isPeeked = false;
    const proposal = (): readonly number[] => {
      isPeeked = true;
      return optimizer.peek();
    };
    const known = this.#known(trials, proposal, () => optimizer.belief());
    const { mergeCost } = known;
    const step = this.#allocation.next(known);
    if (step.kind === 'more') {
      const more = this.#cut(trials, step);
      if (more !== undefined) return { kind: 'more', ...more, mergeCost, isPeeked };
    }
    return { kind: 'new', images: this.#scores.forNew(step.images), mergeCost };
  }

  /** For a trial that is measured before the search begins: as many as the first one of the search gets. */
  first(optimizer: Pick<SearchOptimizer, 'peek' | 'belief'>): Extract<Spending, { kind: 'new' }> {
    const spending = this.next([], optimizer);
    if (spending.kind === 'new') return spending;
    throw new Error('no trial can get more images before there is one');
  }

  /**
   * What is still to be drawn once the search is over; undefined: nothing.
   * @param candidates for the best: they get all images, and those that are missing once more
   */
  last(
    trials: readonly FinishedTrial[],
    candidates: readonly EvaluatedTrial[],
    optimizer: Pick<SearchOptimizer, 'peek' | 'belief'>,
  ): MoreImages | undefined {
    let isPeeked = false;
    const proposal = (): readonly number[] => {
      isPeeked = true;
      return optimizer.peek();
    };
    const known = this.#known(trials, proposal, () => optimizer.belief());
    const step = this.#allocation.finish(known) ?? this.#rest(candidates);
    const more = step && this.#cut(trials, step);
    return more && { ...more, mergeCost: known.mergeCost, isPeeked };
  }

  begin({ id, wanted }: OpenTrial): void {
    this.#wanted.set(id, wanted ?? this.#scores.total);
  }

  beginMore(trial: EvaluatedTrial, images: number): void {
    this.#wanted.set(trial.id, this.#countOf(trial, images));
    this.#more.set(trial.id, { images, isWaiting: false });
    if (images <= this.#given(trial)) this.#askedAgain.add(trial.id);
  }

  /** More images of it are being drawn. */
  isUnderWay(id: number): boolean {
    return this.#more.has(id);
  }

  /** The session that asked for them is over. */
  leaveUnfinished(): void {
    for (const [id, more] of this.#more) {
      more.isWaiting = true;
      this.#wanted.delete(id);
    }
  }

  /** What an earlier session has not finished. */
  takeUp(trials: readonly FinishedTrial[]): MoreImages | undefined {
    for (const [id, { images, isWaiting }] of this.#more) {
      const trial = isWaiting ? trials.filter(isMeasured).find((one) => one.id === id) : undefined;
      if (trial === undefined) continue;
      this.beginMore(trial, images);
      return { trial, images, mergeCost: 0, isPeeked: false };
    }
    return undefined;
  }

  finish(trial: FinishedTrial): void {
    this.#wanted.delete(trial.id);
    this.#made += trial.images.length;
    if (!isMeasured(trial)) return;
    this.#made += trial.missing?.length ?? 0;
    this.#note(trial);
  }

  /** @returns how many images the trial was given in all */
  add(before: EvaluatedTrial, added: Added): number {
    const { images } = this.#more.get(before.id) ?? { images: this.#given(before) };
    this.#made += this.#countOf(before, images);
    this.#note(added);
    this.giveUp(before.id);
    return images;
  }

  /** No more images of it are wanted. */
  giveUp(id: number): void {
    this.#more.delete(id);
    this.#wanted.delete(id);
  }

  #known(trials: readonly FinishedTrial[], proposal: Known['proposal'], belief: Known['belief']): Known {
    return {
      total: this.#scores.total,
      ends: this.#scores.ends,
      mergeCost: mergeCostOf(this.#seconds),
      trials: trials
        .filter(isMeasured)
        // What a merge is compared with is proved at the end: its images are not weighed up against those of merges.
        .filter((trial) => !isBaseline(trial))
        .toSorted((one, other) => one.id - other.id)
        .map((trial) => ({
          id: trial.id,
          point: trial.point,
          scores: this.#scores.row(trial),
          isOpen: this.#more.has(trial.id),
        })),
      imagesLeft: this.left,
      proposal,
      belief,
      space: { dimensions: dimensionsOf(this.#plan) },
    };
  }

  #rest(candidates: readonly EvaluatedTrial[]): More | undefined {
    const { total } = this.#scores;
    const incomplete = candidates.find((trial) => this.#given(trial) < total);
    if (incomplete !== undefined) return { kind: 'more', trial: incomplete.id, images: total };
    const lacking = candidates.find(
      ({ id, missing = [] }) => missing.length > 0 && !this.#askedAgain.has(id),
    );
    return lacking && { kind: 'more', trial: lacking.id, images: total };
  }

  /** In whole units and within the budget; undefined where that leaves nothing. */
  #cut(
    trials: readonly FinishedTrial[],
    { trial: id, images }: More,
  ): Pick<MoreImages, 'trial' | 'images'> | undefined {
    const trial = trials.filter(isMeasured).find((one) => one.id === id);
    if (trial === undefined || this.#more.has(id)) return undefined;
    const had = this.#given(trial);
    if (images <= had) {
      const count = this.#countOf(trial, had);
      return count > 0 && count <= this.left && !this.#askedAgain.has(id)
        ? { trial, images: had }
        : undefined;
    }
    const cut = cutToUnits(this.#scores.ends, images, { had, most: had + this.left });
    return cut === undefined ? undefined : { trial, images: cut };
  }

  #given({ wanted }: Pick<EvaluatedTrial, 'wanted'>): number {
    return wanted ?? this.#scores.total;
  }

  /** Images that are drawn for a trial that is to have so many. */
  #countOf(trial: EvaluatedTrial, images: number): number {
    const had = this.#given(trial);
    return images > had ? images - had : (trial.missing?.length ?? 0);
  }

  #note({ time, images }: Pick<Added, 'time' | 'images'>): void {
    if (images.length === 0) return;
    const seconds = images.map((image) => image.seconds);
    const drawing = seconds.reduce((sum, one) => sum + one, 0);
    this.#seconds.merges.push(Math.max(0, time.evaluation - drawing));
    this.#seconds.images.push(...seconds);
  }
}

/** An old plan has no order, and gives every trial all images. */
function modeOf({ imageOrder, config: { imagesPerTrial } }: SearchPlan): AllocationMode {
  if (imageOrder === undefined) return 'all';
  return typeof imagesPerTrial === 'number' ? imagesPerTrial : 'auto';
}
