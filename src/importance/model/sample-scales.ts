/**
 * Draws of plausible scales, so that intervals hold what is not known of them: Hamiltonian Monte Carlo (Neal 2011) from the most
 * plausible ones, its step length tuned while it warms up (the averaging of Hoffman & Gelman 2014 in a simple form).
 */
import { minimise, type Smooth } from '../../optimizers/math/lbfgs.ts';
import type { Rng } from '../../optimizers/math/rng.ts';

export interface Effort {
  /** Looks at the density in the search for its maximum. */
  readonly climb: number;
  readonly warmUp: number;
  readonly draws: number;
  /** Looks at the density for one draw, in the mean. */
  readonly steps: number;
}

/** Share of proposals that is accepted with a good step length. */
const ACCEPTED = 0.8;
/** Logarithms beyond e^±12 would only overflow. */
const FARTHEST = 12;

/**
 * @param density negative logarithm, with its gradient
 * @returns logarithms of scales, `draws` of them
 */
export function sampleScales(
  density: Smooth,
  start: Float64Array,
  effort: Effort,
  random: Rng,
): Float64Array[] {
  const size = start.length;
  const box = { low: new Float64Array(size).fill(-FARTHEST), high: new Float64Array(size).fill(FARTHEST) };
  let position = minimise(density, start, box, effort.climb, 1e-2).x;
  let gradient: Float64Array = new Float64Array(size);
  let value = density(position, gradient);
  let step = 0.25;
  const draws: Float64Array[] = [];
  for (let round = 0; draws.length < effort.draws; round++) {
    const momentum = Float64Array.from({ length: size }, () => random.normal());
    const before = value + kinetic(momentum);
    const proposal = Float64Array.from(position);
    const slope = Float64Array.from(gradient);
    let height = value;
    const steps = Math.max(1, Math.round(effort.steps * (0.5 + random.uniform())));
    for (let s = 0; s < steps && Number.isFinite(height); s++) {
      push(momentum, slope, -step / 2);
      push(proposal, momentum, step);
      height = proposal.every((log) => Math.abs(log) < FARTHEST) ? density(proposal, slope) : Infinity;
      push(momentum, slope, -step / 2);
    }
    const change = before - height - kinetic(momentum);
    const chance = Number.isFinite(change) ? Math.min(1, Math.exp(change)) : 0;
    if (random.uniform() < chance) {
      position = proposal;
      gradient = slope;
      value = height;
    }
    if (round < effort.warmUp) step *= Math.exp((0.6 * (chance - ACCEPTED)) / Math.sqrt(1 + round / 8));
    else draws.push(Float64Array.from(position));
  }
  return draws;
}

function kinetic(momentum: Float64Array): number {
  return 0.5 * momentum.reduce((sum, value) => sum + value * value, 0);
}

function push(values: Float64Array, by: Float64Array, times: number): void {
  for (let k = 0; k < values.length; k++) values[k] = (values[k] as number) + times * (by[k] as number);
}
