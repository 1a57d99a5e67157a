/** Draws of functions that the scores leave plausible, and how each of them shares out its variance. */
import { solveLower, solveUpper, type Cholesky } from '../../optimizers/math/cholesky.ts';
import type { Rng } from '../../optimizers/math/rng.ts';
import { DEGREES, DEGREE_SHARES, type Observations } from './basis.ts';
import type { Scales } from './posterior.ts';

/** Variances of one function over the cube. */
export interface Variances {
  /** Of every coordinate on its own. */
  readonly main: Float64Array;
  /** Of every pair c < d at d (d − 1) / 2 + c. */
  readonly pairs: Float64Array;
  readonly sum: number;
}

export interface DrawnFunction extends Variances {
  /** Of coordinate d and degree p at d · DEGREES + p: coefficients of the features in basis.ts. */
  readonly slopes: Float64Array;
}

const WIDTH = DEGREES * DEGREES;

/**
 * A draw by Matheron's rule (Wilson et al. 2020): a function from before the scores were seen, moved by what the scores say of its
 * error at every point.
 * @param factor of the covariance under these scales
 */
export function drawFunction(
  { count: n, size, features, targets, variances }: Observations,
  { main, pairs, noise }: Scales,
  factor: Cholesky,
  random: Rng,
): DrawnFunction {
  const width = size * DEGREES;
  const pairCount = (size * (size - 1)) / 2;
  const slopes = Float64Array.from({ length: width }, () => random.normal());
  const products = Float64Array.from({ length: pairCount * WIDTH }, () => random.normal());
  // In units of their own prior deviations so far.
  const deviations = main.map(Math.sqrt);
  const bias = random.normal();
  const errors = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const at = i * width;
    let value = bias;
    for (let d = 0; d < size; d++) {
      const there = at + d * DEGREES;
      let own = 0;
      for (let p = 0; p < DEGREES; p++)
        own += (slopes[d * DEGREES + p] as number) * (features[there + p] as number);
      value += (deviations[d] as number) * own;
    }
    value += Math.sqrt(pairs) * sumOfPairs(products, features, at, deviations, size);
    const luck = Math.sqrt(noise + (variances[i] as number)) * random.normal();
    errors[i] = (targets[i] as number) - value - luck;
  }
  solveLower(factor, errors, errors);
  solveUpper(factor, errors, errors);

  const mainVariances = new Float64Array(size);
  let sum = 0;
  for (let d = 0; d < size; d++) {
    for (let p = 0; p < DEGREES; p++) {
      const k = d * DEGREES + p;
      let moved = 0;
      for (let i = 0; i < n; i++) moved += (features[i * width + k] as number) * (errors[i] as number);
      const deviation = deviations[d] as number;
      slopes[k] = deviation * ((slopes[k] as number) + deviation * moved);
      mainVariances[d] =
        (mainVariances[d] as number) + (DEGREE_SHARES[p] as number) * (slopes[k] as number) ** 2;
    }
    sum += mainVariances[d] as number;
  }
  const pairVariances = new Float64Array(pairCount);
  const moved = new Float64Array(WIDTH);
  for (let d = 1, k = 0; d < size; d++) {
    for (let c = 0; c < d; c++, k++) {
      moved.fill(0);
      for (let i = 0; i < n; i++) {
        const error = errors[i] as number;
        const here = i * width + d * DEGREES;
        const there = i * width + c * DEGREES;
        for (let p = 0; p < DEGREES; p++) {
          const part = error * (features[here + p] as number);
          for (let q = 0; q < DEGREES; q++)
            moved[p * DEGREES + q] =
              (moved[p * DEGREES + q] as number) + part * (features[there + q] as number);
        }
      }
      const prior = pairs * (main[c] as number) * (main[d] as number);
      let variance = 0;
      for (let m = 0; m < WIDTH; m++) {
        const share =
          (DEGREE_SHARES[Math.floor(m / DEGREES)] as number) * (DEGREE_SHARES[m % DEGREES] as number);
        const coefficient = (products[k * WIDTH + m] as number) + Math.sqrt(prior) * (moved[m] as number);
        variance += prior * share * coefficient * coefficient;
      }
      pairVariances[k] = variance;
      sum += variance;
    }
  }
  return { slopes, main: mainVariances, pairs: pairVariances, sum };
}

/** Value of all products at the point whose features begin at `at`, but for the common factor of pairs. */
function sumOfPairs(
  products: Float64Array,
  features: Float64Array,
  at: number,
  deviations: Float64Array,
  size: number,
): number {
  let value = 0;
  for (let d = 1, k = 0; d < size; d++) {
    const here = at + d * DEGREES;
    for (let c = 0; c < d; c++, k++) {
      const there = at + c * DEGREES;
      let sum = 0;
      for (let p = 0; p < DEGREES; p++) {
        let inner = 0;
        for (let q = 0; q < DEGREES; q++)
          inner += (products[k * WIDTH + p * DEGREES + q] as number) * (features[there + q] as number);
        sum += inner * (features[here + p] as number);
      }
      value += (deviations[c] as number) * (deviations[d] as number) * sum;
    }
  }
  return value;
}
