import { describe, expect, it } from 'vitest';
import { nextVelocity, truncated } from '../../../src/optimizers/population/particle-swarm.ts';

const WEIGHTS = { inertia: 0.5, cognitive_weight: 0.5, social_weight: 0.5, temp_weight: 0.2 };

describe('velocity of a particle', () => {
  const particle = { position: [0.2, 0.8], velocity: [0, 0] };
  const pull = { own: [0.6, 0.8], swarm: [1, 0], r1: [0, 0], r2: [0, 0], turbulence: [0, 0] };

  it('stays 0 at rest when both random factors are 0', () => {
    expect(nextVelocity(WEIGHTS, particle, pull)).toEqual([0, 0]);
  });

  it('keeps inertia and adds both pulls and the turbulence, coordinate by coordinate', () => {
    const velocity = nextVelocity(
      WEIGHTS,
      { position: [0.2, 0.8], velocity: [0.1, -0.2] },
      { ...pull, r1: [0.5, 1], r2: [1, 0.25], turbulence: [0.1, 0] },
    );
    expect(velocity[0]).toBeCloseTo(0.05 + 0.5 * 0.5 * 0.4 + 0.5 * 0.8 + 0.02, 12);
    expect(velocity[1]).toBeCloseTo(-0.1 + 0 + 0.5 * 0.25 * -0.8, 12);
  });

  it('compat: is lost, and the move is cut off towards index 0', () => {
    const moved = truncated({ position: [0.5, 0.5, 0.5] }, [0.09, -0.01, 0.7], { intervals: [10, 10, 0] });
    expect(moved).toEqual({ position: [0.5, 0.4, 1], velocity: [0, 0, 0] });
  });
});
