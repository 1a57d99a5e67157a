/** Replies and messages that are lost, cut or garbled on their way: asked for again, and no prompt is lost or run twice. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { damageOf } from '../../../../src/shared/files/image-file.ts';
import { parsePythonJson } from '../../../../src/renderers/comfyui/queue/look.ts';
import { openSocket } from '../../../../src/renderers/comfyui/queue/socket.ts';
import { isTransient } from '../../../../src/renderers/http/errors.ts';
import { closedUrl } from '../../../helpers/replay-server.ts';
import type { Answer, SeenRequest } from '../../../helpers/replay-server.ts';
import { closeAll, outputsOf, render, signal, start } from './comfy-world.ts';
import type { World } from './comfy-world.ts';
import { PATIENCE } from '../../../setup/settings.ts';

afterEach(closeAll);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function opened(...options: Parameters<typeof start>): ReturnType<typeof start> {
  const both = await start({ retryDelays: [], ...options[0] }, options[1]);
  await both.renderer.open(signal);
  return both;
}

/** The route's own answer. */
async function usual(world: World, route: string, request: SeenRequest): Promise<Answer> {
  let answer = own.get(world)?.[route] as Answer;
  while (typeof answer === 'function') answer = await answer(request);
  return answer;
}
const own = new WeakMap<World, World['server']['routes']>();

/** Answers in turn in place of the usual one: `then` may use it. */
function breaking(world: World, route: string, ...answers: readonly Answer[]): void {
  own.set(world, { ...world.server.routes });
  world.server.routes[route] = [...answers, async (request) => usual(world, route, request)];
}

it('a prompt has a bare UUID for a name, as newer servers want it', async () => {
  const { renderer, world } = await opened();
  await render(renderer);
  await render(renderer);
  const ids = world.posted.flatMap(({ prompt_id: id, client_id: client }) => [id, client]);
  expect(ids.filter((id) => !UUID.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(4);
});

describe('the reply to a prompt', () => {
  it.each<[string, Answer]>([
    ['lost', 'drop'],
    ['empty', { raw: '' }],
    ['cut', { raw: '{"prompt_id": "b4abb425' }],
    ['a page', { raw: '<html><body>Bad gateway</body></html>' }],
    ['another thing', { raw: '[]' }],
    ['a status of a proxy', { status: 504, raw: 'Gateway time-out' }],
  ])('%s: the server has the prompt, so it is not sent again', async (_, answer) => {
    const { renderer, world } = await opened();
    breaking(world, 'POST /prompt', async (request) => {
      await usual(world, 'POST /prompt', request);
      return answer;
    });
    expect(await render(renderer)).toHaveLength(3);
    expect(world.posted).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    ['lost', 'drop'],
    ['empty', { raw: '' }],
    ['too many requests', { status: 429, body: {} }],
    ['a status of a proxy', { status: 502, raw: 'Bad gateway' }],
  ])('%s: the server does not have the prompt, so it is sent again', async (_, answer) => {
    const { renderer, world } = await opened();
    breaking(world, 'POST /prompt', answer);
    expect(await render(renderer)).toHaveLength(3);
    const [first, second] = world.server.bodies('POST /prompt');
    expect(second).toEqual(first);
    expect(world.posted).toHaveLength(1);
  });

  it('always lost: given up after a few times, and taken back', async () => {
    const { renderer, world } = await opened({}, { 'POST /prompt': { raw: '' } });
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-bad-reply' });
    expect(world.server.bodies('POST /prompt')).toHaveLength(3);
    expect(world.server.bodies('POST /queue')).toHaveLength(1);
  });

  it('a lasting refusal is not asked for again', async () => {
    const { renderer, world } = await opened({}, { 'POST /prompt': { status: 401, raw: '' } });
    await expect(render(renderer)).rejects.toMatchObject({ code: 'webui-auth' });
    expect(world.server.bodies('POST /prompt')).toHaveLength(1);
  });
});

describe('queue and history', () => {
  const garbled: readonly [string, Answer][] = [
    ['empty', { raw: '' }],
    ['cut', { raw: '{"queue_running": [[1, "a' }],
    ['a page', { raw: '<html></html>' }],
    ['another thing', { raw: '[1]' }],
    ['a status of a proxy', { status: 503, raw: '' }],
  ];

  it.each(garbled)('%s once: looked at again', async (_, answer) => {
    for (const route of ['GET /queue', 'GET /history/*']) {
      const { renderer, world } = await opened();
      world.refuseSockets = 403;
      breaking(world, route, answer);
      expect(await render(renderer)).toHaveLength(3);
    }
  });

  it('garbled for ever: a failure that says so', async () => {
    const { renderer } = await opened({}, { 'GET /history/*': { raw: 'nothing' } });
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-bad-reply' });
    expect(String(error)).toContain('GET /history/');
  });

  it('hold what other clients have put there: numbers that are none, odd entries, longer ones', async () => {
    const { renderer, world } = await opened();
    breaking(world, 'GET /queue', async (request) => {
      const answer = (await usual(world, 'GET /queue', request)) as { body: { queue_running: unknown[][] } };
      const ours = answer.body.queue_running.map((entry) => [...entry, { sensitive: true }]);
      const text = JSON.stringify({
        queue_running: [...ours, ['x'], null, 7],
        queue_pending: [['NUMBER', 'other', { 1: { class_type: 'A "NaN" \\ Infinity', inputs: {} } }]],
      });
      return { raw: text.replace('"NUMBER"', 'NaN').replace('"inputs":{}', '"inputs":{"a":-Infinity}') };
    });
    expect(await render(renderer)).toHaveLength(3);
  });

  it('are read as Python writes them', () => {
    expect(parsePythonJson('{"a": NaN, "b": "NaN, \\"Infinity", "c": [-Infinity, 1]}')).toEqual({
      a: null,
      b: 'NaN, "Infinity',
      c: [null, 1],
    });
    expect(parsePythonJson(`{"a": NaN, "b": "${'x'.repeat(5e6)}`)).toBeUndefined();
    expect(parsePythonJson('NaNNaN')).toBeUndefined();
  });
});

describe('an image', () => {
  it.each<[string, (png: Buffer) => Answer]>([
    ['empty', () => ({ raw: '' })],
    ['cut', (png) => ({ raw: png.subarray(0, -5) })],
    ['cut at the end of a chunk', (png) => ({ raw: png.subarray(0, -12) })],
    [
      'damaged',
      (png) => ({ raw: Buffer.concat([png.subarray(0, 30), Buffer.from([255]), png.subarray(31)]) }),
    ],
    ['a page', () => ({ raw: '<html><body>Bad gateway</body></html>' })],
    ['a status of a proxy', () => ({ status: 502, raw: '' })],
    ['lost', () => 'drop'],
  ])('%s once: fetched again', async (_, spoil) => {
    const { renderer, world } = await opened();
    breaking(world, 'GET /view', async (request) => {
      const answer = await usual(world, 'GET /view', request);
      return spoil((answer as { raw: Buffer }).raw);
    });
    const images = await render(renderer);
    expect(images.map(({ bytes }) => damageOf(bytes))).toEqual([undefined, undefined, undefined]);
    expect(world.posted).toHaveLength(1);
  });

  it('spoilt for good: fails, and ComfyUI forgets the file, so that the next attempt makes another', async () => {
    const { renderer, world } = await opened({}, { 'GET /view': { raw: '<html></html>' } });
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-bad-reply' });
    expect(String(error)).toContain('begins with "<html></html>" and is not a PNG');
    expect(world.server.bodies('POST /free')).toEqual([{ free_memory: true }]);
    expect(world.server.seen.filter(({ path }) => path === '/view')).toHaveLength(4);
  });
});

describe('the WebSocket', () => {
  it('brings garbage between its messages, which is dropped', async () => {
    const { renderer, world } = await opened();
    const looks = (): number => world.server.seen.filter(({ path }) => path === '/queue').length;
    const before = looks();
    const fine = world.behave;
    world.behave = async (posted) => {
      for (const socket of world.sockets) {
        for (const text of [
          '',
          'hello',
          '{"type":',
          '[]',
          'null',
          '{"type":7}',
          '{"type":"executed","data":[]}',
        ])
          socket.sendText(text);
        socket.sendText('['.repeat(1e5));
        socket.send(new Uint8Array([0, 0, 0, 1, 0, 0, 0, 2, 137, 80]));
        socket.send(new Uint8Array(0));
      }
      const odd = { node: 7, output: { images: 'none' }, value: 'a', max: null };
      for (const type of ['executed', 'progress', 'executing', 'execution_error', 'toString'])
        world.tell(posted, type, odd);
      await fine(posted);
    };
    expect(await render(renderer)).toHaveLength(3);
    // Nobody had to poll for it.
    expect(looks() - before).toBe(1);
  });

  it.each<[string, (world: World) => void]>([
    [
      'a frame that breaks the protocol',
      ({ sockets }) => sockets[0]?.sendRaw(new Uint8Array([0x8f, 0xff, 1])),
    ],
    ['text that is not UTF-8', ({ sockets }) => sockets[0]?.sendRaw(new Uint8Array([0x81, 2, 0xc3, 0x28]))],
    [
      'half a frame and the end',
      ({ sockets }) => (sockets[0]?.sendRaw(new Uint8Array([0x81])), sockets[0]?.cut()),
    ],
  ])('ends by %s: the history tells the rest', async (_, spoil) => {
    const { renderer, world } = await opened();
    world.behave = (posted) => {
      world.made.set(posted.prompt_id, outputsOf(posted.prompt));
      spoil(world);
      world.end(posted);
    };
    expect(await render(renderer)).toHaveLength(3);
  });

  it.each([403, 404, 200, 500])('is refused with status %d: polled instead', async (status) => {
    const { renderer, world } = await opened();
    world.refuseSockets = status;
    expect(await render(renderer)).toHaveLength(3);
  });

  const connect = async (url: string): Promise<unknown> =>
    openSocket({
      url: new URL(url.replace('http', 'ws')),
      authorization: undefined,
      onMessage: () => {},
      onClose: () => {
        throw new Error('it never was open');
      },
      signal,
    });

  it('is none where nothing listens', async () => {
    expect(await connect(await closedUrl())).toBeUndefined();
    expect(await connect('http://nowhere.invalid/ws')).toBeUndefined();
  });

  it('is none where the connection is reset in the middle of the handshake', async () => {
    const server = createServer((stream) => {
      stream.on('error', () => {});
      stream.once('data', () => stream.resetAndDestroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await connect(`http://127.0.0.1:${port}/ws`)).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
  });
});

it('a server that goes away while the prompt is on its way is a loss, which passes', async () => {
  const { renderer, world } = await opened();
  breaking(world, 'POST /prompt', async (): Promise<Answer> => {
    void world.server.close();
    return 'drop';
  });
  const error = await render(renderer).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'webui-lost' });
  expect(isTransient(error)).toBe(true);
});

it('a server that answers like something else after a loss is waited for, but not before a run', async () => {
  const { renderer, world } = await opened();
  for (const answer of [{ status: 404, body: {} }, { raw: '<html>starting</html>' }] as const) {
    await renderer.rearm(signal);
    breaking(world, 'GET /system_stats', answer);
    const passing = await renderer.rearm(signal).catch((thrown: unknown) => thrown);
    expect(passing).toMatchObject({ code: 'webui-lost' });
    expect(isTransient(passing)).toBe(true);
  }
  const other = await start({}, { 'GET /system_stats': { status: 404, body: {} } });
  await expect(other.renderer.open(signal)).rejects.toMatchObject({
    code: 'webui-not-a-webui',
    kind: 'usage',
  });
});

it(
  'a queue that somebody else clears is noticed by what the server tells everybody',
  { timeout: 15_000 * PATIENCE },
  async () => {
    // Without a word of it, ten polls pass before the queue is looked at: longer than the test may take.
    const { renderer, world } = await opened({ pollSeconds: 2 * PATIENCE });
    world.behave = (posted) => {
      world.running = [];
      const status = { status: { exec_info: { queue_remaining: 0 } } };
      for (const socket of world.sockets) socket.send({ type: 'status', data: status });
      expect(posted.prompt_id).toMatch(UUID);
    };
    const error = await render(renderer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'webui-lost' });
    expect(String(error)).toContain('somebody cleared its queue');
  },
);

it.each([
  ['RuntimeError', 'HIP out of memory. Tried to allocate 2.00 GiB'],
  ['RuntimeError', 'MPS backend out of memory (MPS allocated: 6.4 GiB)'],
  ['torch.AcceleratorError', 'CUDA error: out of memory'],
  ['torch.OutOfMemoryError', 'Allocation on device 0 would exceed allowed memory.'],
  [
    'RuntimeError',
    'Could not allocate tensor with 512 bytes. There is not enough GPU video memory available!',
  ],
  [
    'RuntimeError',
    '[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes.',
  ],
  ['RuntimeError', 'CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`'],
  ['OSError', 'The paging file is too small for this operation to complete. (os error 1455)'],
  ['MemoryError', ''],
])('%s "%s" is a lack of memory', async (type, message) => {
  const { renderer, world } = await opened();
  const failure = { node_id: 'a', node_type: 'CheckpointLoaderSimple', exception_type: type };
  world.behave = (posted) =>
    world.end(posted, [['execution_error', { ...failure, exception_message: message }]]);
  await expect(render(renderer)).rejects.toMatchObject({ code: 'webui-out-of-memory' });
});
