/** Servers without pages: no `/app_id`, no `/internal`, no events of panels. */
import { afterEach, describe, expect, it } from 'vitest';
import { createRenderer, examineServer } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { ITERATIONS, ofKind, searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { requestOf } from '../helpers/small-image.ts';

const { signal } = new AbortController();
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const ALL = ['runtime-block-merge', 'model-mixer', 'bayesian-merger', 'lora-block-weight'];

async function start(over: SimulatorOptions = {}): Promise<{ simulator: Simulator; modelsDir: string }> {
  const modelsDir = temporaryFolder();
  const simulator = await startFaulty({ simulator: { pages: false, modelsDir, ...over } });
  open.push(simulator);
  return { simulator, modelsDir };
}

function rendererOn({ url }: Simulator, over: Partial<RendererOptions>): Renderer {
  const models = { modelA: 'modelA', modelB: 'modelB', architecture: 'sd1' } as const;
  const renderer = createRenderer({ url, ...models, retryDelays: [], pollSeconds: 0.02, ...over });
  open.unshift(renderer);
  return renderer;
}

describe.each(['a1111', 'forge'] as const)('%s with --nowebui', (family) => {
  it('is searched over merged files, from proof to end', async () => {
    const { simulator, modelsDir } = await start({ family });
    const { summary, records, notices } = await searchOn([simulator], {
      renderer: { modelsDir, backend: 'checkpoint' },
    });
    expect(notices).toEqual([]);
    expect(summary).toMatchObject({ failed: 0, reason: { code: 'iterations' } });
    expect(ofKind(records, 'scored')).toHaveLength(ITERATIONS);
    expect(simulator.stats().requests['GET /config']).toBeUndefined();
  });

  it('survives a restart, which its replies tell', async () => {
    const { simulator, modelsDir } = await start({ family });
    const untouched = await start({ family });
    const setting = (dir: string): object => ({ renderer: { modelsDir: dir, backend: 'checkpoint' } });
    const expected = await searchOn([untouched.simulator], setting(untouched.modelsDir));
    let trials = 0;
    const restarting = { name: 'restarting', onTrial: () => void (++trials === 2 && simulator.restart()) };
    const { csv, summary } = await searchOn([simulator], { ...setting(modelsDir), observers: [restarting] });
    expect(summary.failed).toBe(0);
    expect(csv).toBe(expected.csv);
  });
});

describe('AUTOMATIC1111 with --nowebui', () => {
  it.each([
    ['model-mixer', {}],
    ['lora-block-weight', { modelB: 'style' }],
  ])('is searched by %s', async (backend, over) => {
    const { simulator } = await start({ extensions: ALL, loras: [{ name: 'style' }] });
    const { summary } = await searchOn([simulator], {
      renderer: { backend, ...over },
      config: { ...over, backend },
    });
    expect(summary).toMatchObject({ failed: 0, reason: { code: 'iterations' } });
  });

  it.each(['runtime-block-merge', 'bayesian-merger'])(
    '%s says to start it without --nowebui, to searches and to examinations alike',
    async (backend) => {
      const { simulator, modelsDir } = await start({ extensions: ALL });
      const error: unknown = await rendererOn(simulator, { backend })
        .open(signal)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'webui-merge-way-missing', kind: 'usage' });
      const { mergeWays, obstacles } = await examineServer(
        { url: simulator.url, modelsDir, tries: true },
        signal,
      );
      const missing = mergeWays.find(({ name }) => name === backend)?.missing ?? '';
      expect(missing).toMatch(/start it without --nowebui/);
      expect(String(error)).toContain(missing);
      expect(obstacles).toEqual([]);
      expect(mergeWays.find(({ name }) => name === 'checkpoint')?.missing).toBeUndefined();
    },
  );

  it('stops its work when an image is given up, although nobody lists what waits', async () => {
    const { simulator, modelsDir } = await start({ latencyMs: 60_000 });
    const renderer = rendererOn(simulator, { backend: 'checkpoint', modelsDir });
    await renderer.open(signal);
    const stop = new AbortController();
    const images = renderer.render(
      {
        weights: 'model-a',
        requests: [requestOf('long/0', [1])],
        onProgress: ({ step }) => void (step !== null && stop.abort()),
      },
      stop.signal,
    );
    await expect(images[Symbol.asyncIterator]().next()).rejects.toThrow();
    const { requests } = simulator.stats();
    expect(requests['POST /sdapi/v1/interrupt']).toBe(1);
  });
});
