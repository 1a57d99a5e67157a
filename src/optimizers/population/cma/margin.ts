/**
 * The margin of Hamano, Saito, Nomura & Shirakawa (GECCO 2022, arXiv 2205.13482): after each generation the mean and
 * the stretch of every grid coordinate are corrected so that the neighbouring values stay reachable with probability α.
 */
import { normalCdf } from '../../math/normal.ts';
import { normalQuantile } from '../../math/normal-quantile.ts';

export interface Coordinate {
  readonly mean: number;
  readonly stretch: number;
}

/**
 * @param spread standard deviation without the stretch: σ √C_dd
 * @param steps the coordinate's values are 0, 1/steps … 1
 */
export function correctMargin(
  { mean, stretch }: Coordinate,
  spread: number,
  steps: number,
  alpha: number,
): Coordinate {
  const cell = Math.min(steps, Math.max(0, Math.round(mean * steps)));
  const lower = (cell - 0.5) / steps;
  const upper = (cell + 0.5) / steps;
  const deviation = spread * stretch;
  if (cell === 0 || cell === steps) {
    // Equation 9: beyond this distance the only neighbour would be out of reach.
    const threshold = cell === 0 ? upper : lower;
    const farthest = deviation * normalQuantile(1 - alpha);
    const distance = Math.min(Math.abs(mean - threshold), farthest);
    return { mean: threshold + (cell === 0 ? -distance : distance), stretch };
  }
  const below = normalCdf((lower - mean) / deviation);
  const above = normalCdf((mean - upper) / deviation);
  if (below >= alpha / 2 && above >= alpha / 2) return { mean, stretch };
  // Equations 11 to 15.
  const raised = [below, above].map((p) => Math.max(alpha / 2, p)) as [number, number];
  const inside = 1 - below - above;
  const excess = 1 - raised[0] - raised[1] - inside;
  const slack = raised[0] + raised[1] + inside - 1.5 * alpha;
  const [a, b] = raised.map((p) => normalQuantile(1 - (p + (excess / slack) * (p - alpha / 2)))) as [
    number,
    number,
  ];
  return { mean: (lower * b + upper * a) / (a + b), stretch: (upper - lower) / ((a + b) * spread) };
}
