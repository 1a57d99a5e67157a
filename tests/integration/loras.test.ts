/** Strengths of LoRAs as dimensions of a search over real HTTP: by tags in the prompt, without a model B and beside one. */
import { describe, expect, it } from 'vitest';
import { ofKind, resumeOn, searchOn, startFaulty, useSearches } from '../helpers/simulated-search.ts';
import type { SimulatedSetting } from '../helpers/simulated-search.ts';

const { open, search } = useSearches({ iterations: 3 });

const SEARCH = {
  'lora:detail': { low: 0, high: 1, steps: 4 },
  'lora:style': { low: -0.5, high: 0.5, steps: 4 },
};
const LORAS = ['detail', 'style'];
const shelf = { loras: LORAS.map((name) => ({ name })) };
const alone: SimulatedSetting = {
  simulator: { ...shelf, extensions: [] },
  renderer: { backend: 'loras', loras: LORAS, modelB: 'modelA' },
  config: { search: SEARCH, modelB: undefined, iterations: 6 },
};

describe('LoRAs alone', () => {
  it('are searched on any WebUI, with nothing merged, and the prompt is as it was for who scores it', async () => {
    const { records, summary } = await search(alone);
    expect(summary).toMatchObject({ iterations: 6, failed: 0 });
    const [plan] = ofKind(records, 'plan');
    expect(plan?.plan.config).toMatchObject({ modelB: 'modelA', backend: 'loras' });
    expect(plan?.plan.space.dimensions.map(({ name }) => name)).toEqual(['lora:detail', 'lora:style']);
    const scored = ofKind(records, 'scored');
    const asked = ofKind(records, 'asked');
    const pixels = new Map(
      asked.map(({ trial, point }) => [
        point.join(),
        scored
          .find((one) => one.trial === trial)
          ?.images.map((image) => image.pixels)
          .join() ?? '',
      ]),
    );
    expect(new Set(pixels.values()).size).toBe(pixels.size);
    expect(plan?.plan.requests.every(({ prompt }) => !prompt.includes('<lora'))).toBe(true);
  });

  it('find the best pair of a grid', async () => {
    const config = { ...alone.config, iterations: 25 };
    const grid = await search({ ...alone, config: { ...config, optimizer: 'grid-search' } });
    const found = await search({ ...alone, config: { ...config, iterations: 14, optimizer: 'bayesian' } });
    expect(found.summary.best?.score).toBe(grid.summary.best?.score);
  });

  it('may be best at 1, where the comparison with all of them in full already measured them', async () => {
    const config = {
      search: { 'lora:a': { low: 0, high: 1, steps: 4 } },
      modelB: undefined,
      iterations: 3,
      optimizer: 'grid-search',
      baselines: true,
    };
    const { records, summary } = await search({
      simulator: { loras: [{ name: 'a' }], extensions: [] },
      renderer: { backend: 'loras', loras: ['a'], modelB: 'modelA' },
      config,
    });
    const highest = Math.max(...ofKind(records, 'scored').map(({ score }) => score));
    expect(summary.best).toMatchObject({ score: highest, weights: { 'lora:a': 1 } });
  });

  it('give way to fewer where these are as good, and the proof compares both', async () => {
    const searched = {
      'lora:detail': { low: -0.1, high: 0.1, steps: 2 },
      'lora:style': { low: 0.25, high: 0.5, steps: 1 },
    };
    const config = { ...alone.config, search: searched, optimizer: 'grid-search' };
    const { summary, records } = await search({ ...alone, config: { ...config, prove: 2 } });
    const { best, recommended } = summary;
    expect(best?.weights['lora:detail']).not.toBe(0);
    expect(recommended).toMatchObject({
      weights: { 'lora:detail': 0, 'lora:style': 0.25 },
      insteadOf: { trial: best?.trial, without: ['detail'], images: 2 },
    });
    const [proof] = ofKind(records, 'proving');
    expect(proof?.candidates.slice(0, 2).map(({ name, trial }) => [name, trial])).toEqual([
      ['best', recommended?.trial],
      ['runner-up', best?.trial],
    ]);
    const other = await search({ ...alone, config: { ...config, fewerLoras: false } });
    expect(other.summary.recommended).toMatchObject({ trial: best?.trial });
    expect(other.summary.recommended?.insteadOf).toBeUndefined();
  });

  it('go on where they were', async () => {
    const simulator = await startFaulty(alone);
    open.push(simulator);
    const whole = await searchOn([simulator], alone);
    const half = await searchOn([simulator], { ...alone, config: { ...alone.config, iterations: 3 } });
    const rest = await resumeOn([simulator], half.summary.files['journal'] ?? '', {
      ...alone,
      config: { iterations: 6 },
    });
    expect(rest.csv).toBe(whole.csv);
  });

  it('that the WebUI lacks, or the prompt has already, are told before anything is drawn', async () => {
    await expect(
      search({ ...alone, renderer: { ...alone.renderer, loras: ['detail', 'stile'] } }),
    ).rejects.toThrow('The WebUI has no LoRA "stile". Did you mean "style"?');
  });
});

it('LoRAs beside a model B are proved each by itself', async () => {
  const setting = { ...alone, simulator: shelf, renderer: { loras: LORAS } };
  const { records } = await search({ ...setting, config: { search: SEARCH } });
  const [proof] = ofKind(records, 'proof');
  expect(Object.keys(proof?.proof['parameters'] ?? {})).toEqual(['lora:detail', 'lora:style']);
  const [plan] = ofKind(records, 'plan');
  expect(plan?.plan.space.dimensions).toHaveLength(29);
});

describe('strengths by block', () => {
  const PARTS = ['detail@IN*', 'detail@OUT*', 'style@IN*', 'style@OUT*'];
  const halves = { low: 0, high: 1, steps: 1 };
  const blocks: SimulatedSetting = {
    simulator: { ...shelf, extensions: ['lora-block-weight'] },
    renderer: { backend: 'loras', loras: PARTS, modelB: 'modelA' },
    config: {
      search: Object.fromEntries(PARTS.map((name) => [`lora:${name}`, halves])),
      modelB: undefined,
      iterations: 16,
    },
  };

  it('are dimensions, each proved by itself, and every merge of a grid is another image', async () => {
    const setting = { ...blocks, config: { ...blocks.config, optimizer: 'grid-search', baselines: false } };
    const { records, summary } = await search(setting);
    expect(summary).toMatchObject({ iterations: 16, failed: 0 });
    const [proof] = ofKind(records, 'proof');
    expect(Object.keys(proof?.proof['parameters'] ?? {}).toSorted()).toEqual(
      ['detail', 'style', ...PARTS].map((name) => `lora:${name}`).toSorted(),
    );
    const pixels = ofKind(records, 'scored').map(({ images }) => images.map((image) => image.pixels).join());
    expect(new Set(pixels).size).toBe(16);
  });

  it('need an extension, unless only the text encoder differs', async () => {
    const without = { ...blocks, simulator: { ...blocks.simulator, extensions: [] } };
    await expect(search(without)).rejects.toThrow(
      /^lora:detail@IN\* and lora:detail@OUT\*: The WebUI at .* has no extension lora-block-weight; install/,
    );
    const parts = ['detail', 'detail@BASE'];
    const { summary, records } = await search({
      ...without,
      renderer: { ...without.renderer, loras: parts },
      config: {
        ...without.config,
        search: { 'lora:detail': halves, 'lora:detail@BASE': halves },
        iterations: 4,
        optimizer: 'grid-search',
      },
    });
    expect(summary.failed).toBe(0);
    const pixels = ofKind(records, 'scored').map(({ images }) => images.map((image) => image.pixels).join());
    expect(new Set(pixels).size).toBe(4);
  });
});

describe('on ComfyUI', () => {
  const parts = ['detail', 'style', 'style@BASE'];
  const comfy: SimulatedSetting = {
    simulator: { ...shelf, family: 'comfyui' },
    renderer: { backend: 'loras', loras: parts, modelB: 'modelA' },
    config: {
      search: Object.fromEntries(parts.map((name) => [`lora:${name}`, { low: 0, high: 1, steps: 1 }])),
      modelB: undefined,
      iterations: 8,
      optimizer: 'grid-search',
      baselines: false,
    },
  };

  it('nodes load them, with a strength for the network and one for the text encoder', async () => {
    const { summary, records } = await search(comfy);
    expect(summary).toMatchObject({ iterations: 8, failed: 0 });
    const pixels = ofKind(records, 'scored').map(({ images }) => images.map((image) => image.pixels).join());
    expect(new Set(pixels).size).toBe(8);
  });

  it('what nodes cannot do is refused, with the way that can', async () => {
    const byBlock = { ...comfy.renderer, loras: ['detail@IN*'] };
    await expect(search({ ...comfy, renderer: byBlock })).rejects.toThrow(
      /^lora:detail@IN\*: the LoRA nodes of ComfyUI do not take strengths by block; use --backend checkpoint with --models-dir/,
    );
    const unknown = { ...comfy.renderer, loras: ['detial'] };
    await expect(search({ ...comfy, renderer: unknown })).rejects.toThrow('Did you mean "detail"?');
  });
});
