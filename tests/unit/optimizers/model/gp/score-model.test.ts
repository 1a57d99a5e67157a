import { describe, expect, it } from 'vitest';
import { createScoreModel } from '../../../../../src/optimizers/model/gp/score-model.ts';
import { createRng } from '../../../../../src/optimizers/math/rng.ts';

describe('createScoreModel', () => {
  const random = createRng(5);
  const observations = Array.from({ length: 14 }, (_, i) => {
    const x = ((i * 5) % 14) / 13;
    return {
      id: i + 1,
      point: [x],
      score: Math.sin(3 * x) + 0.2 * random.normal(),
      variance: i === 4 ? 9 : 0,
    };
  });
  const model = createScoreModel(observations, 1);

  it('lets a score move the estimate of its own point, not beyond the score and not where it is known to be vague', () => {
    for (const [i, { score, variance }] of observations.entries()) {
      const expected = model.toScore(model.expected[i] ?? 0);
      const moved = (model.toScore(model.estimated[i] ?? 0) - expected) / (score - expected);
      if (variance === 0) {
        expect(moved).toBeGreaterThan(0.5);
        expect(moved).toBeLessThan(1);
      } else {
        expect(moved).toBeGreaterThan(0);
        expect(moved).toBeLessThan(0.05);
      }
    }
  });
});
