import { afterEach, describe, expect, it } from 'vitest';
import { bayesianMerger } from '../../../../../src/renderers/a1111/backends/bayesian-merger.ts';
import type { MergeSession } from '../../../../../src/renderers/a1111/backends/backend.ts';
import { uniformWeights } from '../../../../../src/space/blocks.ts';
import { SEARCH_ORDER } from '../../../../../src/architectures/sd-lists.ts';
import { recorded, replaying } from '../../../../helpers/replay-server.ts';
import type { ReplayServer } from '../../../../helpers/replay-server.ts';
import { closeAll, findWay, numbered, sessionIn, signal } from './way-session.ts';

const MERGE = 'POST /bbwm/merge-models';
const SELECT = 'POST /sdapi/v1/options';

afterEach(closeAll);

async function session(): Promise<{ server: ReplayServer; way: MergeSession }> {
  return sessionIn(
    await findWay(bayesianMerger, replaying('get_openapi', 'get_progress_idle', 'bbwm_01_memory_w0')),
  );
}

describe('find', () => {
  it('changes nothing', async () => {
    const { server } = await session();
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /openapi.json']);
  });

  it('says when the extension is missing', async () => {
    const { paths, ...rest } = recorded('get_openapi').body as { paths: Record<string, unknown> };
    const { '/bbwm/merge-models': _, ...others } = paths;
    const { found } = await findWay(bayesianMerger, {
      'GET /openapi.json': { status: 200, body: { ...rest, paths: others } },
    });
    expect(found).toEqual({ missing: expect.stringContaining('has no extension bayesian-merger') });
  });

  it('takes a server that does not list its paths for one without the extension', async () => {
    const { found } = await findWay(bayesianMerger, {});
    expect(found).toEqual({ missing: expect.stringContaining('has no extension bayesian-merger') });
  });

  it('refuses SDXL, which nobody has seen it merge', async () => {
    const { server, found } = await findWay(bayesianMerger, {}, { architecture: 'sdxl' });
    expect(found).toEqual({ missing: expect.stringMatching(/SD1 models.*runtime-block-merge/) });
    expect(server.seen).toEqual([]);
  });
});

describe('prepare', () => {
  it.each([
    ['bbwm_01_memory_w0', 0],
    ['bbwm_07_memory_unet1_base0', 1],
  ])('sends the recorded request %s', async (name, weight) => {
    const { server, way } = await session();
    await way.prepare(uniformWeights(weight, 'sd1'), signal);
    // With 16 bits a model in float32 is no longer itself at weight 0.
    expect(server.bodies(MERGE)).toEqual([{ ...(recorded(name).request.body as object), precision: 32 }]);
  });

  it('puts every weight in its place and keeps the text encoder', async () => {
    const { server, way } = await session();
    await way.prepare(numbered, signal);
    expect(server.bodies(MERGE)).toEqual([
      expect.objectContaining({
        base_alpha: 0,
        alpha: Array.from({ length: 25 }, (_, i) => (i + 1) / 100),
      }),
    ]);
  });

  it('waits until the server is idle, for the call would not wait in its queue', async () => {
    const { server, way } = await session();
    server.routes['GET /sdapi/v1/progress'] = [
      recorded('q_progress_running'),
      () => {
        expect(server.bodies(MERGE)).toEqual([]);
        return recorded('get_progress_idle');
      },
    ];
    await way.prepare(numbered, signal);
    expect(server.bodies(MERGE)).toHaveLength(1);
    expect(server.bodies('GET /sdapi/v1/progress')).toHaveLength(2);
  });

  it('merges once for the same weights, and anew after others or after arming', async () => {
    const { server, way } = await session();
    const calls: number[] = [];
    const prepare = async (weight: number): Promise<void> => {
      await way.prepare(uniformWeights(weight, 'sd1'), signal);
      calls.push(server.bodies(MERGE).length);
    };
    await prepare(0.5);
    await prepare(0.5);
    await prepare(1);
    await prepare(0.5);
    await way.arm(signal);
    await prepare(0.5);
    expect(calls).toEqual([1, 1, 2, 3, 4]);
  });

  it.each([
    ['bbwm_51_unknown_model_a', 'webui-rejected'],
    ['bbwm_52_unknown_model_b', 'webui-server-error'],
  ])('%s: passes the failure on and trusts nothing afterwards', async (name, code) => {
    const { server, way } = await session();
    await way.prepare(numbered, signal);
    server.routes[MERGE] = recorded(name);
    await expect(way.prepare(uniformWeights(1, 'sd1'), signal)).rejects.toMatchObject({ code });
    server.routes[MERGE] = recorded('bbwm_01_memory_w0');
    await way.prepare(numbered, signal);
    expect(server.bodies(MERGE)).toHaveLength(3);
  });

  it('is not repeated when the connection breaks, for the first one may still be going on', async () => {
    const { server, way } = await session();
    server.routes[MERGE] = 'drop';
    await expect(way.prepare(numbered, signal)).rejects.toMatchObject({ code: 'webui-lost' });
    expect(server.bodies(MERGE)).toHaveLength(1);
  });

  it('refuses a weight that is no number', async () => {
    const { server, way } = await session();
    await expect(way.prepare({ IN00: Number.NaN }, signal)).rejects.toThrow(/IN00 is NaN/);
    expect(server.bodies(MERGE)).toEqual([]);
  });
});

describe('disarm', () => {
  it('loads model B and then model A, each read back, once the server is idle', async () => {
    const { server, way } = await session();
    let selected = 'tinyA.safetensors [30d56a6809]';
    Object.assign(server.routes, replaying('get_sd_models'), {
      'GET /sdapi/v1/options': () => ({ status: 200, body: { sd_model_checkpoint: selected } }),
      [SELECT]: ({ body }: { body: unknown }) => {
        selected = (body as { sd_model_checkpoint: string }).sd_model_checkpoint;
        return { status: 200, body: null };
      },
      'GET /sdapi/v1/progress': [recorded('q_progress_running'), recorded('get_progress_idle')],
    });
    await way.prepare(numbered, signal);
    await way.disarm(signal);
    expect(server.bodies(SELECT)).toEqual([
      { sd_model_checkpoint: 'tinyB.safetensors' },
      { sd_model_checkpoint: 'tinyA.safetensors [30d56a6809]' },
    ]);
    await way.prepare(numbered, signal);
    expect(server.bodies(MERGE)).toHaveLength(2);
  });

  it('does not take a checkpoint that was not loaded for success', async () => {
    const { server, way } = await session();
    Object.assign(server.routes, replaying('get_sd_models', 'get_options'), {
      [SELECT]: { status: 200, body: null },
    });
    await expect(way.disarm(signal)).rejects.toMatchObject({ code: 'webui-model-not-loaded' });
    expect(server.bodies(SELECT)).toHaveLength(1);
  });
});

it('leaves the request alone: the image of the merge was asked for without a word', async () => {
  const { way } = await session();
  const { body } = recorded('bbwm_08_picture').request;
  expect(way.decorate(body as Record<string, unknown>, numbered)).toEqual(body);
  expect('expectedModel' in way).toBe(false);
});

it('says what it does to runtime-block-merge', async () => {
  const { way } = await session();
  expect(way.warnings?.([])).toEqual([expect.stringMatching(/runtime-block-merge has no effect/)]);
  expect(bayesianMerger.summary).toMatch(/runtime-block-merge needs a WebUI restart/);
});

it('ties what follows the first and the last number', () => {
  const { free, tied, range } = bayesianMerger.capabilities('sd1', {});
  expect(tied).toEqual({ TIME_EMBED: 'IN00', OUT: 'OUT11' });
  expect([...free, ...Object.keys(tied)].toSorted()).toEqual(SEARCH_ORDER.toSorted());
  expect(range).toEqual({ low: 0, high: 1 });
});
