/** Records that tests of the journal begin with. */
import type { RecordOf } from '../../../src/journal/record.ts';

export const recovered = (source: string): RecordOf<'recovered'> => ({
  kind: 'recovered',
  version: 1,
  source,
  modelA: null,
  modelB: null,
  output: null,
  queue: [],
});

export const asked = (trial: number): RecordOf<'asked'> => ({
  kind: 'asked',
  trial,
  origin: 'optimizer',
  point: [0.5],
  weights: { IN00: 0.5 },
});

export const TIME = { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 };

export const scored = (trial: number, score: number): RecordOf<'scored'> => ({
  kind: 'scored',
  trial,
  score,
  images: [],
  time: TIME,
});
