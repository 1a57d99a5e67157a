/** Payloads that never give an image are told once, when it is hardly chance. */
import { expect, it } from 'vitest';
import { BarrenPayloads } from '../../../src/trial/barren-payloads.ts';
import type { MissingImage } from '../../../src/trial/evaluator.ts';
import { makeRequest } from '../renderers/make-request.ts';

const REQUESTS = ['cats', 'dogs'].flatMap((payload) =>
  [0, 1].map((n) => ({ ...makeRequest({}, { id: `${payload}/${n}` }), payload })),
);
const failed = (request: string, code: MissingImage['code'] = 'webui-rejected'): MissingImage => ({
  request,
  index: 0,
  code,
  message: 'The sampler is unknown.',
});
const came = (request: string) => ({ request, index: 0 });

it('a payload is named in the third iteration without an image, and never again', () => {
  const payloads = new BarrenPayloads(REQUESTS);
  const missing = [failed('dogs/0'), failed('dogs/1')];
  const told = [1, 2, 3, 4, 5].map((trial) => payloads.note({ trial, measured: [came('cats/0')], missing }));
  expect(told.map(({ length }) => length)).toEqual([0, 0, 1, 0, 0]);
  expect(told[2]?.[0]).toMatch(
    /^Payload "dogs" has not produced a single image in 3 iterations \(webui-rejected\): The sampler is unknown\./,
  );
});

it('an iteration that is evaluated again counts once', () => {
  const payloads = new BarrenPayloads(REQUESTS);
  for (const trial of [1, 1, 1, 2])
    expect(payloads.note({ trial, measured: [], missing: [failed('dogs/0')] })).toEqual([]);
  expect(payloads.note({ trial: 3, measured: [], missing: [failed('dogs/0')] })).toHaveLength(1);
});

it('one image is enough to say nothing, whenever it came', () => {
  const payloads = new BarrenPayloads(REQUESTS);
  payloads.note({ trial: 1, measured: [came('dogs/1')], missing: [failed('dogs/0')] });
  for (const trial of [2, 3, 4, 5])
    expect(payloads.note({ trial, measured: [], missing: [failed('dogs/0')] })).toEqual([]);
  expect(payloads.explain([failed('dogs/0')])).toBe(false);
});

it('images that were not asked for say nothing of their payload', () => {
  const payloads = new BarrenPayloads(REQUESTS);
  for (const trial of [1, 2, 3, 4]) {
    const missing = [failed('dogs/0', 'pictures-missing')];
    expect(payloads.note({ trial, measured: [], missing })).toEqual([]);
  }
  expect(payloads.explain([failed('dogs/0')])).toBe(false);
});

it('explain what is missing only where all of it is of such payloads', () => {
  const payloads = new BarrenPayloads(REQUESTS);
  for (const trial of [1, 2]) payloads.note({ trial, measured: [], missing: [failed('dogs/0')] });
  expect(payloads.explain([failed('dogs/0')])).toBe(false);
  payloads.note({ trial: 3, measured: [], missing: [failed('dogs/0')] });
  expect(payloads.explain([failed('dogs/0'), failed('dogs/1')])).toBe(true);
  expect(payloads.explain([failed('dogs/0'), failed('cats/0')])).toBe(false);
});
