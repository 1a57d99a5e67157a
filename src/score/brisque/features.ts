import type { AsymmetricFit } from '../scene-statistics/asymmetric-fit.ts';
import { gamma } from '../scene-statistics/gamma.ts';
import { fitNeighbours, rimmed } from '../scene-statistics/neighbour-fits.ts';
import { normaliseContrast } from '../scene-statistics/normalise-contrast.ts';
import type { Plane } from '../scene-statistics/plane.ts';
import { halfSize } from './half-size.ts';

export const FEATURES = 36;

/** The 36 features of BRISQUE as OpenCV computes them: 18 at full size, 18 at half size. NaN where an image is too flat. */
export function brisqueFeatures(luma: Plane, fit: AsymmetricFit): readonly number[] {
  return [...featuresOf(luma, fit), ...featuresOf(halfSize(luma), fit)];
}

/** Shape and variance of the values; shape, mean and both variances of the products with each of four neighbours. */
function featuresOf(luma: Plane, fit: AsymmetricFit): number[] {
  const { width, height } = luma;
  const block = rimmed(normaliseContrast(luma), 0, 0, width, height, 'zero');
  const [values, ...products] = fitNeighbours(block, fit);
  return [
    values.shape,
    (values.left ** 2 + values.right ** 2) / 2,
    ...products.flatMap(({ shape, left, right }) => {
      const scale = Math.sqrt(gamma(1 / shape) / gamma(3 / shape));
      const mean = ((right - left) * scale * gamma(2 / shape)) / gamma(1 / shape);
      return [shape, mean, left ** 2, right ** 2];
    }),
  ];
}
