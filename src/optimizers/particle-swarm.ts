import { z } from 'zod';
import { defineOptimizer } from './definition.ts';
import { initialize, uniformPoint } from './initial-points.ts';
import { createPopulation, firstPoints } from './population.ts';
import type { Observation, Rule, RuleContext } from './rule.ts';

const options = z.strictObject({
  population: z.int().min(1).default(10).describe('number of particles'),
  inertia: z.number().min(0).default(0.5).describe('share of its velocity that a particle keeps'),
  cognitive_weight: z.number().min(0).default(0.5).describe('pull towards the best point of the particle'),
  social_weight: z.number().min(0).default(0.5).describe('pull towards the best point of the swarm'),
  temp_weight: z
    .number()
    .min(0)
    .default(0.2)
    .describe('turbulence: random push, as a share of the distance between two particles'),
  semantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .describe('compat: velocities are forgotten after every move and positions cut off to grid points, as in version 1.3'),
  initialize,
});

type Settings = z.output<typeof options>;

export const particleSwarm = defineOptimizer({
  name: 'particle-swarm',
  pythonClass: 'ParticleSwarmOptimizer',
  title: 'Particle swarm optimisation',
  sentence:
    'A swarm of points flies through the space, each drawn to its own best place and to the best place of all.',
  source:
    'Kennedy & Eberhart 1995, with random numbers for every coordinate; parameters of Gradient-Free-Optimizers 1.3, ParticleSwarmOptimizer.',
  options,
  createRule: createParticleSwarm,
});

interface Particle {
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
