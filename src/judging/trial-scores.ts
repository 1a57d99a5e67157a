/** The images of a run's trials in the order of its plan, and their scores made comparable. */
import {
  comparableScores,
  haveSameImages,
  imageNoise,
  imagesInPlan,
  unitEnds,
  upToUnits,
  type ImageNoise,
  type OrderedImage,
  type ScoreRow,
  type TallyScores,
} from '../allocation/index.ts';
import { imageKey } from '../images/names.ts';
import type { SearchPlan } from '../journal/record.ts';
import { estimatesOf } from '../score/manual/estimates.ts';
import type { Merits } from '../score/manual/preference.ts';
import { tally } from '../score/tally.ts';
import { isLearned, type EvaluatedTrial, type FinishedTrial, type ImageRecord } from '../types.ts';

export class TrialScores {
  /** All images of the plan. */
  readonly order: readonly OrderedImage[];
  /** Where whole units of them end. */
  readonly ends: readonly number[];
  readonly tally: TallyScores;
  /** Where scores follow from all that people have said. */
  readonly #estimate: ReturnType<typeof estimatesOf>;
  /** Requests whose scores are turned round. */
  readonly #reversed: ReadonlySet<string>;
  /** By what people have answered so far. */
  #merits: Merits = new Map();
  /** By the images of the trial, which get another list when they change. */
  readonly #rows = new WeakMap<readonly ImageRecord[], ScoreRow>();
  /** Trials have unequal images: all are looked at after every one. Where they have not, a long run saves the room. */
  #areRowsKept: boolean;

  constructor({ requests, imageOrder, tally: name, config, scorers }: SearchPlan) {
    this.#estimate = scorers.flatMap(({ version }) => estimatesOf(version) ?? [])[0];
    this.#reversed = new Set(requests.flatMap(({ id, reverseScoring }) => (reverseScoring ? [id] : [])));
    this.#areRowsKept = imageOrder !== undefined;
    this.order = imageOrder ?? imagesInPlan(requests);
    this.ends = unitEnds(this.order);
    const payloads = new Map(requests.map(({ id, payload }) => [id, payload]));
    const payloadAt = this.order.map(({ request }) => payloads.get(request) ?? '');
    const weightAt = payloadAt.map((payload) => config.payloadWeight?.[payload] ?? 1);
    this.tally = (scores, positions) =>
      tally(
        name,
        scores,
        positions.map((p) => weightAt[p] ?? 1),
      );
  }

  get total(): number {
    return this.order.length;
  }

  /** The first so many images of the order. */
  first(images: number = this.total): readonly OrderedImage[] {
    return this.order.slice(0, images);
  }

  /** So many images for a new trial, in whole units. */
  forNew(images: number): number {
    return upToUnits(this.ends, images) ?? this.total;
  }

  /** Scores change after they were recorded: later answers say more of earlier images. */
  get areEstimates(): boolean {
    return this.#estimate !== undefined;
  }

  /** Of those that it was to get, one score each; undefined = missing. As of the last {@link comparable}. */
  row(trial: Pick<EvaluatedTrial, 'id' | 'images' | 'wanted'>): ScoreRow {
    if (this.areEstimates || !this.#areRowsKept) return this.#rowOf(trial);
    const row = this.#keptRow(trial) ?? this.#rowOf(trial);
    this.#rows.set(trial.images, row);
    return row;
  }

  #keptRow({ images, wanted }: Pick<EvaluatedTrial, 'images' | 'wanted'>): ScoreRow | undefined {
    const known = this.#rows.get(images);
    // A trial without images may share its list with others.
    return known?.length === (wanted ?? this.total) ? known : undefined;
  }

  #rowOf({ id, images, wanted }: Pick<EvaluatedTrial, 'id' | 'images' | 'wanted'>): ScoreRow {
    const scores = new Map(
      images.map((image) => [imageKey(image.request, image.index), this.#scoreOf(id, image)]),
    );
    return this.first(wanted).map(({ request, index }) => scores.get(imageKey(request, index)));
  }

  /** Their scores can be compared as they are: they have the same images, and nobody estimates them. */
  arePlain(trials: readonly FinishedTrial[]): boolean {
    if (this.areEstimates) return false;
    // Looked at once: these rows are not kept.
    return haveSameImages(
      trials.filter(isMeasured).map((trial) => this.#keptRow(trial) ?? this.#rowOf(trial)),
    );
  }

  /** By trial; of trials that all have the same images it is the score itself. */
  comparable(trials: readonly FinishedTrial[]): ReadonlyMap<number, number> {
    const scored = trials.filter((trial) => trial.state === 'scored');
    const scores = new Map(scored.map(({ id, score }) => [id, score]));
    const measured = scored.filter(isMeasured);
    if (this.#estimate !== undefined) this.#merits = this.#estimate(measured);
    const rows = measured.map((trial) => this.row(trial));
    const isEven = haveSameImages(rows);
    this.#areRowsKept ||= !isEven;
    if (isEven && !this.areEstimates) return scores;
    const comparable = isEven
      ? rows.map((row) => this.#tallyOf(row))
      : comparableScores(rows, this.total, this.tally);
    for (const [i, { id }] of measured.entries()) scores.set(id, comparable[i] ?? Number.NaN);
    for (const { id, source } of scored) {
      const taken = source.kind === 'repeat' ? scores.get(source.of) : undefined;
      if (taken !== undefined) scores.set(id, taken);
    }
    return scores;
  }

  #scoreOf(trial: number, { request, index, score }: ImageRecord): number {
    const merit = this.#merits.get(trial)?.get(imageKey(request, index));
    if (merit === undefined) return score;
    return this.#reversed.has(request) ? -merit : merit;
  }

  #tallyOf(row: ScoreRow): number {
    const present = row.flatMap((score, position) => (score === undefined ? [] : [{ score, position }]));
    return this.tally(
      present.map(({ score }) => score),
      present.map(({ position }) => position),
    );
  }

  /** What a single image says about its merge; undefined while there is too little to say. */
  noise(trials: readonly FinishedTrial[], { dimensions }: SearchPlan['space']): ImageNoise | undefined {
    const samples = trials.filter(isMeasured).map((trial) => ({
      point: trial.point.map((value, d) => {
        const { low = 0, high = 1 } = dimensions[d] ?? {};
        return high > low ? (value - low) / (high - low) : 0;
      }),
      scores: this.row(trial),
    }));
    return imageNoise(samples, this.total);
  }
}

/**
 * The scores by which the trials of a journal are compared, by trial.
 * @param plan undefined for a journal that has none
 */
export function comparableIn(
  plan: SearchPlan | undefined,
  trials: readonly FinishedTrial[],
): ReadonlyMap<number, number> {
  if (plan !== undefined) return scoresBy(plan).comparable(trials);
  return new Map(trials.flatMap((trial) => (trial.state === 'scored' ? [[trial.id, trial.score]] : [])));
}

const ofPlans = new WeakMap<SearchPlan, TrialScores>();

/** What was found out about the images of a trial is found out once. */
function scoresBy(plan: SearchPlan): TrialScores {
  const known = ofPlans.get(plan) ?? new TrialScores(plan);
  ofPlans.set(plan, known);
  return known;
}

/** It has images of its own. */
export function isMeasured(trial: FinishedTrial): trial is EvaluatedTrial {
  return trial.state === 'scored' && !isLearned(trial) && trial.images.length > 0;
}
