import { logImprovement, logImprovementSlope } from '../../math/normal.ts';
import type { Smooth } from '../../math/lbfgs.ts';
import type { GaussianProcess } from './gaussian-process.ts';

/** A function of the cube to be maximised. */
export interface Acquisition {
  value(x: ArrayLike<number>): number;
  /** The negative with its gradient, for the minimiser. */
  readonly negative: Smooth;
}

/**
 * Logarithm of expected improvement over `incumbent`, the best expected score among evaluated points: with noise, the
 * best score seen would be a lucky one. The smooth function's own deviation counts, without noise.
 * @param boldness multiplies that deviation: above 1, regions far from all observations gain on the best one's surroundings
 */
export function logExpectedImprovement(
  model: GaussianProcess,
  incumbent: number,
  size: number,
  boldness = 1,
): Acquisition {
  const meanGradient = new Float64Array(size);
  const varianceGradient = new Float64Array(size);
  return {
    value: (x) => {
      const { mean, variance } = model.predict(x);
      const sd = boldness * Math.sqrt(variance);
      return logImprovement((mean - incumbent) / sd) + Math.log(sd);
    },
    negative: (x, gradient) => {
      const { mean, variance } = model.predictWithGradient(x, meanGradient, varianceGradient);
      const sd = boldness * Math.sqrt(variance);
      const z = (mean - incumbent) / sd;
      const slope = logImprovementSlope(z);
      for (let j = 0; j < size; j++) {
        const sdGradient = (boldness * boldness * (varianceGradient[j] as number)) / (2 * sd);
        gradient[j] = -(slope * ((meanGradient[j] as number) - z * sdGradient) + sdGradient) / sd;
      }
      return -(logImprovement(z) + Math.log(sd));
    },
  };
}
