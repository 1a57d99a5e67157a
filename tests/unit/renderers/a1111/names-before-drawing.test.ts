/** Samplers, schedulers and sizes as payloads have them, looked at before anything is drawn. */
import { describe, expect, it } from 'vitest';
import { checkNames } from '../../../../src/renderers/a1111/images/sampler-names.ts';
import { sizeWarnings } from '../../../../src/renderers/a1111/images/size-warnings.ts';
import LISTS from '../../../../src/simulator/a1111/data/lists.json' with { type: 'json' };
import { requestOf } from '../../../helpers/small-image.ts';

const asking = (body: Readonly<Record<string, unknown>>) => ({
  ...requestOf('cats/0', [1]),
  payload: 'cats',
  body,
});
const check = (body: Readonly<Record<string, unknown>>, lists = LISTS): void =>
  checkNames([asking(body)], lists);

describe('names that the WebUI does not know', () => {
  it.each([
    {},
    { sampler_name: '' },
    { sampler_name: 'euler A' },
    { sampler_name: 'k_dpmpp_2m' },
    { sampler_name: 'DPM++ 2M Karras' },
    { sampler_name: 'DPM++ 2M', scheduler: 'karras' },
    { sampler_name: 'DPM++ 2M', scheduler: 'Automatic' },
  ])('%j is known', (body) => {
    expect(() => check(body)).not.toThrow();
  });

  it.each([
    [
      { sampler_name: 'Eulr a' },
      /^Payload cats: the WebUI has no sampler "Eulr a" .* Did you mean "Euler a"\? It has DPM\+\+ 2M, /,
    ],
    [{ sampler_name: 'DPM++ 2M Karas' }, /no sampler "DPM\+\+ 2M Karas"/],
    [{ sampler_name: 'Euler', scheduler: 'Karas' }, /no scheduler "Karas" .* Did you mean "Karras"\?/],
  ])('%j is not', (body, sentence) => {
    expect(() => check(body)).toThrow(sentence);
  });

  it('lets everything through where the server gives no lists', () => {
    expect(() =>
      check({ sampler_name: 'x', scheduler: 'y' }, { ...LISTS, samplers: [], schedulers: [] }),
    ).not.toThrow();
  });
});

describe('sizes', () => {
  it('that are no multiples of 8 are said, once a payload', () => {
    const odd = asking({ width: 517, height: 512 });
    expect(sizeWarnings([odd, odd, asking({ width: 520 })])).toEqual([
      'Payload cats: width 517 is not a multiple of 8; the WebUI draws 512.',
    ]);
  });
});
