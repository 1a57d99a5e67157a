import { describe, expect, it } from 'vitest';
import { readCaption } from '../../../../src/score/webui-tags/caption.ts';

const tagsIn = (caption: string): Record<string, number> | null => {
  const read = readCaption(caption);
  return read && Object.fromEntries(read.tags);
};

describe('readCaption', () => {
  it.each([
    ['plain', '1girl, long_hair, :d', { '1girl': 1, long_hair: 1, ':d': 1 }],
    ['spaces', '1girl, long hair', { '1girl': 1, long_hair: 1 }],
    ['escaped', String.raw`saber \(fate\), \\m/`, { 'saber_(fate)': 1, '\\m/': 1 }],
    ['unescaped', '(o)_(o), saber_(fate)', { '(o)_(o)': 1, 'saber_(fate)': 1 }],
    ['ranked', '(1girl:0.987), (long_hair:0.500)', { '1girl': 0.987, long_hair: 0.5 }],
    ['ranked with colons', '(:d:0.910), (;):0.030), (3:00:0.100)', { ':d': 0.91, ';)': 0.03, '3:00': 0.1 }],
    [
      'ranked with parentheses',
      '(saber_(fate):0.700), ((o)_(o):0.001)',
      { 'saber_(fate)': 0.7, '(o)_(o)': 0.001 },
    ],
    ['ranked and escaped', String.raw`(saber \(fate\):0.700)`, { 'saber_(fate)': 0.7 }],
    ['empty', '', {}],
  ])('%s', (_, caption, tags) => {
    expect(tagsIn(caption)).toEqual(tags);
  });

  it('is told whether there are probabilities', () => {
    expect(readCaption('(1girl:1.000)')?.isRanked).toBe(true);
    expect(readCaption('1girl')?.isRanked).toBe(false);
    expect(readCaption('')?.isRanked).toBe(false);
  });

  it.each(['<error>', 'a cat<error>', 'a cat, <error>\n'])('knows the failure %j', (caption) => {
    expect(readCaption(caption)).toBeNull();
  });
});
