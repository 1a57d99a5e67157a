import { describe, expect, it } from 'vitest';
import { checkScorerPayloads, payloadFilter } from '../../../src/judging/scorer-payloads.ts';
import { createJudge } from '../../../src/score/score-image.ts';
import type { Scorer } from '../../../src/score/scorer.ts';
import { makeItem } from '../../helpers/score-items.ts';

const PAYLOADS = ['hands-1', 'hands-2-wide', 'faces', 'coast', 'a.b'];

describe('the payloads of a scorer', () => {
  it.each([
    ['hands*', ['hands-1', 'hands-2-wide']],
    ['hands-?', ['hands-1']],
    ['hands*, faces', ['hands-1', 'hands-2-wide', 'faces']],
    ['hands*,!*-wide', ['hands-1']],
    ['!hands*', ['faces', 'coast', 'a.b']],
    ['a.b', ['a.b']],
    ['a?b', ['a.b']],
    ['?????', ['faces', 'coast']],
    [['coast', '!faces'], ['coast']],
    ['Coast', []],
  ])('%j', (given, judged) => {
    const filter = payloadFilter('x', { scorerPayloads: { x: given } });
    expect(PAYLOADS.filter((payload) => filter?.(payload))).toEqual(judged);
  });

  it('are all of them unless given', () => {
    expect(payloadFilter('x', { scorerPayloads: { y: 'a' } })).toBeUndefined();
    expect(payloadFilter('x', { scorerPayloads: { x: ' , ' } })).toBeUndefined();
  });
});

describe('what is refused', () => {
  const requests = PAYLOADS.map((payload) => ({ payload }));
  const check = (scorerPayloads: Record<string, string>) => (): void =>
    checkScorerPayloads({ scorer: ['quality', 'niqe=2'], scorerPayloads }, requests);

  it.each([
    [
      { niqe: 'face' },
      /--scorer-payloads niqe=face: there is no payload with that name, .* Did you mean "faces"\?/,
    ],
    [{ niqe: '!coats' }, /niqe=!coats: there is no payload with that name, .* Did you mean "coast"\?/],
    [{ niqe: 'faces,!f*' }, /--scorer-payloads niqe leaves it no payload/],
    [
      { niqe: '!coast', quality: '!coast' },
      /The payload coast has no scorer: .* for quality, niqe\. Add a scorer/,
    ],
  ])('%j', (given, message) => {
    expect(check(given)).toThrow(expect.objectContaining({ code: 'scorer-payloads', kind: 'usage' }));
    expect(check(given)).toThrow(message);
  });

  it('and nothing else', () => {
    expect(check({ niqe: 'hands*' })).not.toThrow();
    expect(check({ niqe: 'hands*', quality: '!hands*' })).not.toThrow();
    expect(check({})).not.toThrow();
  });
});

describe('a judge of scorers for some payloads', () => {
  const scorer = (id: string, value: number, max: number | null): Scorer => ({
    id,
    version: '1',
    needsPrompt: false,
    range: { min: value / 2, max },
    higherIsBetter: true,
    score: async (items) => items.map(() => ({ state: 'scored', value })),
  });
  const { signal } = new AbortController();

  it('asks those alone that judge the payload', async () => {
    const judge = createJudge([
      { scorer: scorer('a', 1, 2), weight: 1, judges: (payload) => payload !== 'faces' },
      { scorer: scorer('b', 4, 9), weight: 1, judges: (payload) => payload !== 'coast' },
    ]);
    const judged = async (payload: string) =>
      judge.judge({ ...(await makeItem(1)), payload, reverse: false }, signal);
    expect(await judged('faces')).toEqual({ score: 4, raw: { b: 4 } });
    expect(await judged('coast')).toEqual({ score: 1, raw: { a: 1 } });
    expect(await judged('hands')).toEqual({ score: 2.5, raw: { a: 1, b: 4 } });
    // Each of them may be all there is of a score.
    expect(judge.range).toEqual({ min: 0.5, max: 9 });
  });

  it('is unbounded when one of them is', () => {
    const judge = createJudge([
      { scorer: scorer('a', 1, null), weight: 1, judges: () => true },
      { scorer: scorer('b', 4, 9), weight: 1 },
    ]);
    expect(judge.range).toEqual({ min: 0.5, max: null });
  });
});
