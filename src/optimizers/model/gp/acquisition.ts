import { logImprovement, logImprovementSlope } from '../../math/normal.ts';
import type { Smooth } from '../../math/lbfgs.ts';
import type { CubePoint } from '../../ask-tell/grid.ts';
import type { GaussianProcess } from './gaussian-process.ts';

/** A function of the cube to be maximised. */
export interface Acquisition {
  value(x: ArrayLike<number>): number;
  /** The negative with its gradient, for the minimiser. */
  readonly negative: Smooth;
}

/**
 * Logarithm of expected improvement over `incumbent`, the evaluated point that is expected to be best: with noise, the best score
 * seen would be a lucky one. What counts is the deviation of the difference of the smooth function between both points: what is
 * unknown of both alike (how these images differ from all others, or where the whole hill lies) makes nothing better.
 * @param boldness multiplies that deviation: above 1, regions far from all observations gain on the best one's surroundings
 */
export function logExpectedImprovement(
  model: Pick<GaussianProcess, 'comparedWith'>,
  incumbent: CubePoint,
  size: number,
  boldness = 1,
): Acquisition {
  const difference = model.comparedWith(incumbent);
  const meanGradient = new Float64Array(size);
  const varianceGradient = new Float64Array(size);
  return {
    value: (x) => {
      const { mean, variance } = difference.predict(x);
      const sd = boldness * Math.sqrt(variance);
      return logImprovement(mean / sd) + Math.log(sd);
    },
    negative: (x, gradient) => {
      const { mean, variance } = difference.predictWithGradient(x, meanGradient, varianceGradient);
      const sd = boldness * Math.sqrt(variance);
      const z = mean / sd;
      const slope = logImprovementSlope(z);
      for (let j = 0; j < size; j++) {
        const sdGradient = (boldness * boldness * (varianceGradient[j] as number)) / (2 * sd);
        gradient[j] = -(slope * ((meanGradient[j] as number) - z * sdGradient) + sdGradient) / sd;
      }
      return -(logImprovement(z) + Math.log(sd));
    },
  };
}
