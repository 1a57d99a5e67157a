import { describe, expect, it } from 'vitest';
import { imageKey, imageNames } from '../../../src/images/names.ts';

const names = imageNames([
  { id: 'coast/0', payload: 'coast', seeds: [7, 8] },
  { id: 'a:b/0', payload: 'a:b', seeds: [7] },
]);

describe('imageNames', () => {
  it('counts the images of an iteration', () => {
    expect(names.stem(12, imageKey('coast/0', 1))).toBe('12-coast-2-8');
    expect(names.stem(12, imageKey('a:b/0', 0))).toBe('12-a_b-3-7');
    expect(names.stem(12, imageKey('coast/1', 0))).toBeUndefined();
  });

  it('knows its own files by their names, and no others', () => {
    expect(names.trialOf('12-coast-2-8.png')).toBe(12);
    expect(names.trialOf('3-a_b-3-7.webp')).toBe(3);
    for (const other of ['12-coast-2-9.png', '1-notes.png', '12-coast-2-8.png.tmp', 'coast-2-8.png'])
      expect(names.trialOf(other)).toBeUndefined();
  });
});
