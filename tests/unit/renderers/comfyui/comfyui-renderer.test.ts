import { afterEach, describe, expect, it } from 'vitest';
import { isComfy } from '../../../../src/renderers/comfyui/client.ts';
import { createClient } from '../../../../src/renderers/http/client.ts';
import { isTransient } from '../../../../src/renderers/http/errors.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import { closedUrl, startReplayServer } from '../../../helpers/replay-server.ts';
import { readPngTexts } from '../../../../src/simulator/png.ts';
import { makeRequest } from '../make-request.ts';
import { closeAll, half, outputsOf, render, rendererOf, requests, signal, start } from './comfy-world.ts';
import { objectInfo } from './recordings.ts';
import { problemsOf } from './validate-graph.ts';

afterEach(closeAll);

describe('open', () => {
  it('reports what it found, and changes nothing', async () => {
    const { renderer, world } = await start();
    expect(await renderer.open(signal)).toEqual({
      family: 'comfyui',
      version: '0.3.64',
      mergeWay: 'comfyui',
      modelA: { name: 'modelA', file: 'modelA.safetensors', hash: null },
      modelB: { name: 'modelB', file: 'modelB.safetensors', hash: null },
    });
    expect(renderer.epoch).toBe(1);
    expect(world.server.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('sends the login of a proxy with requests and WebSocket', async () => {
    const { renderer, world } = await start({ auth: 'me:secret' });
    await renderer.open(signal);
    await render(renderer);
    const header = `Basic ${btoa('me:secret')}`;
    expect(world.server.seen.every(({ headers }) => headers.authorization === header)).toBe(true);
    expect(world.sockets.map(({ headers }) => headers.authorization)).toEqual([header]);
  });

  it.each([
    ['modelC', 'webui-model-unknown', 'Did you mean "modelA'],
    ['modelA.safetensors', 'webui-same-model', 'the same file ("modelA.safetensors")'],
  ])('refuses "%s" as model B', async (modelB, code, words) => {
    const { renderer } = await start({ modelB });
    await expect(renderer.open(signal)).rejects.toMatchObject({ code, kind: 'usage' });
    await expect(renderer.open(signal)).rejects.toThrow(words);
  });

  it('tells another program from ComfyUI, and a closed port', async () => {
    const other = await start({}, { 'GET /system_stats': { status: 404, body: '' } });
    await expect(other.renderer.open(signal)).rejects.toMatchObject({
      code: 'webui-not-a-webui',
      kind: 'usage',
    });
    const closed = rendererOf({ url: await closedUrl() });
    await expect(closed.open(signal)).rejects.toThrow(/start ComfyUI/);
  });

  it('asks for the login of a proxy', async () => {
    const { renderer } = await start({}, { 'GET /system_stats': { status: 401, body: '' } });
    await expect(renderer.open(signal)).rejects.toMatchObject({ code: 'webui-auth', kind: 'usage' });
  });

  it('waits for a server that is starting', async () => {
    const { renderer, world } = await start({ waitSeconds: 5 });
    const stats = world.server.routes['GET /system_stats'];
    world.server.routes['GET /system_stats'] = [
      { status: 502, body: '' },
      { status: 503, body: '' },
      stats as object as never,
    ];
    await expect(renderer.open(signal)).resolves.toMatchObject({ version: '0.3.64' });
  });

  it('names a node that is missing, an input that is, and one too many', async () => {
    const { renderer, world } = await start();
    const merge = objectInfo()['ModelMergeSD1'];
    if (merge === undefined) throw new Error('not recorded');
    const expectMissing = async (words: RegExp): Promise<void> => {
      await expect(renderer.open(signal)).rejects.toMatchObject({
        code: 'webui-merge-way-missing',
        kind: 'usage',
      });
      await expect(renderer.open(signal)).rejects.toThrow(words);
    };
    delete world.nodes['ModelMergeSD1'];
    await expectMissing(/has no node ModelMergeSD1/);
    const { 'out.': _, ...without } = merge.input.required;
    world.nodes['ModelMergeSD1'] = { ...merge, input: { required: without } };
    await expectMissing(/without the input "out\."/);
    world.nodes['ModelMergeSD1'] = {
      ...merge,
      input: { required: { ...merge.input.required, extra: ['FLOAT'] } },
    };
    await expectMissing(/needs an input "extra" as well/);
    world.nodes['ModelMergeSD1'] = {
      ...merge,
      input: { required: { ...merge.input.required, 'out.': ['FLOAT', { min: 0.5, max: 1 }] } },
    };
    await expectMissing(/"out\." does not accept 0 to 1/);
  });

  it('narrows the range and does not save where nodes are missing', async () => {
    const { renderer, world } = await start();
    expect(renderer.capabilities).toMatchObject({ range: { low: -1, high: 2 }, savesCheckpoint: true });
    delete world.nodes['ModelMergeAdd'];
    delete world.nodes['CheckpointSave'];
    await renderer.open(signal);
    expect(renderer.capabilities).toMatchObject({ range: { low: 0, high: 1 }, savesCheckpoint: false });
    expect(renderer.capabilities.free).toHaveLength(27);
    await expect(renderer.saveCheckpoint?.(half, 'best', signal)).rejects.toMatchObject({
      code: 'webui-merge-refused',
    });
  });
});

describe('isComfy', () => {
  it('knows a ComfyUI, another program and nothing', async () => {
    const { world } = await start();
    const ask = async (url: string): Promise<boolean> => {
      const client = createClient({ url, retryDelays: [] });
      try {
        return await isComfy(client, signal);
      } finally {
        await client.close();
      }
    };
    expect(await ask(world.server.url)).toBe(true);
    const other = await startReplayServer({ 'GET /system_stats': { raw: '<html>' } });
    expect(await ask(other.url)).toBe(false);
    await other.close();
    const empty = await startReplayServer({});
    expect(await ask(empty.url)).toBe(false);
    await empty.close();
    await expect(ask(await closedUrl())).rejects.toMatchObject({ code: 'webui-refused' });
  });
});

describe('render', () => {
  it('asks for all images in one prompt that the recorded server would take', async () => {
    const { renderer, world } = await start();
    await renderer.open(signal);
    const batch = [...requests, makeRequest({}, { id: 'dogs/0', seeds: [7, 8] })];
    const images = await render(renderer, half, { requests: batch });
    expect(world.posted).toHaveLength(1);
    const [posted] = world.posted;
    expect(problemsOf(posted?.prompt ?? {}, objectInfo())).toEqual([]);
    expect(images.map(({ request, index }) => [request.id, index])).toEqual([
      ['cats/1', 0],
      ['cats/2', 0],
      ['cats/3', 0],
      ['dogs/0', 0],
      ['dogs/0', 1],
    ]);
    expect(readPngTexts(Buffer.from(images[4]?.bytes ?? []))).toEqual({ name: 'p3s1_out_00001_.png' });
    expect(images[4]?.reported).toEqual({
      seed: 8,
      modelName: 'modelA',
      modelHash: null,
      samplerName: 'euler',
      width: 128,
      height: 128,
      infotext: null,
    });
    expect(images.every(({ seconds }) => seconds >= 0)).toBe(true);
  });

  it('connects before it posts, with the client id of the prompt, and lets go afterwards', async () => {
    const { renderer, world } = await start();
    await renderer.open(signal);
    await render(renderer);
    await render(renderer, 'model-a');
    expect(world.sockets.map(({ path }) => path)).toEqual(
      world.posted.map(({ client_id: id }) => `/ws?clientId=${id}`),
    );
    expect(new Set(world.posted.map(({ prompt_id: id }) => id)).size).toBe(2);
    await Promise.all(world.sockets.map(async ({ closed }) => closed));
  });

  it('hands images out in the order in which they come', async () => {
    const { renderer, world } = await start();
    world.behave = (posted) => {
      world.begin(posted);
      for (const output of outputsOf(posted.prompt).toReversed()) world.make(posted, output);
      world.end(posted);
    };
    await renderer.open(signal);
    expect((await render(renderer)).map(({ request }) => request.id)).toEqual(['cats/3', 'cats/2', 'cats/1']);
  });

  it('hands an image out while the server makes the next one', async () => {
    const { renderer, world } = await start();
    let first: (() => void) | undefined;
    const consumed = new Promise<void>((resolve) => {
      first = resolve;
    });
    world.behave = async (posted) => {
      const [one = '', ...others] = outputsOf(posted.prompt);
      world.make(posted, one);
      // Deadlocks unless the first image is handed out before the others exist.
      await consumed;
      for (const output of others) world.make(posted, output);
      world.end(posted);
    };
    await renderer.open(signal);
    let count = 0;
    for await (const _ of renderer.render({ weights: half, requests }, signal)) {
      count++;
      first?.();
    }
    expect(count).toBe(3);
  });

  it('tells the steps of the request that is sampled, and ignores the prompts of others', async () => {
    const { renderer, world } = await start();
    world.behave = (posted) => {
      const other = { ...posted, prompt_id: 'somebody-else' };
      world.tell(other, 'progress', { value: 9, max: 9, node: 'p0s0_sample' });
      world.tell(other, 'executed', { node: 'p0s0_out', output: { images: [] } });
      world.tell(other, 'executing', { node: null });
      for (const output of outputsOf(posted.prompt)) world.make(posted, output);
      world.end(posted);
    };
    await renderer.open(signal);
    const seen: unknown[] = [];
    await render(renderer, half, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toHaveLength(9);
    expect(seen.slice(0, 4)).toEqual([
      { requestId: 'cats/1', step: 1, steps: 3 },
      { requestId: 'cats/1', step: 2, steps: 3 },
      { requestId: 'cats/1', step: 3, steps: 3 },
      { requestId: 'cats/2', step: 1, steps: 3 },
    ]);
  });

  it('survives previews, rubbish and messages that it does not know', async () => {
    const { renderer, world } = await start();
    world.behave = (posted) => {
      for (const socket of world.sockets) {
        socket.send(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 255, 216));
        socket.send(new Uint8Array(70_000));
        socket.sendText('no JSON');
        socket.sendText('null');
      }
      world.tell(posted, 'executed', { node: 7 });
      world.tell(posted, 'progress', { value: 'x' });
      world.tell(posted, 'something_new', { node: null });
      for (const output of outputsOf(posted.prompt)) world.make(posted, output);
      world.end(posted);
    };
    await renderer.open(signal);
    expect(await render(renderer)).toHaveLength(3);
  });

  it('renders plain model A without a merge node, and wide weights through four more', async () => {
    const { renderer, world } = await start();
    await renderer.open(signal);
    await render(renderer, 'model-a');
    await render(renderer, uniformWeights(1.5, 'sd1'));
    const classes = world.posted.map(({ prompt }) =>
      Object.values(prompt).map(({ class_type: name }) => name),
    );
    expect(classes[0]?.some((name) => name.startsWith('ModelMerge'))).toBe(false);
    expect(classes[1]?.filter((name) => name.startsWith('ModelMerge'))).toHaveLength(5);
    for (const { prompt } of world.posted) expect(problemsOf(prompt, objectInfo())).toEqual([]);
  });

  it('refuses NaN before anything is sent', async () => {
    const { renderer, world } = await start();
    await renderer.open(signal);
    await expect(render(renderer, { ...half, M00: Number.NaN })).rejects.toThrow(RangeError);
    expect(world.posted).toEqual([]);
  });

  it('makes nothing of no requests', async () => {
    const { renderer, world } = await start();
    expect(await render(renderer, half, { requests: [] })).toEqual([]);
    expect(world.posted).toEqual([]);
  });
});

describe('rearm, saveCheckpoint and close', () => {
  it('frees the server and finds it anew', async () => {
    const { renderer, world } = await start();
    await renderer.open(signal);
    await renderer.rearm(signal);
    expect(renderer.epoch).toBe(2);
    expect(world.server.bodies('POST /free')).toEqual([{ unload_models: true, free_memory: true }]);
  });

  it('saves under the counted name that appears in the list', async () => {
    const { renderer, world } = await start();
    world.behave = (posted) => {
      world.checkpoints.push('autombw-best_00001_.safetensors');
      world.end(posted);
    };
    await renderer.open(signal);
    expect(await renderer.saveCheckpoint?.(half, 'autombw-best', signal)).toBe(
      'output/checkpoints/autombw-best_00001_.safetensors',
    );
    expect(problemsOf(world.posted[0]?.prompt ?? {}, objectInfo())).toEqual([]);
    expect(world.posted[0]?.prompt['save']?.inputs['filename_prefix']).toBe('checkpoints/autombw-best');
    await expect(renderer.saveCheckpoint?.(half, 'Autombw-best', signal)).rejects.toMatchObject({
      code: 'checkpoint-exists',
      kind: 'usage',
    });
  });

  it('does not believe in a checkpoint that no list shows', async () => {
    const { renderer, world } = await start();
    world.behave = (posted) => world.end(posted);
    await renderer.open(signal);
    const failure = renderer.saveCheckpoint?.(half, 'best', signal);
    await expect(failure).rejects.toMatchObject({ code: 'webui-merge-refused' });
  });

  it('closes before it was opened, and twice', async () => {
    const { renderer } = await start();
    expect(await renderer.close()).toEqual([]);
    expect(await renderer.close()).toEqual([]);
  });

  it('counts a failure that leaves doubt as a reason to find the server anew', async () => {
    const { renderer, world } = await start();
    await renderer.open(signal);
    const fine = world.behave;
    world.behave = (posted) =>
      world.end(posted, [
        ['execution_error', { node_type: 'KSampler', exception_type: 'torch.OutOfMemoryError' }],
      ]);
    const failure = await render(renderer).catch((error: unknown) => error);
    expect(isTransient(failure)).toBe(true);
    world.behave = fine;
    await render(renderer);
    expect(renderer.epoch).toBe(2);
  });
});
