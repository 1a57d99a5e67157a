import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../../src/optimizers/index.ts';
import type { Asked } from '../../../src/optimizers/index.ts';
import { cube } from '../../contracts/optimizer.contract.ts';

const DIMENSIONS = cube(27, 10);

/** Linear and smooth, as block weights are thought to act; between about −3 and 3. */
function objective(values: readonly number[]): number {
  const linear = values.reduce((sum, x, d) => sum + Math.sin(3 * d + 1) * (x - 0.5), 0);
  return linear + 0.5 * Math.cos(values.reduce((sum, x, d) => sum + Math.cos(5 * d) * x, 0));
}

function reached(name: string, open: number): number {
  const totals = [1, 2, 3].map((seed) => {
    const optimizer = createOptimizer(name, { space: { dimensions: DIMENSIONS }, seed });
    const waiting: Asked[] = [];
    let best = -Infinity;
    for (let i = 0; i < 270; i++) {
      waiting.push(optimizer.ask());
      if (waiting.length < open) continue;
      // Out of order: the youngest comes back first every other time.
      const asked = i % 2 === 0 ? waiting.shift() : waiting.pop();
      if (asked === undefined) continue;
      if (i % 29 === 28) {
        optimizer.tell(asked.id, 'failed');
        continue;
      }
      const score = objective(asked.values);
      best = Math.max(best, score);
      optimizer.tell(asked.id, score);
    }
    return best;
  });
  return totals.reduce((a, b) => a + b, 0) / totals.length;
}

describe('after 270 trials in 27 dimensions, some of them failed', () => {
  const byChance = reached('random', 1);

  it.each([
    'hill-climbing',
    'stochastic-hill-climbing',
    'repulsing-hill-climbing',
    'simulated-annealing',
    'downhill-simplex',
    'random-restart-hill-climbing',
    'random-annealing',
    'powells-method',
    'pattern-search',
    'direct',
  ])('%s is clearly ahead of chance, with one ask open and with four', (name) => {
    for (const open of [1, 4]) expect(reached(name, open), `${open} open`).toBeGreaterThan(byChance + 0.5);
  });

  it('grid search, which looks at no score, is as good as chance', () => {
    expect(Math.abs(reached('grid-search', 1) - byChance)).toBeLessThan(0.5);
  });
});
