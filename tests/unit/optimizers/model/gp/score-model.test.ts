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

  /** By which share of its own deviation from the model a score moves the estimate. */
  const shares = observations.map(({ score }, i) => {
    const expected = model.toScore(model.expected[i] ?? 0);
    return (model.toScore(model.estimated[i] ?? 0) - expected) / (score - expected);
  });

  it('lets a score move the estimate of its own point, but not to the score', () => {
    const known = shares.toSpliced(4, 1);
    expect(Math.min(...known)).toBeGreaterThan(0.5);
    expect(Math.max(...known)).toBeLessThan(1);
  });

  it('hardly moves it where the score is known to be vague', () => {
    expect(shares[4]).toBeGreaterThan(0);
    expect(shares[4]).toBeLessThan(0.05);
  });
});
