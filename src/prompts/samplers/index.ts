import type { Method } from '../grammar/ast.ts';
import { combinatorialSampler } from './combinatorial.ts';
import type { Sampler } from './context.ts';
import { cyclicalSampler } from './cyclical.ts';
import { randomSampler } from './random.ts';

export const samplers: Readonly<Record<Method, Sampler>> = {
  random: randomSampler,
  combinatorial: combinatorialSampler,
  cyclical: cyclicalSampler,
};
