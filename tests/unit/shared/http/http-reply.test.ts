import { expect, it } from 'vitest';
import { placeOf } from '../../../../src/shared/http/http-reply.ts';

it.each([
  ['/login?next=1', 'http://gpu:7860/login'],
  ['https://user:secret@proxy/a?key=secret#b', 'https://proxy/a'],
  ['http://[', 'nowhere'],
  [undefined, 'nowhere'],
  [['/a', '/b'], 'nowhere'],
])('a redirection to %j leads to %s', (location, place) => {
  expect(placeOf(location, 'http://gpu:7860/x')).toBe(place);
});
