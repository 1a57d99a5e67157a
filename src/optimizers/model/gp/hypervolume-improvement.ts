/**
 * Expected hypervolume improvement: how much a point is expected to add to what the front covers, by one Gaussian process for each
 * goal, taken as independent of one another. Over a box of what no point of the front dominates, it is the product of one expected
 * improvement for each goal, cut off where the box ends: exact for any number of goals (Emmerich, Deutz & Klinkenberg 2011; Yang et
 * al. 2019). Computed in logarithms throughout, so that it has a slope where all improvement is next to impossible (Ament et al. 2023).
 */
import { logImprovement, logImprovementSlope } from '../../math/normal.ts';
import type { Box } from '../../math/pareto.ts';
import type { Acquisition } from './acquisition.ts';
import type { GaussianProcess } from './gaussian-process.ts';

interface GoalPrediction {
  readonly mean: number;
  readonly sd: number;
}

/** Logarithm of the expected improvement, with its slopes by the mean and the deviation of every goal. */
interface Improvement {
  readonly value: number;
  readonly byMean: readonly number[];
  readonly byDeviation: readonly number[];
}

/**
 * @param models one for each goal, of the same points
 * @param boldness multiplies every deviation: above 1, regions far from all observations gain
 */
export function logExpectedHypervolumeImprovement(
  models: readonly Pick<GaussianProcess, 'predict' | 'predictWithGradient'>[],
  boxes: readonly Box[],
  size: number,
  boldness = 1,
): Acquisition {
  const improvementAt = improvementOver(boxes);
  const means = models.map(() => new Float64Array(size));
  const variances = models.map(() => new Float64Array(size));
  return {
    value: (x) =>
      improvementAt(
        models.map((model) => {
          const { mean, variance } = model.predict(x);
          return { mean, sd: boldness * Math.sqrt(variance) };
        }),
      ).value,
    negative: (x, gradient) => {
      const predictions = models.map((model, k) => {
        const none = new Float64Array(0);
        const { mean, variance } = model.predictWithGradient(x, means[k] ?? none, variances[k] ?? none);
        return { mean, sd: boldness * Math.sqrt(variance) };
      });
      const { value, byMean, byDeviation } = improvementAt(predictions);
      gradient.fill(0);
      for (const [k, { sd }] of predictions.entries()) {
        const half = (boldness * boldness) / (2 * sd);
        for (let j = 0; j < size; j++) {
          const meanSlope = (byMean[k] ?? 0) * (means[k]?.[j] ?? 0);
          const sdSlope = (byDeviation[k] ?? 0) * half * (variances[k]?.[j] ?? 0);
          gradient[j] = (gradient[j] ?? 0) - meanSlope - sdSlope;
        }
      }
      return -value;
    },
  };
}

/** The different sides that boxes have along one goal. */
interface Sides {
  readonly lows: readonly number[];
  readonly highs: readonly number[];
  /** By box. */
  readonly sideOf: readonly number[];
}

/** Boxes share their sides: each is looked at once a point. */
function sidesOf(boxes: readonly Box[]): Sides[] {
  const goals = boxes[0]?.low.length ?? 0;
  return Array.from({ length: goals }, (_, k) => {
    const places = new Map<string, number>();
    const lows: number[] = [];
    const highs: number[] = [];
    const sideOf = boxes.map(({ low, high }) => {
      const [from = 0, to = 0] = [low[k], high[k]];
      const key = `${from} ${to}`;
      const place = places.get(key) ?? lows.length;
      if (place === lows.length) {
        places.set(key, place);
        lows.push(from);
        highs.push(to);
      }
      return place;
    });
    return { lows, highs, sideOf };
  });
}

/** Of the logarithm of E (min(Y, high) − low)⁺ for a normal Y, by its mean and deviation. */
interface Covered {
  readonly log: number;
  readonly byMean: number;
  readonly byDeviation: number;
}

/** E (Y − low)⁺ − E (Y − high)⁺. */
function covered({ mean, sd }: GoalPrediction, low: number, high: number): Covered {
  const z = (mean - low) / sd;
  const log = logImprovement(z) + Math.log(sd);
  const slope = logImprovementSlope(z);
  const ofMean = slope / sd;
  const ofDeviation = (1 - z * slope) / sd;
  if (high === Infinity) return { log, byMean: ofMean, byDeviation: ofDeviation };
  const end = (mean - high) / sd;
  const endSlope = logImprovementSlope(end);
  const share = Math.exp(Math.min(0, logImprovement(end) + Math.log(sd) - log));
  const rest = Math.max(1 - share, SMALLEST_REST);
  return {
    log: log + Math.log(rest),
    byMean: (ofMean - (share * endSlope) / sd) / rest,
    byDeviation: (ofDeviation - (share * (1 - end * endSlope)) / sd) / rest,
  };
}

/** Below it, the difference of two improvements is rounding. */
const SMALLEST_REST = 1e-14;

function improvementOver(boxes: readonly Box[]): (predictions: readonly GoalPrediction[]) => Improvement {
  const sides = sidesOf(boxes);
  const logs = new Float64Array(boxes.length);
  return (predictions) => {
    const parts = sides.map(({ lows, highs }, k) =>
      lows.map((low, s) => covered(predictions[k] ?? { mean: 0, sd: 1 }, low, highs[s] ?? Infinity)),
    );
    const partOf = (box: number, k: number): Covered | undefined => parts[k]?.[sides[k]?.sideOf[box] ?? 0];
    let most = -Infinity;
    for (let box = 0; box < boxes.length; box++) {
      let log = 0;
      for (let k = 0; k < parts.length; k++) log += partOf(box, k)?.log ?? 0;
      logs[box] = log;
      most = Math.max(most, log);
    }
    let total = 0;
    const byMean = parts.map(() => 0);
    const byDeviation = parts.map(() => 0);
    for (let box = 0; box < boxes.length; box++) {
      const weight = Math.exp((logs[box] ?? 0) - most);
      total += weight;
      for (let k = 0; k < parts.length; k++) {
        const part = partOf(box, k);
        byMean[k] = (byMean[k] ?? 0) + weight * (part?.byMean ?? 0);
        byDeviation[k] = (byDeviation[k] ?? 0) + weight * (part?.byDeviation ?? 0);
      }
    }
    return {
      value: most + Math.log(total),
      byMean: byMean.map((sum) => sum / total),
      byDeviation: byDeviation.map((sum) => sum / total),
    };
  };
}
