/**
 * Trials as a run keeps them: a night has thousands. What follows from the rest of a trial is worked out when somebody asks for it, and
 * what all have alike is there once. To whoever reads or copies one it is as any other.
 */
import { decode, type BlockSpace } from '../space/space.ts';
import {
  isLearned,
  type BaselineName,
  type BlockWeights,
  type EvaluatedTrial,
  type FailedImage,
  type FinishedTrial,
  type ImageRecord,
  type RaterAnswer,
  type ScoreSource,
  type TrialOrigin,
  type TrialTime,
} from '../types.ts';

/** @returns the same trial in less room */
export function keptTrial(trial: FinishedTrial, space: BlockSpace): FinishedTrial {
  const isUsual = trial.state === 'scored' && !isLearned(trial) && isDecoded(trial, space);
  return isUsual ? new KeptTrial(trial, space) : trial;
}

/** A baseline may lie outside of the space, and an older version may have rounded in another way. */
function isDecoded({ point, weights }: EvaluatedTrial, space: BlockSpace): boolean {
  if (point.length !== space.dimensions.length) return false;
  const decoded = decode(space, point);
  const names = Object.keys(decoded);
  const given = Object.keys(weights);
  return (
    given.length === names.length &&
    names.every((name, i) => name === given[i] && Object.is(weights[name], decoded[name]))
  );
}

const MEASURED: ScoreSource = { kind: 'measured' };

class KeptTrial implements EvaluatedTrial {
  readonly id: number;
  readonly state = 'scored';
  readonly origin: TrialOrigin;
  readonly point: readonly number[];
  readonly source: ScoreSource;
  readonly score: number;
  readonly images: readonly ImageRecord[];
  readonly #space: BlockSpace;
  /** Milliseconds since 1970; what is written in another way stays as it is. */
  readonly #at: number | string;
  readonly #evaluation: number;
  readonly #iteration: number;
  // What follows is not declared for a value: few trials have the first four, and the others are worked out.
  declare readonly baseline?: BaselineName;
  declare readonly byHand?: true;
  declare readonly wanted?: number;
  declare readonly missing?: readonly FailedImage[];
  declare readonly weights: BlockWeights;
  declare readonly time: TrialTime;

  constructor(trial: EvaluatedTrial, space: BlockSpace) {
    const { id, origin, point, source, score, images, time } = trial;
    this.id = id;
    this.origin = origin;
    this.point = point;
    this.source = source.kind === 'measured' ? MEASURED : source;
    this.score = score;
    this.images = images.map((image) => keptImage(image));
    this.#space = space;
    const at = Date.parse(time.at);
    this.#at = Number.isFinite(at) && timeText(at) === time.at ? at : time.at;
    this.#evaluation = time.evaluation;
    this.#iteration = time.iteration;
    Object.defineProperties(this, KeptTrial.#workedOut);
    const { baseline, byHand, wanted, missing } = trial;
    if (baseline !== undefined) this.baseline = baseline;
    if (byHand !== undefined) this.byHand = byHand;
    if (wanted !== undefined) this.wanted = wanted;
    if (missing !== undefined) this.missing = missing;
  }

  /** Own properties, so that a copy has them too; the same functions for all, so that all have one shape. */
  static readonly #workedOut = {
    weights: {
      enumerable: true,
      get(this: KeptTrial): BlockWeights {
        return decode(this.#space, this.point);
      },
    },
    time: {
      enumerable: true,
      get(this: KeptTrial): TrialTime {
        const at = typeof this.#at === 'string' ? this.#at : timeText(this.#at);
        return { at, evaluation: this.#evaluation, iteration: this.#iteration };
      },
    },
  };
}

/** @returns the same image in less room */
function keptImage(image: ImageRecord): ImageRecord {
  if (image instanceof KeptImage) return image;
  const [scorer, ...others] = Object.keys(image.raw);
  const isUsual = scorer !== undefined && others.length === 0 && Object.is(image.raw[scorer], image.score);
  return isUsual ? new KeptImage(image, scorer) : image;
}

/** Of a single scorer whose raw value is the score. */
class KeptImage implements ImageRecord {
  // Not declared for a value, for the raw value has its place among them, and few images have an answer.
  declare readonly request: string;
  declare readonly index: number;
  declare readonly payload: string;
  declare readonly seed: number;
  declare readonly score: number;
  declare readonly raw: Readonly<Record<string, number>>;
  declare readonly pixels: string;
  declare readonly seconds: number;
  declare readonly answer?: RaterAnswer | undefined;
  declare readonly answers?: readonly RaterAnswer[] | undefined;
  readonly #scorer: string;

  constructor(image: ImageRecord, scorer: string) {
    const { request, index, payload, seed, score, pixels, seconds, answer, answers } = image;
    this.#scorer = scorer;
    this.request = request;
    this.index = index;
    this.payload = payload;
    this.seed = seed;
    this.score = score;
    Object.defineProperty(this, 'raw', KeptImage.#raw);
    this.pixels = pixels;
    this.seconds = seconds;
    if (answer !== undefined) this.answer = answer;
    if (answers !== undefined) this.answers = answers;
  }

  static readonly #raw = {
    enumerable: true,
    get(this: KeptImage): Readonly<Record<string, number>> {
      return { [this.#scorer]: this.score };
    },
  };
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
