/** What a failure means, by what the failure itself says. */
import { expect, it } from 'vitest';
import { webuiError } from '../../../src/renderers/index.ts';
import { runError } from '../../../src/shared/errors.ts';
import { endsRun, mayBeRepeated, needsReconnect } from '../../../src/trial/failures.ts';

const image = runError('image-broken', 'x', { retry: 'image' });
const twice = runError('picture-size', 'x', { retry: 'image', retryLimit: 2 });
const never = runError('scorer-failed', 'x');
const lost = webuiError('webui-bad-reply', 'x', { retry: 'image' });
const givenUp = lost.with({ givenUp: true });

it.each([
  [image, [true, true, true, true]],
  [twice, [true, true, false, false]],
  [never, [false, false, false, false]],
  [lost, [true, true, true, true]],
  [givenUp, [false, false, false, false]],
])('%o is tried again after 0, 1, 2, 9 attempts: %j', (error, expected) => {
  expect([0, 1, 2, 9].map((attempt) => mayBeRepeated(error, attempt))).toEqual(expected);
});

it.each([
  [never, false],
  [runError('scorer-gone', 'x', { endsRun: true }), true],
  [runError('webui-gone', 'x', { endsRun: true, retry: 'image' }), false],
  [webuiError('webui-auth', 'x', { endsRun: true, retry: 'image' }), false],
  [webuiError('webui-auth', 'x', { endsRun: true, retry: 'image' }).with({ givenUp: true }), true],
  [givenUp, false],
])('%o ends the run: %s', (error, isEnd) => {
  expect(endsRun(error)).toBe(isEnd);
});

it('merging is set up again where the failure says so', () => {
  expect([webuiError('webui-lost', 'x', { retry: 'rearm' }), lost, never].map(needsReconnect)).toEqual([
    true,
    false,
    false,
  ]);
});
