import { describe, expect, it } from 'vitest';
import { proofCount } from '../../../src/run/proof-count.ts';

const requests = Array.from({ length: 12 }, (_, n) => ({
  id: `a/${n}`,
  payload: 'a',
  prompt: '',
  negativePrompt: '',
  reverseScoring: false,
  seeds: [n],
  body: {},
}));

describe('images of a proof', () => {
  it('are those of the payloads, or as many as are asked for', () => {
    expect(proofCount({ scorer: ['quality'], prove: undefined }, requests)).toBe(12);
    expect(proofCount({ scorer: ['quality'], prove: 96 }, requests)).toBe(96);
    expect(proofCount({ scorer: ['quality'], prove: 0 }, requests)).toBe(0);
  });

  it('are none where a person rates them, unless asked for', () => {
    expect(proofCount({ scorer: ['manual=2', 'quality'], prove: undefined }, requests)).toBe(0);
    expect(proofCount({ scorer: ['manual'], prove: 5 }, requests)).toBe(5);
  });
});
