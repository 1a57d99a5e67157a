import { expect, it } from 'vitest';
import { counted, nounFor } from '../../../src/shared/counted.ts';

it.each([
  [0, '0 images'],
  [1, '1 image'],
  [2, '2 images'],
  [1.5, '1.5 images'],
])('says %d in the right number', (count, text) => {
  expect(counted(count, 'image')).toBe(text);
});

it('takes a plural that does not end in s', () => {
  expect(counted(2, 'block differs', 'blocks differ')).toBe('2 blocks differ');
  expect(counted(1, 'block differs', 'blocks differ')).toBe('1 block differs');
  expect(nounFor(1, 'seed')).toBe('seed');
});
