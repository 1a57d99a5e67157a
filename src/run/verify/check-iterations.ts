/** Do the records of a journal agree with each other? Numbers, weights, seeds, and scores with those of their images. */
import type { JournalRecord, RecordOf, SearchPlan } from '../../journal/record.ts';
import { imageKey } from '../../images/names.ts';
import { estimatesOf } from '../../score/manual/estimates.ts';
import { tally } from '../../score/tally.ts';
import { afterColon } from '../../shared/after-colon.ts';
import { isExpected } from '../../shared/errors.ts';
import { counted } from '../../shared/counted.ts';
import { decode } from '../../space/space.ts';
import type { BlockWeights, ImageRecord } from '../../types.ts';
import { checked, isAlike, type Check, type Difference } from './check.ts';

/** Of a trial, as far as the journal has come. */
interface Known {
  readonly asked: RecordOf<'asked'>;
  images: readonly ImageRecord[];
  /** Undefined until it is finished, or where it has failed. */
  score: number | undefined;
  isFinished: boolean;
  /** Recorded one by one while it was measured, by {@link imageKey}. */
  readonly drawn: Map<string, ImageRecord>;
}

export function checkIterations(plan: SearchPlan, records: readonly JournalRecord[]): Check {
  const ledger = new Ledger(plan);
  for (const record of records) ledger.note(record);
  const { count, images, differences } = ledger;
  const summary = `${counted(count, 'iteration')} with ${counted(images, 'image')}: numbers, weights, seeds and scores`;
  return checked('iterations', summary, differences);
}

class Ledger {
  readonly differences: Difference[] = [];
  readonly #plan: SearchPlan;
  readonly #trials = new Map<number, Known>();
  /** Seeds by {@link imageKey}. */
  readonly #seeds: ReadonlyMap<string, number>;
  /** Scores that follow from all that people have said change after they were recorded. */
  readonly #areEstimates: boolean;

  constructor(plan: SearchPlan) {
    this.#plan = plan;
    this.#seeds = seedsOf(plan.requests);
    this.#areEstimates = plan.scorers.some(({ version }) => estimatesOf(version) !== undefined);
  }

  get count(): number {
    return this.#trials.size;
  }

  get images(): number {
    return [...this.#trials.values()].reduce((sum, { images }) => sum + images.length, 0);
  }

  note(record: JournalRecord): void {
    if (record.kind === 'asked') this.#noteAsked(record);
    else if (record.kind === 'scored' || record.kind === 'failed') this.#noteResult(record);
    else if (record.kind === 'added') this.#noteAdded(record);
    else if (record.kind === 'image') this.#noteImage(record);
    else if (record.kind === 'forgotten') this.#trials.get(record.trial)?.drawn.clear();
    else if (record.kind === 'proving') this.#noteProving(record);
  }

  #say(iteration: number, message: string): void {
    this.differences.push({ iteration, message });
  }

  #noteAsked(asked: RecordOf<'asked'>): void {
    const { trial, baseline, point, weights } = asked;
    if (this.#trials.has(trial)) this.#say(trial, 'was asked for twice');
    this.#trials.set(trial, { asked, images: [], score: undefined, isFinished: false, drawn: new Map() });
    const { baselines = [], space } = this.#plan;
    const meant =
      baseline === undefined
        ? decode(space, point)
        : baselines.find(({ name }) => name === baseline)?.weights;
    if (meant === undefined) {
      this.#say(trial, `is a baseline "${baseline}", which the plan does not have`);
      return;
    }
    const block = differentBlock(weights, meant);
    if (block === undefined) return;
    const what = baseline === undefined ? 'its point means' : 'the plan says';
    this.#say(trial, `has ${block} ${weights[block] ?? 'missing'}, but ${what} ${meant[block] ?? 'none'}`);
  }

  #noteResult(record: RecordOf<'scored'> | RecordOf<'failed'>): void {
    const known = this.#trials.get(record.trial);
    if (known === undefined) {
      this.#say(record.trial, `is recorded as ${record.kind}, but was never asked for`);
      return;
    }
    if (known.isFinished) this.#say(record.trial, 'has two results');
    known.isFinished = true;
    known.images = record.images;
    this.#checkSeeds(record.trial, record.images);
    this.#checkDrawn(record.trial, known, record.images);
    if (record.kind === 'failed') return;
    known.score = record.score;
    const { repeatOf } = record;
    if (repeatOf === undefined) this.#checkTally(record.trial, known);
    else if (repeatOf > 0) this.#checkRepeat(record.trial, known, repeatOf);
  }

  #noteAdded({ trial, score, images }: RecordOf<'added'>): void {
    const known = this.#trials.get(trial);
    if (known?.score === undefined) {
      this.#say(trial, 'got more images, but had no score');
      return;
    }
    this.#checkSeeds(trial, images);
    this.#checkDrawn(trial, known, images);
    const before = known.score;
    known.images = [...known.images, ...images];
    known.score = score;
    if (images.length > 0) this.#checkTally(trial, known);
    else if (!isAlike(score, before)) this.#say(trial, `changed its score to ${score} without images`);
  }

  #noteImage({ trial, image }: RecordOf<'image'>): void {
    const known = this.#trials.get(trial);
    if (known === undefined) this.#say(trial, 'got an image, but was never asked for');
    this.#checkSeeds(trial, [image]);
    known?.drawn.set(imageKey(image.request, image.index), image);
  }

  /** What counts is what was recorded when it was finished; journals of earlier versions have no such records. */
  #checkDrawn(trial: number, { drawn }: Known, images: readonly ImageRecord[]): void {
    for (const { request, index, pixels, score } of images) {
      const then = drawn.get(imageKey(request, index));
      if (then === undefined || (then.pixels === pixels && isAlike(then.score, score))) continue;
      const what = then.pixels === pixels ? `score ${score}` : 'other pixels';
      this.#say(trial, `counts an image of ${request} with ${what}, not as it was when it was finished`);
    }
    drawn.clear();
  }

  /** Candidates are iterations of the run. */
  #noteProving({ proof, candidates }: RecordOf<'proving'>): void {
    for (const { name, trial, weights } of candidates) {
      const known = trial === null ? undefined : this.#trials.get(trial);
      if (trial === null || known === undefined) continue;
      const block = differentBlock(weights, known.asked.weights);
      if (block !== undefined)
        this.#say(
          trial,
          `is the ${name} of proof ${proof}, but there ${block} is ${weights[block] ?? 'missing'}`,
        );
    }
  }

  #checkSeeds(trial: number, images: readonly ImageRecord[]): void {
    for (const { request, index, seed } of images) {
      const wanted = this.#seeds.get(imageKey(request, index));
      if (wanted === undefined) this.#say(trial, `has an image of ${request}, which the plan does not have`);
      else if (wanted !== seed)
        this.#say(trial, `has an image of ${request} with seed ${seed}, but the plan says ${wanted}`);
    }
  }

  #checkTally(trial: number, { images, score = Number.NaN }: Known): void {
    if (this.#areEstimates) return;
    const { tally: name, config } = this.#plan;
    try {
      const scores = images.map((image) => image.score);
      const weights = images.map(({ payload }) => config.payloadWeight?.[payload] ?? 1);
      const expected = tally(name, scores, weights);
      if (!isAlike(expected, score)) this.#say(trial, `has score ${score}, but its images give ${expected}`);
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.#say(trial, `has score ${score}, but its images give none: ${afterColon(error.message)}`);
    }
  }

  #checkRepeat(trial: number, { asked, score = Number.NaN }: Known, of: number): void {
    const original = this.#trials.get(of);
    if (original === undefined || differentBlock(asked.weights, original.asked.weights) !== undefined)
      this.#say(trial, `is recorded as a repeat of iteration ${of}, which has other weights`);
    else if (original.score !== undefined && !isAlike(original.score, score) && !this.#areEstimates)
      this.#say(trial, `has score ${score}, but iteration ${of}, which it repeats, has ${original.score}`);
  }
}

function seedsOf(requests: SearchPlan['requests']): ReadonlyMap<string, number> {
  return new Map(
    requests.flatMap(({ id, seeds }) => seeds.map((seed, index) => [imageKey(id, index), seed] as const)),
  );
}

/** The first one whose weight is another. */
export function differentBlock(one: BlockWeights, other: BlockWeights): string | undefined {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].find((block) => {
    const [a, b] = [one[block], other[block]];
    return a === undefined || b === undefined || !isAlike(a, b);
  });
}
