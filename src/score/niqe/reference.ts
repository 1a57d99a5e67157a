import { PRISTINE } from './pristine.ts';

/** A multivariate Gaussian: n means and n × n covariances. */
export interface Gaussian {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

const FEATURES = 36;

/** The features of undistorted photographs, as published with NIQE. */
export function pristineGaussian(): Gaussian {
  const bytes = Buffer.from(PRISTINE, 'base64');
  let at = 0;
  const next = (): number => {
    const value = bytes.readDoubleLE(at);
    at += Float64Array.BYTES_PER_ELEMENT;
    return value;
  };
  const mean = Float64Array.from({ length: FEATURES }, next);
  const covariance = new Float64Array(FEATURES * FEATURES);
  for (let row = 0; row < FEATURES; row++) {
    for (let column = 0; column <= row; column++) {
      const value = next();
      covariance[row * FEATURES + column] = value;
      covariance[column * FEATURES + row] = value;
    }
  }
  return { mean, covariance };
}
