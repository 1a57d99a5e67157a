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
    this.images = images;
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

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
