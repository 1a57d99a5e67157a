/** Weights that somebody changes on the page. */
import { describe, expect, it } from 'vitest';
import type { PageBlockFacts } from '../../../src/page/blocks/state.ts';
import {
  afterDrag,
  afterKey,
  asked,
  changesOf,
  DRAG,
  snapped,
  weightBefore,
  weightIn,
  withoutBlock,
  withWeight,
} from '../../../src/page/browser/live/draft.ts';
import { sentText } from '../../../src/page/browser/live/sent.ts';
import { countText, percentText, shortName } from '../../../src/page/browser/live/weight-words.ts';
import type { PageTrial } from '../../../src/page/state.ts';

const block = (name: string, more: Partial<PageBlockFacts> = {}): PageBlockFacts => ({
  block: name,
  words: 'input block',
  keys: [],
  parameters: null,
  moves: 'alone',
  others: [],
  low: 0,
  high: 1,
  step: 0.1,
  ...more,
});
const IN00 = block('IN00');
const IN01 = block('IN01', { moves: 'together', others: ['IN02'] });
const IN02 = block('IN02', { moves: 'together', others: ['IN01'] });
const OUT00 = block('OUT00', { low: 0.2, high: 0.6, step: 0 });
const FACTS = new Map([IN00, IN01, IN02, OUT00].map((one) => [one.block, one]));
const BEST = { IN00: 0.4, IN01: 0.5, IN02: 0.5, OUT00: 0.3 };

describe('a weight', () => {
  it.each([
    [IN00, 0.33, 0.3],
    [IN00, -2, 0],
    [IN00, 7, 1],
    [OUT00, 0.3456, 0.35],
    [OUT00, 0.9, 0.6],
  ])('goes to the nearest step within its bounds', (facts, weight, becomes) => {
    expect(snapped(facts, weight)).toBe(becomes);
  });

  it.each([
    ['ArrowRight', 0.5],
    ['ArrowUp', 0.5],
    ['ArrowLeft', 0.3],
    ['ArrowDown', 0.3],
    ['PageUp', 0.6],
    ['PageDown', 0.2],
    ['Home', 0],
    ['End', 1],
    ['x', undefined],
  ])('follows the key %s', (key, becomes) => {
    expect(afterKey(IN00, 0.4, key)).toBe(becomes);
  });

  it('follows a drag to the right or up, as far as the longer way', () => {
    expect(afterDrag(IN00, 0.4, DRAG / 2, 3)).toBe(0.9);
    expect(afterDrag(IN00, 0.4, 3, -DRAG / 2)).toBe(0.9);
    expect(afterDrag(IN00, 0.4, -DRAG, 0)).toBe(0);
    expect(afterDrag(OUT00, 0.3, DRAG / 4, 0)).toBe(0.4);
  });

  it('is as in the best where nobody changed it, or in the middle while there is none', () => {
    expect(weightBefore(OUT00, BEST)).toBe(0.3);
    expect(weightBefore(OUT00, null)).toBe(0.4);
    expect(weightIn(IN00, { IN00: 0.9 }, BEST)).toBe(0.9);
  });
});

describe('a draft', () => {
  it('holds what differs from the best, with the blocks that share a weight', () => {
    const draft = withWeight({ IN00: 0.9 }, IN02, 0.8, BEST);
    expect(draft).toEqual({ IN00: 0.9, IN01: 0.8, IN02: 0.8 });
    expect(withWeight(draft, IN01, 0.5, BEST)).toEqual({ IN00: 0.9 });
    expect(withoutBlock(draft, IN01)).toEqual({ IN00: 0.9 });
  });

  it('is told weight by weight, and sent with one block of each', () => {
    const draft = { IN00: 0.9, IN01: 0.8, IN02: 0.8 };
    expect(changesOf(draft, FACTS, BEST)).toEqual([
      { name: 'IN00', from: 0.4, to: 0.9 },
      { name: 'IN01, IN02', from: 0.5, to: 0.8 },
    ]);
    expect(asked(draft, FACTS)).toEqual({ IN00: 0.9, IN01: 0.8 });
  });
});

describe('weights that were sent', () => {
  const sent = { id: 'x', after: 7, sentence: '26 others.' };
  const weights = { IN00: 1 };
  const quiet = { queued: [], current: { trial: 7, isOpen: true, weights } };
  const given = (id: number, more: Partial<PageTrial> = {}): PageTrial => ({
    id,
    state: 'scored',
    score: 0.5,
    images: 1,
    by: 'the page',
    ...more,
  });

  it('are told from the request to the score', () => {
    expect(sentText(sent, quiet, [given(5)])).toBe('Sent: the run will pick them up in a moment. 26 others.');
    const queued = [{ id: 'x', by: 'the page', weights }];
    expect(sentText(sent, { ...quiet, queued }, [])).toMatch(/^Queued: /);
    const current = { trial: 8, isOpen: true, weights, by: 'the page' };
    expect(sentText(sent, { ...quiet, current }, [])).toBe(
      'Your weights are being measured, as iteration #8.',
    );
    expect(sentText(sent, quiet, [given(5), given(8)])).toBe('Your weights are iteration #8: score 0.5000.');
    expect(sentText(sent, quiet, [given(8, { state: 'failed', score: null })])).toBe(
      'Your weights are iteration #8, which failed.',
    );
  });
});

describe('words', () => {
  it('of numbers and names are short', () => {
    expect([859_520_964, 11_840, 320].map(countText)).toEqual(['859.5 million', '12 thousand', '320']);
    expect([0, 0.0123, 0.5].map(percentText)).toEqual(['0 %', '1.2 %', '50 %']);
    expect(shortName('double_blocks.10.img', 120)).toBe('d…s.10.img');
  });
});
