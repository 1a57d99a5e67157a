/** Searches without a model B: which way they take, and what that can search. */
import { expect, it } from 'vitest';
import { parseSearchConfig } from '../../../src/config/load.ts';
import { adjustsAlone, methodsNeeded } from '../../../src/config/search-rules.ts';
import { knownCapabilities } from '../../../src/renderers/index.ts';

const parse = (given: Readonly<Record<string, unknown>>): ReturnType<typeof parseSearchConfig> =>
  parseSearchConfig({ payload: ['a.json'], modelA: 'A', output: 'O', ...given });
const bounds = { low: 0, high: 1 };

it.each([
  [{ search: { 'lora:ink': bounds } }, 'loras', undefined],
  [{ search: { 'adjust:red': bounds } }, 'checkpoint', ['adjust:red']],
  [{ search: { contrast: bounds, 'lora:ink': bounds } }, 'checkpoint', ['adjust:contrast']],
  [{ search: { contrast: 2 }, backend: 'checkpoint' }, 'checkpoint', ['adjust:contrast']],
  [{ search: { 'lora:ink@IN*': bounds } }, 'loras', undefined],
  [{ search: { 'lora:ink': bounds }, backend: 'checkpoint' }, 'checkpoint', []],
])('%j goes by %s', (given, backend, adjusts) => {
  const config = parse(given);
  expect(config).toMatchObject({ modelA: 'A', modelB: 'A', backend });
  expect(adjustsAlone(config)).toEqual(adjusts);
});

it('what is adjusted beside a merge goes by merged files, with a model B of its own', () => {
  const config = parse({ modelB: 'B', search: { 'adjust:red': bounds } });
  expect(config).toMatchObject({ modelB: 'B', backend: 'checkpoint' });
  expect(adjustsAlone(config)).toBeUndefined();
});

it.each([{ search: { 'adjust:red': bounds }, backend: 'model-mixer' }, { search: { 'ties:k': bounds } }, {}])(
  '%j needs a model B',
  (given) => {
    expect(() => parse(given)).toThrow('--model-b is missing.');
  },
);

it('what can be searched without a model B is named where something else is', () => {
  expect(() => parse({ search: { lora: bounds } })).toThrow(
    /^--model-b is missing\.\nWithout a model B, a search needs a LoRA \(--search lora:NAME=0:1\)/,
  );
});

it.each([
  [{ search: { order: ['AB', 'BA'] } }, ['weighted-sum']],
  [{ search: { 'ties:k@OUT*': bounds } }, ['weighted-sum']],
  [{ search: { order: ['AB', 'BA'] }, method: 'ties' }, ['ties']],
  [{ search: { 'lora:ink': bounds } }, []],
])('%j needs a way of merging that knows %j', (given, methods) => {
  expect(methodsNeeded(parse({ modelB: 'B', ...given }))).toEqual(methods);
});

it('merged files of model A alone move nothing but what is searched', () => {
  const {
    free,
    fixed,
    parameters = [],
  } = knownCapabilities({
    backend: 'checkpoint',
    architecture: 'sd1',
    adjusts: ['adjust:red'],
    loras: ['ink'],
  }) ?? {};
  expect(free).toEqual([]);
  expect(fixed?.['IN00']).toBe(0);
  expect(parameters.filter(({ full }) => full === 1).map(({ name }) => name)).toEqual([
    'adjust:red',
    'lora:ink',
  ]);
});

it('LoRAs can be searched beside every way that is named', () => {
  for (const backend of ['checkpoint', 'runtime-block-merge', 'model-mixer']) {
    const { parameters = [] } = knownCapabilities({ backend, architecture: 'sd1', loras: ['ink'] }) ?? {};
    expect(parameters.map(({ name }) => name)).toContain('lora:ink');
  }
});
