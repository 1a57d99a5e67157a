import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../../../src/renderers/http/client.ts';
import type { MergeSession } from '../../../../../src/renderers/a1111/backends/backend.ts';
import { backendsFor } from '../../../../../src/renderers/a1111/backends/index.ts';
import { runtimeBlockMerge } from '../../../../../src/renderers/a1111/backends/runtime-block-merge.ts';
import { modelsSchema } from '../../../../../src/renderers/a1111/schemas.ts';
import { uniformWeights } from '../../../../../src/space/blocks.ts';
import { SEARCH_ORDER, weightsFromList } from '../../../../../src/architectures/sd-lists.ts';
import { recorded, replaying, startReplayServer } from '../../../../helpers/replay-server.ts';
import type { Answer, ReplayServer, Routes } from '../../../../helpers/replay-server.ts';
import { LOAD, SAVE, UNLOAD, panelConfig } from './panel-config.ts';

const PREDICT = 'POST /run/predict';
const open: { close(): Promise<void> }[] = [];
const { signal } = new AbortController();

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function find(
  routes: Routes,
): Promise<{ server: ReplayServer; found: Awaited<ReturnType<typeof runtimeBlockMerge.find>> }> {
  const server = await startReplayServer({
    ...replaying('get_progress_idle', 'get_script_info', 'get_sd_models'),
    'GET /config': { status: 200, body: panelConfig() },
    'POST /sdapi/v1/refresh-checkpoints': { status: 200, body: null },
    ...routes,
  });
  const client = createClient({ url: server.url, retryDelays: [] });
  open.push(server, client);
  const [modelA, modelB] = modelsSchema.parse(recorded('get_sd_models').body);
  if (modelA === undefined || modelB === undefined) throw new Error('the recorded list is short');
  const context = { client, modelA, modelB, architecture: 'sd1', options: {} } as const;
  return { server, found: await runtimeBlockMerge.find(context, signal) };
}

async function session(answer: Answer): Promise<{ server: ReplayServer; session: MergeSession }> {
  const { server, found } = await find({ [PREDICT]: answer });
  if ('missing' in found) throw new Error(found.missing);
  return { server, session: found };
}

describe('find', () => {
  it('changes nothing', async () => {
    const { server } = await session(recorded('rbm_77_unload'));
    expect(server.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('says when the extension is missing', async () => {
    const others = (recorded('get_script_info').body as { name: string }[]).filter(
      ({ name }) => name !== 'runtime block merging for unet',
    );
    const { found } = await find({ 'GET /sdapi/v1/script-info': { status: 200, body: others } });
    expect(found).toEqual({ missing: expect.stringContaining('has no extension runtime-block-merge') });
  });

  it('names the argument that stands elsewhere', async () => {
    const scripts = recorded('get_script_info').body as { name: string; args: { label: string }[] }[];
    for (const { name, args } of scripts) {
      if (name === 'runtime block merging for unet') args.splice(13, 0, ...args.splice(26, 1));
    }
    const { found } = await find({ 'GET /sdapi/v1/script-info': { status: 200, body: scripts } });
    expect(found).toEqual({
      missing: expect.stringContaining('number 14 is "TIME_EMBED" and should be "OUT"'),
    });
  });

  it('lets a missing gradio login through as what it is', async () => {
    const failure = find({ 'GET /config': recorded('gauth_none_config') });
    await expect(failure).rejects.toMatchObject({ code: 'webui-auth' });
    await expect(failure).rejects.toThrow(/--gradio-auth/);
  });
});

describe('arm', () => {
  it('sends the recorded load event, and only once the server is idle', async () => {
    const { server, session: way } = await session(recorded('rbm_10_load_B_no_session'));
    server.routes['GET /sdapi/v1/progress'] = [
      recorded('q_progress_running'),
      () => {
        expect(server.bodies(PREDICT)).toEqual([]);
        return recorded('get_progress_idle');
      },
    ];
    await way.arm(signal);
    expect(server.bodies(PREDICT)).toEqual([recorded('rbm_10_load_B_no_session').request.body]);
    expect(server.bodies('GET /sdapi/v1/progress')).toHaveLength(2);
  });

  it.each([
    // As it answers too when a model of another family was selected over a merge.
    ['rbm_60_load_B_same_as_A', 'webui-unet-replaced'],
    ['rbm_61_load_B_unknown', 'webui-merge-refused'],
  ])('%s is %s', async (name, code) => {
    const { session: way } = await session(recorded(name));
    await expect(way.arm(signal)).rejects.toMatchObject({ code });
    await expect(way.arm(signal)).rejects.toThrow(/tiny[AB].safetensors/);
  });

  it('passes other failures on', async () => {
    const { session: way } = await session('drop');
    await expect(way.arm(signal)).rejects.toMatchObject({ code: 'webui-lost' });
  });
});

describe('disarm', () => {
  it('sends the recorded unload event', async () => {
    const { server, session: way } = await session(recorded('rbm_77_unload'));
    await way.disarm(signal);
    expect(server.bodies(PREDICT)).toEqual([recorded('rbm_77_unload').request.body]);
    expect(recorded('rbm_77_unload').request.body).toEqual({ fn_index: UNLOAD, data: [] });
  });

  it('does no harm when nothing is loaded', async () => {
    const { session: way } = await session(recorded('rbm_79_unload_twice'));
    await expect(way.disarm(signal)).resolves.toBeUndefined();
  });

  it('does not take a still loaded model for success', async () => {
    const { session: way } = await session(recorded('rbm_10_load_B_no_session'));
    await expect(way.disarm(signal)).rejects.toMatchObject({ code: 'webui-merge-refused' });
  });
});

describe('decorate', () => {
  it('adds the recorded arguments and leaves its input as it is', async () => {
    const { session: way } = await session(recorded('rbm_77_unload'));
    const { body } = recorded('rbm_12_w1').request;
    const plain = Object.freeze({ ...(body as Record<string, unknown>), alwayson_scripts: {} });
    expect(way.decorate(plain, uniformWeights(1, 'sd1'))).toEqual(body);
  });

  it('keeps other scripts', async () => {
    const { session: way } = await session(recorded('rbm_77_unload'));
    const scripts = { 'lora block weight': { args: [] } };
    expect(way.decorate({ alwayson_scripts: scripts }, uniformWeights(0, 'sd1'))).toMatchObject({
      alwayson_scripts: scripts,
    });
  });

  it('puts every weight in its place, and 0 where SDXL has no block', async () => {
    const { session: way } = await session(recorded('rbm_77_unload'));
    const numbered = weightsFromList(
      SEARCH_ORDER.map((_, i) => i / 100),
      'search',
    );
    const args = (body: unknown): unknown =>
      (body as { alwayson_scripts: Record<string, { args: unknown }> }).alwayson_scripts[
        'runtime block merging for unet'
      ]?.args;
    expect(args(way.decorate({}, numbered))).toEqual([
      ...SEARCH_ORDER.map((_, i) => i / 100),
      'tinyB.safetensors',
      true,
    ]);
    const sdxl = args(way.decorate({}, uniformWeights(1, 'sdxl'))) as number[];
    expect(sdxl).toHaveLength(29);
    expect(sdxl.slice(0, 27).filter((weight) => weight === 0)).toHaveLength(6);
  });

  it('refuses a weight that is no number, which the server would ignore in silence', async () => {
    const { session: way } = await session(recorded('rbm_77_unload'));
    expect(() => way.decorate({}, { IN00: Number.NaN })).toThrow(/IN00 is NaN/);
  });
});

describe('saveCheckpoint', () => {
  const quarter = uniformWeights(0.25, 'sd1');

  it('sends the recorded event and tells where the file lies', async () => {
    const { server, session: way } = await session(recorded('rbm_72_save_checkpoint'));
    await expect(way.saveCheckpoint?.(quarter, 'merged25', signal)).resolves.toBe(
      '/webui/models/Stable-diffusion/merged25.safetensors',
    );
    expect(server.bodies(PREDICT)).toEqual([recorded('rbm_72_save_checkpoint').request.body]);
  });

  it('gives the weights in both orders', async () => {
    const { server, session: way } = await session({
      status: 200,
      body: { data: [{ value: 'm', __type__: 'update' }] },
    });
    await way.saveCheckpoint?.({ ...quarter, OUT: 1, TIME_EMBED: 2 }, 'm', signal);
    const { fn_index: index, data } = server.bodies(PREDICT)[0] as { fn_index: number; data: unknown[] };
    expect(index).toBe(SAVE);
    expect([data[5 + 13], data[5 + 26]]).toEqual([1, 2]);
    expect([data[32 + 25], data[32 + 26]]).toEqual([1, 2]);
    expect(data).toHaveLength(59);
  });

  it.each(['tinyA', 'TINYB'])('does not overwrite %s', async (name) => {
    const { server, session: way } = await session(recorded('rbm_72_save_checkpoint'));
    await expect(way.saveCheckpoint?.(quarter, name, signal)).rejects.toMatchObject({
      code: 'checkpoint-exists',
    });
    expect(server.bodies(PREDICT)).toEqual([]);
  });

  it('does not believe an answer without the name', async () => {
    const { session: way } = await session({ status: 200, body: { data: [null] } });
    await expect(way.saveCheckpoint?.(quarter, 'm', signal)).rejects.toMatchObject({
      code: 'webui-merge-refused',
    });
  });

  it('passes the failure on', async () => {
    const { session: way } = await session(recorded('rbm_73_save_checkpoint_bad_name'));
    await expect(way.saveCheckpoint?.(quarter, 'no/such/dir/x', signal)).rejects.toMatchObject({
      code: 'webui-server-error',
    });
  });
});

describe('what it can express', () => {
  it('all blocks, freely', () => {
    expect(runtimeBlockMerge.capabilities('sd1', {})).toEqual({
      free: [...SEARCH_ORDER],
      tied: {},
      fixed: {},
      mergesTextEncoder: false,
      range: { low: -1, high: 2 },
      sendsForeignBlocks: true,
      savesCheckpoint: true,
    });
    expect(runtimeBlockMerge.capabilities('sdxl', {}).free).toHaveLength(21);
  });

  it('is found by name and by auto', () => {
    expect(backendsFor('runtime-block-merge')).toEqual([runtimeBlockMerge]);
    expect(backendsFor('auto')[0]).toBe(runtimeBlockMerge);
    expect(() => backendsFor('runtime-block-merg')).toThrow(
      expect.objectContaining({ code: 'unknown-merge-way', kind: 'usage' }),
    );
    expect(() => backendsFor('runtime-block-merg')).toThrow(/Did you mean "runtime-block-merge"/);
  });

  it('numbers the events as recorded', () => {
    const { body } = recorded('rbm_10_load_B_no_session').request;
    expect(body).toMatchObject({ fn_index: LOAD });
  });
});
