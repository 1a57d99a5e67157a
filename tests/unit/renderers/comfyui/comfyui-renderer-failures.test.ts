/** Everything that goes wrong while a prompt is on the server; messages and replies are those of the recordings. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Image } from '../../../../src/types.ts';
import { isTransient } from '../../../../src/renderers/http/errors.ts';
import { closeAll, half, imageOf, outputsOf, render, requests, signal, start } from './comfy-world.ts';
import type { Posted, World } from './comfy-world.ts';
import { part } from './recordings.ts';

afterEach(closeAll);

/** Images until it ends, and how. */
async function collect(images: AsyncIterable<Image>): Promise<{ ids: string[]; error: unknown }> {
  const ids: string[] = [];
  try {
    for await (const { request } of images) ids.push(request.id);
    return { ids, error: undefined };
  } catch (error) {
    return { ids, error };
  }
}

/** What the renderer did to take a prompt back. */
function takenBack(world: World): unknown {
  return [world.server.bodies('POST /queue'), world.server.bodies('POST /interrupt')];
}

function takingBack(...posted: readonly Posted[]): unknown {
  return [
    posted.map(({ prompt_id: id }) => ({ delete: [id] })),
    posted.map(({ prompt_id: id }) => ({ prompt_id: id })),
  ];
}

async function opened(...options: Parameters<typeof start>): ReturnType<typeof start> {
  const both = await start(...options);
  await both.renderer.open(signal);
  return both;
}

const executionError = (name: string): object =>
  part('runtime_failures', name, 'execution_error', 'data') as object;

describe('a prompt that is refused', () => {
  const refused = async (name: string): Promise<{ error: unknown; world: World }> => {
    const { renderer, world } = await opened(
      {},
      {
        'POST /prompt': {
          status: part('post_prompt_errors', name, 'status') as number,
          body: part('post_prompt_errors', name, 'body'),
        },
      },
    );
    return { error: await render(renderer).catch((error: unknown) => error), world };
  };

  it.each([
    [
      'weight_above_1',
      'webui-rejected',
      'node 3 (ModelMergeSD1), input_blocks.4.: Value 1.2 bigger than max of 1.0',
    ],
    ['two_weights_out_of_range', 'webui-rejected', 'Value -0.1 smaller than min of 0.0'],
    ['missing_weight', 'webui-rejected', 'out.: Required input is missing'],
    ['weight_null', 'webui-rejected', 'Failed to convert'],
    ['unknown_sampler', 'webui-rejected', "'DPM++ 2M Karras' not in (list of length 42)"],
    ['unknown_checkpoint', 'webui-model-unknown', 'no longer has the checkpoint "nosuch.safetensors"'],
    ['two_unknown_checkpoints', 'webui-model-unknown', 'no longer has the checkpoint'],
    ['unknown_node_class', 'webui-rejected', 'node ModelMergeSD9 does not exist'],
    ['no_output_node', 'webui-rejected', 'Prompt has no outputs'],
    ['link_to_missing_node', 'webui-rejected', 'Exception when validating inner node'],
    ['graph_format_instead_of_api', 'webui-server-error', 'status 500'],
  ])('%s', async (name, code, words) => {
    const { error, world } = await refused(name);
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(words);
    // What was not queued need not be taken back; after an exception in the server nobody knows.
    const posted = code === 'webui-server-error' ? (world.server.bodies('POST /prompt') as Posted[]) : [];
    expect(takenBack(world)).toEqual(takingBack(...posted));
  });

  it('is taken back when only a part of it was refused, with status 200', async () => {
    const { renderer, world } = await opened(
      {},
      {
        'POST /prompt': ({ body }) => ({
          status: 200,
          body: {
            ...(part('post_prompt_errors', 'one_of_two_outputs_invalid_is_still_queued', 'body') as object),
            prompt_id: (body as Posted).prompt_id,
          },
        }),
      },
    );
    const { ids, error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(ids).toEqual([]);
    expect(error).toMatchObject({ code: 'webui-rejected' });
    expect(String(error)).toContain("sampler_name: 'bogus' not in");
    const [posted] = world.server.bodies('POST /prompt') as Posted[];
    expect(takenBack(world)).toEqual(takingBack(posted as Posted));
  });

  it('is refused by us when the server calls it by another name', async () => {
    const { renderer, world } = await opened(
      {},
      {
        'POST /prompt': { status: 200, body: { prompt_id: 'another', number: 1, node_errors: {} } },
      },
    );
    await expect(render(renderer)).rejects.toMatchObject({ code: 'webui-wrong-reply' });
    expect(world.server.bodies('POST /queue')).toContainEqual({ delete: ['another'] });
  });
});

describe('a prompt that fails', () => {
  it.each([
    [
      'corrupt_checkpoint',
      'webui-model-not-loaded',
      true,
      'Error while deserializing header: header too large',
    ],
    ['checkpoint_without_text_encoder', 'webui-rejected', false, 'model A does not contain a text encoder'],
    ['checkpoint_without_vae', 'webui-rejected', false, 'model A does not contain a VAE'],
    ['allocation_failure_on_cpu', 'webui-out-of-memory', true, 'you tried to allocate 274877906944 bytes'],
  ])('%s', async (name, code, transient, words) => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      world.begin(posted);
      world.end(posted, [['execution_error', executionError(name)]]);
    };
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(words);
    expect(isTransient(error)).toBe(transient);
    // It has ended: there is nothing to take back.
    expect(takenBack(world)).toEqual([[], []]);
  });

  it.each(['torch.OutOfMemoryError', 'torch.cuda.OutOfMemoryError'])(
    'runs out of memory as %s',
    async (type) => {
      const { renderer, world } = await opened();
      world.behave = (posted) =>
        world.end(posted, [
          ['execution_error', { node_id: 'p0s0_sample', node_type: 'KSampler', exception_type: type }],
        ]);
      await expect(render(renderer)).rejects.toMatchObject({ code: 'webui-out-of-memory' });
    },
  );

  it('fails at another node with what the server said', async () => {
    const { renderer, world } = await opened();
    const messages = part('ws_failure_in_the_middle', 'messages') as {
      message: { type: string; data: object };
    }[];
    const failure = messages.find(({ message }) => message.type === 'execution_error')?.message.data;
    world.behave = (posted) => world.end(posted, [['execution_error', failure ?? {}]]);
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-server-error' });
    expect(String(error)).toContain(
      'node p1_out (SaveImage) with "Exception: **** ERROR: Saving image outside',
    );
  });

  it('hands out what was done before', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      world.make(posted, 'p0s0_out');
      world.make(posted, 'p2s0_out');
      world.end(posted, [['execution_error', { node_id: 'p1s0_out', exception_type: 'Exception' }]]);
    };
    const { ids, error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(ids).toEqual(['cats/1', 'cats/3']);
    expect(error).toMatchObject({ code: 'webui-server-error' });
  });

  it('tells an interruption from a failure', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      world.make(posted, 'p0s0_out');
      world.end(posted, [['execution_interrupted', { node_id: 'p1s0_sample', node_type: 'KSampler' }]]);
    };
    const { ids, error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(ids).toEqual(['cats/1']);
    expect(error).toMatchObject({ code: 'webui-interrupted' });
    expect(renderer.epoch).toBe(1);
  });

  it('misses an image', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      world.make(posted, 'p0s0_out');
      world.make(posted, 'p1s0_out');
      world.end(posted);
    };
    const { ids, error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(ids).toEqual(['cats/1', 'cats/2']);
    expect(error).toMatchObject({ code: 'webui-wrong-reply' });
    expect(String(error)).toContain('without an image for p2s0_out');
  });

  it('makes two images where one was asked', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) =>
      world.tell(posted, 'executed', { node: 'p0s0_out', output: { images: [imageOf('x'), imageOf('y')] } });
    await expect(render(renderer)).rejects.toThrow(/made 2 images at node p0s0_out/);
    expect(takenBack(world)).toEqual(takingBack(...world.posted));
  });

  it('is another prompt than was sent: seen before the first image is handed out', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      const changed = structuredClone(posted.prompt);
      Object.assign(changed['p1s0_sample']?.inputs ?? {}, { seed: 99 });
      world.running = [{ ...posted, prompt: changed }];
      world.make(posted, 'p0s0_out');
    };
    const { ids, error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(ids).toEqual([]);
    expect(error).toMatchObject({ code: 'webui-wrong-reply', field: 'prompt' });
    expect(takenBack(world)).toEqual(takingBack(...world.posted));
  });

  it('is overwritten in the history by another', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      world.end({ ...posted, prompt: { x: { class_type: 'Y', inputs: {} } } });
    };
    await expect(render(renderer)).rejects.toMatchObject({ code: 'webui-wrong-reply', field: 'prompt' });
  });

  it('has lost an image before it was fetched', async () => {
    const { renderer } = await opened(
      {},
      {
        'GET /view': { status: part('get_view_missing', 'status') as number, body: '' },
      },
    );
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-lost' });
    expect(isTransient(error)).toBe(true);
  });

  it('sends an empty image', async () => {
    const { renderer } = await opened({}, { 'GET /view': { raw: '' } });
    await expect(render(renderer)).rejects.toMatchObject({ code: 'webui-bad-reply' });
  });
});

describe('a connection that is lost', () => {
  it('goes on where no WebSocket is to be had', async () => {
    const { renderer, world } = await opened();
    world.refuseSockets = 403;
    expect(await render(renderer)).toHaveLength(3);
    expect(world.sockets).toEqual([]);
  });

  it('reconnects once with the same client id, and catches up', async () => {
    const { renderer, world } = await opened();
    world.behave = async (posted) => {
      world.make(posted, 'p0s0_out');
      world.sockets[0]?.cut();
      // Nobody hears of this one.
      world.made.set(posted.prompt_id, ['p0s0_out', 'p1s0_out']);
      await until(() => world.sockets.length === 2);
      world.make(posted, 'p2s0_out');
      world.end(posted);
    };
    const { ids, error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(error).toBeUndefined();
    expect(ids.toSorted()).toEqual(['cats/1', 'cats/2', 'cats/3']);
    expect(world.sockets).toHaveLength(2);
    expect(new Set(world.sockets.map(({ path }) => path)).size).toBe(1);
  });

  it('looks into the history after a reconnect, for the end may have been missed', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      for (const socket of world.sockets) socket.cut();
      for (const output of outputsOf(posted.prompt))
        world.made.set(posted.prompt_id, [...(world.made.get(posted.prompt_id) ?? []), output]);
      world.end(posted);
    };
    expect(await render(renderer)).toHaveLength(3);
  });

  it('polls when the WebSocket breaks for the second time', async () => {
    const { renderer, world } = await opened();
    world.behave = async (posted) => {
      world.make(posted, 'p0s0_out');
      world.sockets[0]?.cut();
      await until(() => world.sockets.length === 2);
      world.sockets[1]?.cut();
      const looks = (): number => world.server.seen.filter(({ path }) => path === '/queue').length;
      const before = looks();
      await until(() => looks() > before + 3);
      world.made.set(posted.prompt_id, outputsOf(posted.prompt));
      world.end(posted);
    };
    expect(await render(renderer)).toHaveLength(3);
    expect(world.sockets).toHaveLength(2);
  });

  it('waits for a history that is written a moment later', async () => {
    const { renderer, world } = await opened({ pollSeconds: 0.05 });
    world.behave = async (posted) => {
      for (const output of outputsOf(posted.prompt)) world.make(posted, output);
      world.tell(posted, 'executing', { node: null });
      const looks = (): number => world.server.seen.filter(({ path }) => path.startsWith('/history')).length;
      await until(() => looks() >= 2);
      world.end(posted);
    };
    expect(await render(renderer)).toHaveLength(3);
  });

  it('does not take a prompt for lost that is for a moment neither in the queue nor in the history', async () => {
    const { renderer, world } = await opened({ pollSeconds: 0.05 });
    world.refuseSockets = 403;
    world.behave = async (posted) => {
      world.running = [];
      await until(() => world.server.seen.some(({ path }) => path === '/queue'));
      world.made.set(posted.prompt_id, outputsOf(posted.prompt));
      world.end(posted);
    };
    expect(await render(renderer)).toHaveLength(3);
  });

  it('knows a server that was restarted: neither queue nor history have the prompt', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      world.make(posted, 'p0s0_out');
      void until(() => world.server.seen.some(({ path }) => path === '/view')).then(() => {
        world.running = [];
        for (const socket of world.sockets) socket.cut();
      });
    };
    const { ids, error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(ids).toEqual(['cats/1']);
    expect(error).toMatchObject({ code: 'webui-lost' });
    expect(isTransient(error)).toBe(true);
    world.behave = () => {};
    await renderer.rearm(signal);
    expect(renderer.epoch).toBe(2);
  });

  it('knows a server that was restarted between two prompts: it counts from the start, and knows none of before', async () => {
    const { renderer, world } = await opened();
    expect(await render(renderer)).toHaveLength(3);
    // Prompts of a known process may have any numbers: a proxy gives them its own.
    expect(await render(renderer)).toHaveLength(3);
    world.history = {};
    const { ids, error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(ids).toEqual([]);
    expect(error).toMatchObject({ code: 'webui-lost', retry: 'rearm' });
    expect(takenBack(world)).toEqual(takingBack(...world.posted.slice(-1)));
    await renderer.rearm(signal);
    expect(await render(renderer)).toHaveLength(3);
  });

  it('keeps what it has made while it is busy', async () => {
    const { renderer, world } = await opened({}, { 'GET /view': { status: 503, body: {} } });
    const { error } = await collect(renderer.render({ weights: half, requests }, signal));
    expect(error).toMatchObject({ status: 503, retry: 'image' });
    expect(world.server.bodies('POST /free')).toEqual([]);
    expect(renderer.epoch).toBe(1);
  });

  it('knows a server that is down', async () => {
    const { renderer, world } = await opened({ retryDelays: [] });
    world.behave = () => {
      void world.server.close();
      for (const socket of world.sockets) socket.cut();
    };
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-lost' });
  });

  it('waits for a server that comes back, as long as it may', async () => {
    const { renderer, world } = await opened({ reconnectSeconds: 5, retryDelays: [] });
    const fine = world.behave;
    world.behave = (posted) => {
      world.running = world.running.filter((one) => one !== posted);
      for (const socket of world.sockets) socket.cut();
    };
    await expect(render(renderer)).rejects.toMatchObject({ code: 'webui-lost' });
    const stats = world.server.routes['GET /system_stats'];
    world.server.routes['GET /system_stats'] = ['drop', 'drop', 'drop', stats as never];
    world.behave = fine;
    expect(await render(renderer)).toHaveLength(3);
  });
});

describe('a prompt that does not move', () => {
  it('is given up when it runs, and taken back', async () => {
    const { renderer, world } = await opened({ stallSeconds: 0.05 });
    world.behave = (posted) => world.begin(posted);
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-timeout' });
    expect(takenBack(world)).toEqual(takingBack(...world.posted));
  });

  it('is given up when it moves for too long', async () => {
    const { renderer, world } = await opened({ attemptTimeoutSeconds: 0.03 });
    world.behave = async (posted) => {
      for (let value = 1; world.server.bodies('POST /interrupt').length === 0; value++) {
        world.tell(posted, 'progress', { value, max: 1e6, node: 'p0s0_sample' });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-timeout' });
    expect(String(error)).toContain('took longer than 0.1 s for its 3 images');
    expect(takenBack(world)).toEqual(takingBack(...world.posted));
  });

  it('is left alone while it waits behind others who move', async () => {
    const stallSeconds = 0.4;
    const { renderer, world } = await opened({ stallSeconds });
    world.behave = async (posted) => {
      const began = performance.now();
      world.pending = [posted];
      const looks = (): number => world.server.seen.filter(({ path }) => path === '/queue').length;
      // Longer than it may stand still.
      for (let i = 0; performance.now() - began < 2 * stallSeconds * 1000; i++) {
        world.running = [{ ...posted, prompt_id: `other-${i}` }];
        const before = looks();
        await until(() => looks() > before);
      }
      world.pending = [];
      world.running = [posted];
      for (const output of outputsOf(posted.prompt)) world.make(posted, output);
      world.end(posted);
    };
    expect(await render(renderer)).toHaveLength(3);
  });

  it('is given up as busy when those before it do not', async () => {
    const { renderer, world } = await opened({ stallSeconds: 0.01 });
    world.behave = (posted) => {
      world.running = [{ ...posted, prompt_id: 'somebody-else' }];
      world.pending = [posted];
    };
    await expect(render(renderer)).rejects.toMatchObject({ code: 'webui-busy' });
    expect(takenBack(world)).toEqual(takingBack(...world.posted));
  });
});

describe('an abort', () => {
  it('takes the prompt back at once, only ours, and throws the reason', async () => {
    const { renderer, world } = await opened();
    const abort = new AbortController();
    world.behave = (posted) => {
      world.begin(posted);
      abort.abort(new Error('Ctrl-C'));
    };
    await expect(collect(renderer.render({ weights: half, requests }, abort.signal))).resolves.toMatchObject({
      error: { message: 'Ctrl-C' },
    });
    const [posted] = world.posted as [Posted];
    expect(world.server.bodies('POST /queue')).toContainEqual({ delete: [posted.prompt_id] });
    expect(world.server.bodies('POST /interrupt').at(-1)).toEqual({ prompt_id: posted.prompt_id });
    expect(world.server.bodies('POST /queue').every((body) => !('clear' in (body as object)))).toBe(true);
  });

  it('takes it back while the consumer is busy with an image', async () => {
    const { renderer, world } = await opened();
    const abort = new AbortController();
    world.behave = (posted) => world.make(posted, 'p0s0_out');
    const reading = (async () => {
      for await (const _ of renderer.render({ weights: half, requests }, abort.signal)) {
        abort.abort(new Error('Ctrl-C'));
        await until(() => world.server.bodies('POST /interrupt').length === 1);
      }
    })();
    await expect(reading).rejects.toThrow('Ctrl-C');
    expect(takenBack(world)).toEqual(takingBack(...world.posted));
  });

  it('posts nothing when it came first', async () => {
    const { renderer, world } = await opened();
    await expect(
      collect(renderer.render({ weights: half, requests }, AbortSignal.abort(new Error('early')))),
    ).resolves.toMatchObject({ error: { message: 'early' } });
    expect(world.posted).toEqual([]);
  });

  it('is the same as a consumer that stops', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => world.make(posted, 'p0s0_out');
    for await (const _ of renderer.render({ weights: half, requests }, signal)) break;
    expect(takenBack(world)).toEqual(takingBack(...world.posted));
    await world.sockets[0]?.closed;
  });

  it('is the same as closing the renderer', async () => {
    const { renderer, world } = await opened();
    world.behave = (posted) => world.make(posted, 'p0s0_out');
    const images = renderer.render({ weights: half, requests }, signal)[Symbol.asyncIterator]();
    await images.next();
    await renderer.close();
    expect(takenBack(world)).toEqual(takingBack(...world.posted));
    await images.return?.();
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
