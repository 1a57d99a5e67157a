/** The parts of the gallery's script that need no browser. */
import { describe, expect, it } from 'vitest';
import { descending, pairsOf, sumOf } from '../../../../src/page/browser/gallery/pairs.ts';
import { galleryAddress, galleryPlace, START } from '../../../../src/page/browser/gallery/place.ts';
import {
  neighbour,
  sideOf,
  usualCandidates,
  usualSides,
} from '../../../../src/page/browser/gallery/sides.ts';
import { windowOf } from '../../../../src/page/browser/gallery/windowed.ts';
import type { GalleryIndex, GalleryMerge, GalleryRow } from '../../../../src/page/gallery/state.ts';
import { pageState } from '../../../../src/page/model.ts';
import { createUniform } from '../../../../src/shared/random.ts';
import type { PageState, PageTrial } from '../../../../src/page/state.ts';

describe('the address of the gallery', () => {
  it.each([
    {},
    { part: 'wall' as const, by: 'low-niqe', picture: 3 },
    { left: 'A', right: 'best' },
    { left: '12', right: 'half', picture: 0, as: 'slider' as const, by: 'gain', payload: 'a/b? c&#"é' },
    { left: 'proof1-A', right: 'proof1-runner-up', scorer: 'niqe' },
    { payload: 'without sides' },
  ])('says the same again: %j', (place) => {
    const address = galleryAddress('0123456789abcdef', place);
    expect(galleryPlace(address)).toEqual({ ...START, ...place });
    expect(address.split('/')[1]).toBe('gallery');
  });

  it.each([
    '#x/gallery/../best',
    '#x/gallery/A',
    '#x/gallery/__proto__/best',
    '#x/gallery/best/12345678?picture=-1&as=x',
  ])('leaves out what makes no sense: %s', (hash) => {
    expect(galleryPlace(hash)).toEqual(START);
  });
});

const merge = (id: string, scores: readonly (number | null)[]): GalleryMerge => ({
  id,
  trial: 1,
  state: 'scored',
  score: 0,
  weights: {},
  version: 'v',
  pictures: scores.flatMap((score, slot) =>
    score === null ? [] : [{ slot, score, raw: { niqe: -score }, isKept: true, seconds: 1 }],
  ),
});
const SLOTS = ['p', 'p', 'q', 'q'].map((payload, seed) => ({ payload, seed, prompt: '' }));
const ALL = { scorer: '', payload: '', by: '' };

describe('pairs of pictures', () => {
  const left = merge('1', [1, 2, 3, null]);
  const right = merge('2', [2, 1, 5, 9]);

  it('are in the order of the run, and what one side lacks has no difference', () => {
    const pairs = pairsOf(SLOTS, left, right, ALL);
    expect(pairs.map(({ slot, difference }) => [slot, difference])).toEqual([
      [0, 1],
      [1, -1],
      [2, 2],
      [3, null],
    ]);
  });

  it.each([
    ['gain', [2, 0, 1, 3]],
    ['loss', [1, 0, 2, 3]],
    ['left', [2, 1, 0, 3]],
    ['right', [3, 2, 0, 1]],
    ['nonsense', [0, 1, 2, 3]],
  ])('are sorted by %s', (by, slots) => {
    expect(pairsOf(SLOTS, left, right, { ...ALL, by }).map(({ slot }) => slot)).toEqual(slots);
  });

  it('are those of one payload, with the values of one scorer', () => {
    const pairs = pairsOf(SLOTS, left, right, { scorer: 'niqe', payload: 'q', by: '' });
    expect(pairs.map(({ values }) => values)).toEqual([
      [-3, -5],
      [null, -9],
    ]);
  });

  it('come to means over what both sides have', () => {
    expect(sumOf(pairsOf(SLOTS, left, right, ALL))).toEqual({
      both: 3,
      higher: 2,
      lower: 1,
      left: 2,
      right: 8 / 3,
      difference: 2 / 3,
    });
    expect(sumOf(pairsOf(SLOTS, undefined, right, ALL))).toMatchObject({
      both: 0,
      left: null,
      difference: null,
    });
  });

  it('without a value come last', () => {
    expect([3, null, 5, null, 4].toSorted(descending)).toEqual([5, 4, 3, null, null]);
  });
});

describe('what a side means', () => {
  const { summary } = pageState([], { name: 'O', isAlive: true, notices: [], progress: null });
  const trial = (id: number, more: Partial<PageTrial> = {}): PageTrial => ({
    id,
    state: 'scored',
    score: id,
    images: 2,
    ...more,
  });
  const row = (id: number, baseline?: string): GalleryRow => ({
    id,
    score: id,
    means: [],
    kept: [0],
    version: '',
    ...(baseline !== undefined && { baseline }),
  });
  const state: PageState = {
    summary: { ...summary, best: { trial: 7, score: 7 } },
    trials: [trial(1, { baseline: 'A' }), trial(2, { baseline: 'half' }), trial(3), trial(5), trial(7)],
  };
  const index: GalleryIndex = {
    scorers: [],
    slots: [],
    rows: [row(1, 'A'), row(3), row(5), row(7)],
    drawn: 5,
    proofs: [
      {
        proof: 1,
        slots: [],
        words: [],
        candidates: ['best', 'runner-up', 'A', 'half'].map((name, i) => ({
          id: `proof1-${name}`,
          name,
          trial: i === 0 ? 7 : null,
          mean: i,
          kept: name === 'half' ? 0 : 2,
        })),
      },
    ],
  };

  it.each([
    ['A', '1', 'model A'],
    ['B', undefined, 'model B'],
    ['half', '2', 'half of each'],
    ['best', '7', 'best, iteration #7'],
    ['latest', '7', 'latest with images, iteration #7'],
    ['first', '3', 'first, iteration #3'],
    ['5', '5', 'iteration #5'],
    ['1', '1', 'model A'],
    ['99', '99', 'iteration #99'],
    ['proof1-best', 'proof1-best', 'best, iteration #7'],
    ['proof1-A', 'proof1-A', 'model A'],
    ['proof2-A', undefined, 'model A'],
  ])('%s', (name, id, text) => {
    expect(sideOf(name, index, state)).toEqual({ name, id, text });
  });

  it('is a baseline with pictures and the best, unless somebody says otherwise', () => {
    expect(usualSides(index, state)).toEqual(['A', 'best']);
    expect(usualSides({ ...index, rows: [row(3), row(7)] }, state)).toEqual(['first', 'best']);
  });

  it('is the strongest baseline with pictures and the best of a proof', () => {
    const [proof] = index.proofs;
    expect(proof && usualCandidates(proof)).toEqual(['proof1-A', 'proof1-best']);
  });

  it('steps from iteration to iteration with pictures', () => {
    expect([neighbour(index.rows, 3, 1), neighbour(index.rows, 4, -1), neighbour(index.rows, 7, 1)]).toEqual([
      5,
      3,
      undefined,
    ]);
  });
});

describe('the window of the wall', () => {
  it('holds all that is seen and a bounded number of tiles, and keeps the height of the whole', () => {
    const random = createUniform(20);
    for (let i = 0; i < 500; i++) {
      const place = {
        count: Math.floor(random() * 6000),
        columns: 1 + Math.floor(random() * 12),
        rowHeight: 100 + Math.floor(random() * 200),
        above: Math.floor((random() - 0.1) * 100_000),
        height: 300 + Math.floor(random() * 2000),
      };
      const { first, end, before, behind } = windowOf(place);
      const rows = Math.ceil(place.count / place.columns);
      const shown = Math.ceil((end - first) / place.columns);
      expect(before + behind + shown * place.rowHeight).toBe(rows * place.rowHeight);
      expect(end - first).toBeLessThanOrEqual((place.height / place.rowHeight + 8) * place.columns);
      const seen = Array.from({ length: rows }, (_, r) => r).filter((r) => {
        const top = r * place.rowHeight - place.above;
        return top + place.rowHeight > 0 && top < place.height;
      });
      for (const r of seen) {
        expect(first).toBeLessThanOrEqual(r * place.columns);
        expect(end).toBeGreaterThanOrEqual(Math.min(place.count, (r + 1) * place.columns));
      }
    }
  });
});
