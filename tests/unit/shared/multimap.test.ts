import { describe, expect, it } from 'vitest';
import { Multimap } from '../../../src/shared/multimap.ts';

describe('a map of several values', () => {
  it('has them in the order in which they came, and one in the place of another', () => {
    const map = new Multimap<string, string>();
    expect(map.of('a')).toEqual([]);
    for (const value of ['1', '2', '3']) map.add('a', value);
    map.add('b', '1');
    map.replace('a', '2', 'two');
    map.replace('b', '1', 'one');
    map.replace('b', 'none', 'other');
    map.replace('c', '1', 'one');
    expect([map.of('a'), map.of('b'), map.of('c')]).toEqual([['1', 'two', '3'], ['one'], []]);
    map.clear();
    expect(map.of('a')).toEqual([]);
  });
});
