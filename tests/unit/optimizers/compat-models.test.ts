import { expect, it } from 'vitest';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import { cube, run, sphere } from '../../contracts/optimizer.contract.ts';

const DIMENSIONS = [...cube(4, 10), ...cube(1, 0)];

it.each(['particle-swarm', 'parallel-tempering', 'lipschitz', 'tree-structured-parzen'])(
  '%s searches another way with compat semantics, and stays in the space',
  (name) => {
    const [fixed, compat] = ['fixed', 'compat'].map((semantics) => {
      const optimizer = createOptimizer(name, {
        space: { dimensions: DIMENSIONS },
        seed: 3,
        options: { semantics },
      });
      return run(optimizer, sphere(DIMENSIONS), 60).map(({ values }) => values);
    });
    expect(compat?.flat().every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(compat).not.toEqual(fixed);
    expect(compat?.slice(0, 2)).toEqual(fixed?.slice(0, 2));
  },
);
