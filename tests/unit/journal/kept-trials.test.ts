/** A trial takes less room in a run, and nobody sees a difference. */
import { describe, expect, it } from 'vitest';
import { keptTrial } from '../../../src/journal/kept-trials.ts';
import { createSpace, decode } from '../../../src/space/space.ts';
import type { EvaluatedTrial } from '../../../src/types.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';

const space = createSpace({
  architecture: 'sd1',
  low: 0,
  high: 1,
  range: { low: 0, high: 1 },
  intervals: 10,
  blocks: {},
});
const point = space.dimensions.map((_, d) => (d % 11) / 10);
const usual: EvaluatedTrial = {
  ...scoredTrial({ id: 3, score: 0.25 }),
  point,
  weights: decode(space, point),
  time: { at: '2026-01-02T03:04:05.678Z', evaluation: 1.5, iteration: 2.25 },
};

const image = {
  request: 'p/0',
  index: 0,
  payload: 'p',
  seed: 7,
  score: 0.5,
  raw: { quality: 0.5 },
  pixels: 'ab'.repeat(32),
  seconds: 1.5,
};

describe('a kept trial', () => {
  it.each<[string, EvaluatedTrial]>([
    ['as it mostly is', usual],
    [
      'with what few have',
      {
        ...usual,
        baseline: 'half',
        byHand: true,
        wanted: 2,
        origin: 'queued',
        source: { kind: 'repeat', of: 2 },
        missing: [{ request: 'p/0', index: 1, code: 'c', message: 'm' }],
      },
    ],
    [
      'with a time as only another program writes it',
      { ...usual, time: { ...usual.time, at: '2026-01-02' } },
    ],
    ['with a time that is none', { ...usual, time: { ...usual.time, at: 'last night' } }],
    ['with a weight that the space does not have', { ...usual, weights: { ...usual.weights, EXTRA: 1 } }],
    ['with an image that no scorer judged', { ...usual, images: [{ ...image, raw: {} }] }],
    ['outside of the space', { ...usual, weights: { ...usual.weights, IN00: 0.123 } }],
    [
      'with names in another order',
      { ...usual, weights: Object.fromEntries(Object.entries(usual.weights).toReversed()) },
    ],
    ['with images of which a scorer says what counts', { ...usual, images: [image] }],
    ['with images of several scorers', { ...usual, images: [{ ...image, raw: { niqe: 0.5, quality: 1 } }] }],
    ['with a raw value that is mapped', { ...usual, images: [{ ...image, raw: { quality: 3 } }] }],
    [
      'with what people have said',
      { ...usual, images: [{ ...image, answer: { against: 1, outcome: 1 } }, image] },
    ],
    ['with what several people have said', { ...usual, images: [{ ...image, answers: [{ rating: 3 }] }] }],
    ['with the point of another space', { ...usual, point: [1] }],
  ])('reads, copies and travels as any other: %s', (_, trial) => {
    const kept = keptTrial(trial, space);
    expect(kept).toEqual(trial);
    expect({ ...kept }).toEqual(trial);
    expect(structuredClone(kept)).toEqual(trial);
    expect(JSON.parse(JSON.stringify(kept))).toEqual(JSON.parse(JSON.stringify(trial)));
    expect(Object.keys(kept).toSorted()).toEqual(Object.keys(trial).toSorted());
    expect(kept.images.map((one) => Object.keys(one))).toEqual(trial.images.map((one) => Object.keys(one)));
    expect(Object.keys(kept.weights)).toEqual(Object.keys(trial.weights));
    expect(JSON.stringify(kept.images)).toBe(JSON.stringify(trial.images));
    const { images, ...rest } = kept;
    expect({ ...rest, images }).toEqual(trial);
    expect(keptTrial(kept, space)).toEqual(trial);
  });

  it('has nothing that others have too', () => {
    const [one, other] = [
      keptTrial(usual, space),
      keptTrial({ ...usual, id: 4, source: { kind: 'measured' } }, space),
    ];
    expect(Object.getOwnPropertyDescriptor(one, 'weights')).toMatchObject({ get: expect.any(Function) });
    expect(Object.getOwnPropertyDescriptor(one, 'weights')).toEqual(
      Object.getOwnPropertyDescriptor(other, 'weights'),
    );
    expect('source' in one && 'source' in other && one.source === other.source).toBe(true);
  });

  it('shares the images of the trial that it goes on with', () => {
    const kept = keptTrial({ ...usual, images: [image] }, space);
    if (kept.state !== 'scored' || kept.source.kind === 'learned') throw new Error('it was measured');
    const more = keptTrial({ ...usual, images: [...kept.images, { ...image, index: 1 }] }, space);
    expect(more.images[0]).toBe(kept.images[0]);
    expect(more.images[1]).toEqual({ ...image, index: 1 });
  });

  it('stays as it is where it has no score', () => {
    const failed = failedTrial({ id: 7, message: 'It ran out of memory.' });
    expect(keptTrial(failed, space)).toBe(failed);
  });
});
