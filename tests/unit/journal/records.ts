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
