import { describe, expect, it } from 'vitest';
import { givenEstimate, guessEstimate, measuredEstimate, paceOf } from '../../../src/payload/estimate.ts';
import { parsePayload } from '../../../src/payload/load.ts';
import { toRequests } from '../../../src/payload/requests.ts';

const requestsOf = (payloads: Readonly<Record<string, object>>) =>
  toRequests(
    Object.entries(payloads).map(([name, raw]) => ({
      name,
      payload: parsePayload({ prompt: 'a', seed: 1, steps: 20, width: 1000, height: 1000, ...raw }, name),
    })),
    1,
  );

describe('how long an iteration takes', () => {
  it('is guessed from megapixels and steps, the hires pass at its own size', async () => {
    expect(guessEstimate(await requestsOf({ a: { n_iter: 2, batch_size: 3 } }))).toEqual({
      seconds: 60,
      basis: 'guessed',
    });
    const hires = { enable_hr: true, hr_scale: 2, denoising_strength: 0.5, hr_second_pass_steps: 10 };
    expect(guessEstimate(await requestsOf({ a: hires })).seconds).toBe(0.5 * (20 + 4 * 10 * 0.5));
    expect(guessEstimate(await requestsOf({ a: { ...hires, enable_hr: false } })).seconds).toBe(0.5 * 20);
    const sized = { ...hires, hr_resize_x: 3000, hr_resize_y: 1000, hr_second_pass_steps: 0 };
    expect(guessEstimate(await requestsOf({ a: sized })).seconds).toBe(0.5 * (20 + 3 * 20 * 0.5));
    const otherSide = { ...hires, hr_resize_x: 0, hr_resize_y: 3000 };
    expect(guessEstimate(await requestsOf({ a: otherSide })).seconds).toBe(0.5 * (20 + 4 * 10 * 0.5));
    const oneSide = { ...hires, hr_resize_x: 3000, hr_resize_y: 0 };
    expect(guessEstimate(await requestsOf({ a: oneSide })).seconds).toBe(0.5 * (20 + 4 * 10 * 0.5));
  });

  it('is guessed with what the server takes where nothing is said', async () => {
    const [request] = await requestsOf({ a: {} });
    if (request === undefined) throw new Error('there is one');
    const secondsOf = (body: Readonly<Record<string, unknown>>): number =>
      guessEstimate([{ ...request, body }]).seconds;
    const first = 0.5 * 0.512 * 0.512 * 50;
    expect(secondsOf({})).toBeCloseTo(first, 9);
    expect(secondsOf({ steps: '5', width: null })).toBeCloseTo(first, 9);
    expect(secondsOf({ enable_hr: 'yes' })).toBeCloseTo(first, 9);
    expect(secondsOf({ enable_hr: true })).toBeCloseTo(first + 4 * 0.7 * first, 9);
  });

  it('takes the time that somebody has measured', async () => {
    expect(givenEstimate(await requestsOf({ a: { n_iter: 2, batch_size: 2 } }), 3)).toEqual({
      seconds: 12,
      basis: 'given',
    });
  });

  it('is measured: a payload at its own pace, scaled to what it asks for now, others at that of the run', async () => {
    const then = await requestsOf({ slow: { batch_size: 2 }, quick: {} });
    const pace = paceOf(then, [
      { request: 'slow/0', seconds: 30 },
      { request: 'slow/0', seconds: 50 },
      { request: 'quick/0', seconds: 10 },
      { request: 'gone/0', seconds: 1000 },
      { request: 'quick/0', seconds: 0 },
    ]);
    if (pace === undefined) throw new Error('nothing measured');
    expect(measuredEstimate(await requestsOf({ slow: {} }), pace)).toEqual({
      seconds: 40,
      basis: 'measured',
    });
    expect(measuredEstimate(await requestsOf({ slow: { steps: 40 } }), pace).seconds).toBe(80);
    expect(measuredEstimate(await requestsOf({ other: {} }), pace).seconds).toBe(30);
    expect(paceOf(then, [])).toBeUndefined();
  });
});
