import { expect, it } from 'vitest';
import { byteSize } from '../../../src/shared/byte-size.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [11_499, '11 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [11_600_128, '11.6 MB'],
  [999_949_999, '999.9 MB'],
  [999_950_000, '1.00 GB'],
  [6_938_040_682, '6.94 GB'],
  [1e18, '1000000000.00 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(byteSize(bytes)).toBe(text);
});
