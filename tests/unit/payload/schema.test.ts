/** The ranges of a payload: the ends are allowed, and what lies beyond them is told. */
import { describe, expect, it } from 'vitest';
import { payloadSchema } from '../../../src/payload/schema.ts';

const accepts = (key: string, value: unknown): boolean =>
  payloadSchema.safeParse({ prompt: 'a', [key]: value }).success;

describe('a key of a payload', () => {
  it.each([
    ['seed', -1, Number.MAX_SAFE_INTEGER],
    ['subseed', -1, Number.MAX_SAFE_INTEGER],
    ['batch_size', 1, 10_000],
    ['n_iter', 1, 10_000],
    ['steps', 1, 10_000],
    ['width', 8, 16_384],
    ['height', 8, 16_384],
    ['firstphase_width', 0, 16_384],
    ['firstphase_height', 0, 16_384],
    ['hr_resize_x', 0, 16_384],
    ['hr_resize_y', 0, 16_384],
    ['hr_second_pass_steps', 0, Number.MAX_SAFE_INTEGER],
    ['clip_skip', 0, Number.MAX_SAFE_INTEGER],
  ])('%s is a whole number from %s to %s', (key, least, most) => {
    expect([least, least + 1, most].map((value) => accepts(key, value))).toEqual([true, true, true]);
    expect([least - 1, least + 0.5, String(least)].map((value) => accepts(key, value))).toEqual([
      false,
      false,
      false,
    ]);
    expect(accepts(key, most + 1)).toBe(false);
  });

  it.each<[string, number, number]>([
    ['subseed_strength', 0, 1],
    ['denoising_strength', 0, 1],
    ['hr_scale', 0.01, 16],
  ])('%s is a number from %s to %s', (key, least, most) => {
    expect([least, (least + most) / 2, most].map((value) => accepts(key, value))).toEqual([true, true, true]);
    expect([least - 0.01, most + 0.01, true].map((value) => accepts(key, value))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('may be left out, all but the prompt', () => {
    expect(payloadSchema.parse({ prompt: '' })).toStrictEqual({
      prompt: '',
      wildcard_type: 'none',
      reverse_scoring: false,
      negative_prompt: '',
      seed: -1,
      batch_size: 1,
      n_iter: 1,
      width: 512,
      height: 512,
      subseed: -1,
      subseed_strength: 0,
      enable_hr: false,
    });
    expect(payloadSchema.safeParse({}).success).toBe(false);
  });

  it('that names something names it', () => {
    expect([accepts('sampler_name', 'Euler'), accepts('scheduler', 'karras')]).toEqual([true, true]);
    expect([accepts('sampler_name', ''), accepts('scheduler', '')]).toEqual([false, false]);
  });
});
