import { afterEach, describe, expect, it } from 'vitest';
import type { RenderProgress } from '../../../../src/renderers/renderer.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import { recorded } from '../../../helpers/replay-server.ts';
import type { Answer, SeenRequest } from '../../../helpers/replay-server.ts';
import { LOAD, UNLOAD } from './backends/panel-config.ts';
import {
  INTERRUPT,
  PROGRESS,
  TXT2IMG,
  closeAll,
  events,
  half,
  imageOf,
  render,
  requests,
  scripted,
  signal,
  start,
} from './recorded-world.ts';

afterEach(closeAll);

/** As asked in every word, and the image's text has lost a character. */
function spoiltImage(request: SeenRequest): Answer {
  const { status, body } = imageOf(request) as { status: number; body: { images: string[] } };
  return { status, body: { ...body, images: [`${body.images[0]?.slice(0, -3)}*!`] } };
}

describe('render', () => {
  it('gives the images in order, from bodies with the merge in them', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    const images = await render(renderer, half);
    expect(images.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      'image 1',
      'image 2',
      'image 3',
    ]);
    expect(images.map(({ request }) => request.id)).toEqual(['cats/1', 'cats/2', 'cats/3']);
    expect(server.bodies(TXT2IMG)[0]).toMatchObject({
      seed: 1,
      save_images: false,
      alwayson_scripts: {
        'runtime block merging for unet': {
          args: [...Array.from({ length: 27 }, () => 0.5), 'tinyB.safetensors', true],
        },
      },
    });
  });

  it('has the next request on the wire while the consumer holds an image', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    const onWire: number[] = [];
    for await (const { index, request } of renderer.render({ weights: half, requests }, signal)) {
      const next = Math.min(requests.findIndex(({ id }) => id === request.id) + 2 + index, requests.length);
      await expect.poll(() => server.bodies(TXT2IMG).length).toBe(next);
      onWire.push(next);
    }
    expect(onWire).toEqual([2, 3, 3]);
  });

  it('loads B once, clean of what others left, and unloads it for plain model A', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    await render(renderer, 'model-a');
    await render(renderer, half);
    await render(renderer, uniformWeights(1, 'sd1'));
    await render(renderer, 'model-a');
    await render(renderer, 'model-a');
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD]);
    const three = (script: boolean): boolean[] => [script, script, script];
    expect(scripted(server)).toEqual([false, true, true, false, false].flatMap(three));
  });

  it('tells the progress of a generation that takes its time', async () => {
    let finish: () => void = () => {};
    const told = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { server, renderer } = await start({}, { [PROGRESS]: [recorded('get_progress_idle')] });
    await renderer.open(signal);
    server.routes[TXT2IMG] = async (request) => {
      server.routes[PROGRESS] = recorded('q_progress_sampling');
      await told;
      server.routes[PROGRESS] = recorded('get_progress_idle');
      return imageOf(request);
    };
    const seen: RenderProgress[] = [];
    const onProgress = (progress: RenderProgress): void => {
      seen.push(progress);
      if (progress.step === 3) finish();
    };
    await render(renderer, 'model-a', { requests: requests.slice(0, 1), onProgress });
    expect(seen).toContainEqual({ requestId: 'cats/1', step: 3, steps: 60 });
  });

  it('refuses the half-baked image of an interrupted job, and goes on without a new load', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    const after = recorded('q_progress_after').body as { state: { job_timestamp: string } };
    server.routes[TXT2IMG] = (request) => {
      server.routes[PROGRESS] = { status: 200, body: after };
      return imageOf(request, { job_timestamp: after.state.job_timestamp });
    };
    await expect(render(renderer, half)).rejects.toMatchObject({ code: 'webui-interrupted', kind: 'run' });
    server.routes[PROGRESS] = {
      status: 200,
      body: { ...after, state: { ...after.state, interrupted: false } },
    };
    server.routes[TXT2IMG] = (request) => imageOf(request, { job_timestamp: after.state.job_timestamp });
    await expect(render(renderer, half)).resolves.toHaveLength(3);
    expect(events(server)).toEqual([UNLOAD, LOAD]);
  });

  it('refuses the image of a restarted server, and then finds everything anew', async () => {
    const { server, renderer, world } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    Object.assign(world, { appId: '6982708877175666799', selected: 'tinyB.safetensors', load: LOAD + 7 });
    const failure: unknown = await render(renderer, half).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'webui-lost', kind: 'run' });
    expect(String(failure)).toMatch(/restarted/);
    await expect(render(renderer, half)).resolves.toHaveLength(3);
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD + 7, LOAD + 7]);
    expect(world.selected).toBe('tinyA.safetensors [30d56a6809]');
  });

  it('fires no event at a process that it has not looked at', async () => {
    const { server, renderer, world } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    Object.assign(world, { appId: '6982708877175666799', load: LOAD + 7 });
    await render(renderer, 'model-a');
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD + 7]);
  });

  it('selects A anew after an image of another checkpoint', async () => {
    const { server, renderer, world } = await start();
    await renderer.open(signal);
    const { info_parsed: info } = recorded('txt2img_min').derived ?? {};
    const wrong = { images: ['MA=='], info: JSON.stringify({ ...info, sd_model_name: 'tinyC' }) };
    server.routes[TXT2IMG] = { status: 200, body: wrong };
    world.selected = 'tinyC.safetensors';
    await expect(render(renderer, half)).rejects.toMatchObject({ code: 'webui-wrong-reply', field: 'model' });
    server.routes[TXT2IMG] = imageOf;
    await render(renderer, half);
    expect(world.selected).toBe('tinyA.safetensors [30d56a6809]');
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD, LOAD]);
  });

  it.each<[string, Answer, string, boolean]>([
    ['drops every connection', 'drop', 'webui-lost', false],
    ['has lost its txt2img', recorded('get_not_found'), 'webui-api-disabled', true],
    ['answers with rubbish', { raw: 'rubbish' }, 'webui-bad-reply', false],
    ['answers with nothing', { raw: '' }, 'webui-bad-reply', false],
    ['answers without info', { status: 200, body: { images: ['MA=='] } }, 'webui-bad-reply', false],
    ['answers with damaged base64', spoiltImage, 'webui-bad-reply', false],
    ['is too busy', { status: 429, body: {}, headers: { 'retry-after': '7' } }, 'webui-busy', false],
    ['lies behind a proxy that gives up', { status: 504, body: '' }, 'webui-server-error', false],
    ['requires a login', recorded('auth_none_options'), 'webui-auth', true],
    [
      'is hidden behind a login page',
      { status: 302, body: '', headers: { location: '/in' } },
      'webui-not-a-webui',
      true,
    ],
  ])('a server that %s is to be asked again', async (_, answer, code, endsRun) => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    server.routes[TXT2IMG] = answer;
    const failure = render(renderer, half);
    await expect(failure).rejects.toMatchObject({ code, endsRun, retry: 'image' });
    // How often is decided in one place, which is not here.
    expect(server.bodies(TXT2IMG)).toHaveLength(4);
    server.routes[TXT2IMG] = imageOf;
    await expect(render(renderer, half)).resolves.toHaveLength(3);
    // Nothing has to be proved again.
    expect(renderer.epoch).toBe(1);
  });

  it('is not asked again without merging anew when it was started again meanwhile', async () => {
    const { server, renderer, world } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    server.routes[TXT2IMG] = () => {
      Object.assign(world, { appId: '6982708877175666799', load: LOAD + 7 });
      return { raw: '' };
    };
    await expect(render(renderer, half)).rejects.toMatchObject({ retry: 'rearm' });
    server.routes[TXT2IMG] = imageOf;
    await expect(render(renderer, half)).resolves.toHaveLength(3);
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD + 7, LOAD + 7]);
  });

  it.each<[string, Answer, string]>([
    [
      'runs out of memory',
      { status: 500, body: { error: 'OutOfMemoryError', errors: '' } },
      'webui-out-of-memory',
    ],
    ['throws', recorded('mm_39_base_changed'), 'webui-server-error'],
  ])('a server that %s: the next render trusts nothing', async (_, answer, code) => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    await render(renderer, half);
    server.routes[TXT2IMG] = answer;
    await expect(render(renderer, half)).rejects.toMatchObject({ code, kind: 'run' });
    server.routes[TXT2IMG] = imageOf;
    await expect(render(renderer, half)).resolves.toHaveLength(3);
    expect(events(server)).toEqual([UNLOAD, LOAD, UNLOAD, LOAD]);
  });

  it('waits for a server that comes back', async () => {
    const { server, renderer, world } = await start({ reconnectSeconds: 60 });
    await renderer.open(signal);
    server.routes[TXT2IMG] = () => {
      Object.assign(world, { appId: '6982708877175666799', load: LOAD + 7 });
      return 'drop';
    };
    await expect(render(renderer, half)).rejects.toMatchObject({ code: 'webui-lost' });
    server.routes[TXT2IMG] = imageOf;
    const ready = server.routes['GET /sdapi/v1/options'] ?? 'drop';
    server.routes['GET /sdapi/v1/options'] = ['drop', recorded('get_not_found'), ...[ready].flat()];
    await expect(render(renderer, half)).resolves.toHaveLength(3);
  });

  it('throws the failure of a later request after the images before it', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    server.routes[TXT2IMG] = [imageOf, recorded('txt2img_wrong_type')];
    const seen: string[] = [];
    const all = (async () => {
      for await (const { request } of renderer.render({ weights: half, requests }, signal)) {
        // The next one fails while this one is being looked at.
        await expect.poll(() => server.bodies(TXT2IMG).length).toBe(2);
        seen.push(request.id);
      }
    })();
    await expect(all).rejects.toMatchObject({ code: 'webui-rejected' });
    expect(seen).toEqual(['cats/1']);
  });
});

describe('stopping', () => {
  it('ends a generation that shows no movement', async () => {
    const { server, renderer } = await start({ stallSeconds: 0.05 });
    await renderer.open(signal);
    server.routes[TXT2IMG] = 'stall';
    const failure = render(renderer, 'model-a');
    await expect(failure).rejects.toMatchObject({ code: 'webui-timeout' });
    await expect(failure).rejects.toThrow(/no progress on "cats\/1"/);
    expect(server.bodies(INTERRUPT)).toHaveLength(1);
  });

  it('ends an attempt at its limit', async () => {
    const { server, renderer } = await start({ attemptTimeoutSeconds: 0.05 });
    await renderer.open(signal);
    server.routes[TXT2IMG] = 'stall';
    await expect(render(renderer, 'model-a')).rejects.toMatchObject({ code: 'webui-timeout' });
    expect(server.bodies(TXT2IMG)).toHaveLength(1);
    expect(server.bodies(INTERRUPT)).toHaveLength(1);
  });

  it('abort throws its reason and interrupts the server', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    server.routes[TXT2IMG] = 'stall';
    const controller = new AbortController();
    const images = renderer.render({ weights: 'model-a', requests }, controller.signal);
    const first = images[Symbol.asyncIterator]().next();
    await expect.poll(() => server.bodies(TXT2IMG).length).toBe(1);
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(server.bodies(INTERRUPT)).toHaveLength(1);
  });

  it('a consumer that has seen enough leaves no job behind', async () => {
    const { server, renderer } = await start();
    await renderer.open(signal);
    server.routes[TXT2IMG] = [imageOf, 'stall'];
    for await (const image of renderer.render({ weights: 'model-a', requests }, signal)) {
      expect(image.request.id).toBe('cats/1');
      await expect.poll(() => server.bodies(TXT2IMG).length).toBe(2);
      break;
    }
    expect(server.bodies(INTERRUPT)).toHaveLength(1);
  });

  it('does not interrupt somebody else while its own job waits in the queue', async () => {
    const { server, renderer } = await start({ attemptTimeoutSeconds: 0.05 });
    await renderer.open(signal);
    let task: unknown;
    server.routes[TXT2IMG] = ({ body }) => {
      task = (body as { force_task_id: string }).force_task_id;
      return 'stall';
    };
    server.routes['GET /internal/pending-tasks'] = () => ({ status: 200, body: { size: 1, tasks: [task] } });
    await expect(render(renderer, 'model-a')).rejects.toMatchObject({ code: 'webui-timeout' });
    expect(task).toMatch(/^task\(autombw-/);
    expect(server.bodies(INTERRUPT)).toEqual([]);
  });
});
