import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { Grid } from '../ask-tell/grid.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import { createRng } from '../math/rng.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import { createPopulation } from './population.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  population: z.int().min(1).default(10).describe('number of particles'),
  inertia: z.number().min(0).default(0.5).describe('share of its velocity that a particle keeps'),
  cognitive_weight: z
    .number()
    .min(0)
    .default(0.5)
    .describe('pull towards the own best point of the particle'),
  social_weight: z.number().min(0).default(0.5).describe('pull towards the best point of the swarm'),
  temp_weight: z
    .number()
    .min(0)
    .default(0.2)
    .describe('turbulence: random push, as a share of the distance between two particles'),
  semantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .describe(
      'compat: velocities are reset after every move and positions truncated to grid points, as in version 1.3',
    ),
  initialize,
});

type Settings = z.output<typeof options>;

export const particleSwarm = defineOptimizer({
  name: 'particle-swarm',
  pythonClass: 'ParticleSwarmOptimizer',
  version: 1,
  title: 'Particle swarm optimisation',
  sentence:
    'A swarm of points flies through the space, each drawn to its own best point and to the best point of all.',
  source:
    'Kennedy & Eberhart 1995, with random numbers for every coordinate; parameters of Gradient-Free-Optimizers 1.3, ParticleSwarmOptimizer.',
  options,
  createProposer: createParticleSwarm,
});

export interface Particle {
  /** Where it is, between grid points too: small velocities add up. */
  position: readonly number[];
  velocity: readonly number[];
  best: Observation;
}

export interface Pull {
  readonly own: readonly number[];
  readonly swarm: readonly number[];
  /** Random push. */
  readonly turbulence: readonly number[];
  /** The random factors, one for each coordinate, in [0, 1). */
  readonly r1: readonly number[];
  readonly r2: readonly number[];
}

function createParticleSwarm(settings: Settings, { grid, seed }: ProposerContext): Proposer {
  const start = createInitialDesign(grid, settings.initialize, settings.population, seed);
  let founded = 0;
  const swarm = createPopulation<Particle, Pick<Particle, 'position' | 'velocity'>>({
    capacity: settings.population,
    worth: ({ best }) => best.score,
    found: (observation) => {
      const target = uniformPoint(grid, createRng(seed, 1, founded++));
      const velocity = target.map((x, d) => (x - (observation.point[d] as number)) / 2);
      return { position: observation.point, velocity, best: observation };
    },
  });

  return {
    propose(ask) {
      const { id, random } = ask;
      const first = start(ask);
      if (first !== undefined) return first;
      const particle = swarm.turn(id);
      if (particle === undefined) return uniformPoint(grid, random);
      const leader = swarm.members.reduce((a, b) => (b.best.score > a.best.score ? b : a));
      const one = swarm.members[random.integer(swarm.members.length)] as Particle;
      const other = swarm.members[random.integer(swarm.members.length)] as Particle;
      const draw = (sample: () => number): number[] => grid.intervals.map(sample);
      const velocity = nextVelocity(settings, particle, {
        own: particle.best.point,
        swarm: leader.best.point,
        r1: draw(() => random.uniform()),
        r2: draw(() => random.uniform()),
        turbulence: grid.intervals.map(
          (_, d) => random.normal() * ((one.best.point[d] as number) - (other.best.point[d] as number)),
        ),
      });
      const moved =
        settings.semantics === 'compat' ? truncated(particle, velocity, grid) : bounced(particle, velocity);
      swarm.launch(id, particle, moved);
      return moved.position;
    },
    observe(outcome) {
      const flight = swarm.land(outcome);
      if (flight === undefined) return;
      const { member, note } = flight;
      Object.assign(member, note);
      if (outcome.score !== undefined && outcome.score > member.best.score) member.best = outcome;
    },
  };
}

/** v ← inertia · v + cognitive · r1 · (own − x) + social · r2 · (swarm − x) + turbulence, coordinate by coordinate. */
export function nextVelocity(
  weights: Pick<Settings, 'inertia' | 'cognitive_weight' | 'social_weight' | 'temp_weight'>,
  { position, velocity }: Pick<Particle, 'position' | 'velocity'>,
  { own, swarm, turbulence, r1, r2 }: Pull,
): number[] {
  return position.map((x, d) => {
    const pulls =
      weights.cognitive_weight * (r1[d] as number) * ((own[d] as number) - x) +
      weights.social_weight * (r2[d] as number) * ((swarm[d] as number) - x);
    return (
      weights.inertia * (velocity[d] as number) + pulls + weights.temp_weight * (turbulence[d] as number)
    );
  });
}

/** Walls stop a particle and throw it back at half its speed. */
function bounced(
  { position }: Particle,
  velocity: readonly number[],
): Pick<Particle, 'position' | 'velocity'> {
  const target = position.map((x, d) => x + (velocity[d] as number));
  return {
    position: target.map((x) => Math.min(1, Math.max(0, x))),
    velocity: velocity.map((v, d) => ((target[d] as number) < 0 || (target[d] as number) > 1 ? -v / 2 : v)),
  };
}

/** The move of version 1.3: cut off towards index 0, its velocity lost. */
export function truncated(
  { position }: Pick<Particle, 'position'>,
  velocity: readonly number[],
  { intervals }: Pick<Grid, 'intervals'>,
): Pick<Particle, 'position' | 'velocity'> {
  const moved = position.map((x, d) => {
    const target = Math.min(1, Math.max(0, x + (velocity[d] as number)));
    const steps = intervals[d] as number;
    return steps === 0 ? target : Math.trunc(target * steps + 1e-9) / steps;
  });
  return { position: moved, velocity: velocity.map(() => 0) };
}
