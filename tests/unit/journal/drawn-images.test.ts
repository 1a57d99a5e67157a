import { describe, expect, it } from 'vitest';
import { drawnImages, drawnInProof } from '../../../src/journal/drawn-images.ts';
import type { JournalRecord, RecordOf } from '../../../src/journal/record.ts';
import { asked } from './records.ts';

const TIME = { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 };
const picture = (request: string, score = 1): RecordOf<'image'>['image'] => ({
  request,
  index: 0,
  payload: 'hills',
  seed: 7,
  score,
  raw: { quality: score },
  pixels: 'f'.repeat(64),
  seconds: 1,
});
const image = (trial: number, request: string, score?: number): JournalRecord => ({
  kind: 'image',
  trial,
  image: picture(request, score),
  pixelGroup: 'abc',
});
const inProof = (candidate: string, request: string, proof = 1): JournalRecord => ({
  kind: 'proof-image',
  proof,
  candidate,
  image: picture(request),
  pixelGroup: 'abc',
});
const proved = (candidate: string, images: readonly string[]): RecordOf<'proved'> => ({
  kind: 'proved',
  proof: 1,
  candidate,
  images: images.map((request) => picture(request)),
  time: TIME,
});
const requestsOf = (records: readonly JournalRecord[], trial: number): string[] =>
  (drawnImages(records).get(trial) ?? []).map((one) => one.image.request);

describe('images of a trial that is still measured', () => {
  it('are there until a record ends the trial', () => {
    const records = [image(1, 'a'), image(2, 'a'), image(1, 'b')];
    expect(requestsOf(records, 1)).toEqual(['a', 'b']);
    expect(drawnImages(records).get(1)?.[0]?.pixelGroup).toBe('abc');
    const scored = { kind: 'scored' as const, trial: 1, score: 1, images: [], time: TIME };
    expect(requestsOf([...records, scored], 1)).toEqual([]);
    expect(requestsOf([...records, scored], 2)).toEqual(['a']);
    const failed = {
      kind: 'failed' as const,
      trial: 2,
      failure: { code: 'x', message: 'x' },
      images: [],
      time: TIME,
    };
    expect(requestsOf([...records, failed], 2)).toEqual([]);
    expect(requestsOf([...records, { ...scored, kind: 'added' }, image(1, 'c')], 1)).toEqual(['c']);
  });

  it('are there whatever else is said of the trial', () => {
    const answer = {
      kind: 'answer' as const,
      trial: 1,
      request: 'a',
      index: 0,
      pixels: 'f'.repeat(64),
      answer: { rating: 3 },
    };
    const more = { kind: 'more' as const, trial: 1, images: 2, mergeCost: 0 };
    expect(requestsOf([image(1, 'a'), answer, more, asked(1)], 1)).toEqual(['a']);
  });

  it('are the later ones where they came twice', () => {
    const drawn = drawnImages([image(1, 'a', 1), image(1, 'b'), image(1, 'a', 2)]).get(1) ?? [];
    expect(drawn.map((one) => [one.image.request, one.image.score])).toEqual([
      ['b', 1],
      ['a', 2],
    ]);
  });

  it('are none once they are forgotten, or a look has failed anywhere', () => {
    expect(requestsOf([image(1, 'a'), { kind: 'forgotten', trial: 1 }, image(1, 'b')], 1)).toEqual(['b']);
    const doubted = { kind: 'doubted' as const, trials: [3], reason: 'another image', time: TIME };
    expect(requestsOf([image(1, 'a'), doubted], 1)).toEqual([]);
  });
});

describe('images of a candidate that is still drawn', () => {
  it('are there until it is proved or taken back; other proofs have their own', () => {
    const records = [inProof('best', 'a'), inProof('model-a', 'a'), inProof('best', 'b', 2)];
    const names = (all: readonly JournalRecord[], proof = 1): string[] => [
      ...drawnInProof(all, proof).keys(),
    ];
    expect(names(records)).toEqual(['best', 'model-a']);
    expect(names(records, 2)).toEqual(['best']);
    expect(names([...records, proved('best', ['a'])])).toEqual(['model-a']);
    // A look has failed: nothing of this proof is beyond doubt that is not proved.
    expect(names([...records, proved('best', [])])).toEqual([]);
    expect(names([...records, proved('best', [])], 2)).toEqual(['best']);
  });

  it('are there whatever else is said of the proof', () => {
    const others: JournalRecord[] = [
      { kind: 'fleet', proof: 1, members: [], pins: {}, time: TIME },
      { kind: 'proving', proof: 1, candidates: [], requests: [], images: [], scorers: [], time: TIME },
      { kind: 'verdict', proof: 1, verdict: {}, time: TIME },
    ];
    expect([...drawnInProof([inProof('best', 'a'), ...others], 1).keys()]).toEqual(['best']);
  });

  it('are taken back only where nothing at all is said of the candidate', () => {
    const missing = [{ request: 'a', index: 0, code: 'image-broken', message: 'Cut off.' }];
    const records = [inProof('best', 'a'), inProof('model-a', 'a')];
    const left = (record: JournalRecord): string[] => [...drawnInProof([...records, record], 1).keys()];
    expect(left({ ...proved('best', []), missing })).toEqual(['model-a']);
    expect(left({ ...proved('best', ['a']), missing })).toEqual(['model-a']);
    expect(left({ ...proved('best', []), unfinished: true })).toEqual(['model-a']);
    expect(left({ ...proved('best', []), missing: [] })).toEqual([]);
  });
});
