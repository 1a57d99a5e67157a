import type { AsymmetricFit } from '../scene-statistics/asymmetric-fit.ts';
import { gamma } from '../scene-statistics/gamma.ts';
import { fitNeighbours, rimmed } from '../scene-statistics/neighbour-fits.ts';
import { normaliseContrast } from '../scene-statistics/normalise-contrast.ts';
import type { Plane } from '../scene-statistics/plane.ts';
import { halfSize } from './half-size.ts';

/** Side of the blocks that the reference was made from, in pixels. */
export const BLOCK = 96;

/**
 * The 36 features of every block of 96 × 96 pixels: 18 at full size, then 18 of the same block at half size; NaN where a
 * flat block gives a fit nothing to go by. Both sides of the plane must be multiples of 96.
 */
export function blockFeatures(luma: Plane, fit: AsymmetricFit): readonly Float64Array[] {
  const full = normaliseContrast(luma);
  const half = normaliseContrast(halfSize(luma));
  const blocks: Float64Array[] = [];
  for (let y = 0; y < luma.height; y += BLOCK) {
    for (let x = 0; x < luma.width; x += BLOCK) {
      blocks.push(
        Float64Array.of(
          ...featuresOf(full, x, y, BLOCK, fit),
          ...featuresOf(half, x / 2, y / 2, BLOCK / 2, fit),
        ),
      );
    }
  }
  return blocks;
}

/** Shape and mean scale of the values; shape, mean and both scales of the products with each of four neighbours. */
function featuresOf(plane: Plane, left: number, top: number, side: number, fit: AsymmetricFit): number[] {
  const [values, ...products] = fitNeighbours(rimmed(plane, left, top, side, side, 'wrapped'), fit);
  const scale = scaleOf(values.shape);
  return [
    values.shape,
    (scale * (values.left + values.right)) / 2,
    ...products.flatMap((product) => {
      const productScale = scaleOf(product.shape);
      const low = productScale * product.left;
      const high = productScale * product.right;
      const mean = ((high - low) * gamma(2 / product.shape)) / gamma(1 / product.shape);
      return [product.shape, mean, low, high];
    }),
  ];
}

/** From the root mean square of a side to the scale parameter of the distribution. */
function scaleOf(shape: number): number {
  return Math.sqrt(gamma(1 / shape) / gamma(3 / shape));
}
