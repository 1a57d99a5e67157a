/** A renderer over a ComfyUI of recorded replies, which plays recorded messages for the prompts it gets; tests break it. */
import { z } from 'zod';
import { createComfyRenderer } from '../../../../src/renderers/comfyui/comfyui-renderer.ts';
import type { ComfyOptions } from '../../../../src/renderers/comfyui/comfyui-renderer.ts';
import type { Graph } from '../../../../src/renderers/comfyui/graph/graph.ts';
import { graphSchema } from '../../../../src/renderers/comfyui/schemas.ts';
import type { RenderJob, Renderer } from '../../../../src/renderers/renderer.ts';
import { encodePng } from '../../../../src/simulator/png.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import type { Image } from '../../../../src/types.ts';
import { startReplayServer } from '../../../helpers/replay-server.ts';
import type { Answer, ReplayServer, Routes } from '../../../helpers/replay-server.ts';
import { serveWebSockets } from '../../../helpers/web-sockets.ts';
import type { ServedSocket } from '../../../helpers/web-sockets.ts';
import { makeRequest } from '../make-request.ts';
import { exchange, messages, objectInfo } from './recordings.ts';

export const { signal } = new AbortController();
export const half = uniformWeights(0.5, 'sd1');
export const requests = [1, 2, 3].map((seed) => makeRequest({}, { id: `cats/${seed}`, seeds: [seed] }));

const postedSchema = z.object({ prompt: graphSchema, client_id: z.string(), prompt_id: z.string() });
export type Posted = z.output<typeof postedSchema>;

/** One process of a server. */
export interface World {
  readonly server: ReplayServer;
  readonly sockets: ServedSocket[];
  readonly posted: Posted[];
  nodes: ReturnType<typeof objectInfo>;
  running: Posted[];
  pending: Posted[];
  history: Record<string, object>;
  checkpoints: string[];
  /** Status of refused upgrades; undefined = WebSockets work. */
  refuseSockets: number | undefined;
  /** What the server does with a prompt; it is in `running` by then. The reply comes after the first wait. */
  behave: (posted: Posted) => void | Promise<void>;
  /** To the sockets of the prompt's client; `prompt_id` is added. */
  tell(posted: Posted, type: string, data?: object): void;
  /** The recorded messages of the start of a prompt. */
  begin(posted: Posted): void;
  /** Everything that a chain sends, to its image. */
  make(posted: Posted, output: string): void;
  /** Writes the history and sends the recorded last messages. */
  end(posted: Posted, messages?: readonly (readonly [string, object])[]): void;
  /** Outputs that were made, by prompt. */
  made: Map<string, string[]>;
}

const open: { close(): Promise<unknown> }[] = [];

/** Closes what a test has started; for `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const one of open.splice(0)) await one.close();
}

export function outputsOf(graph: Graph): string[] {
  return Object.keys(graph).filter((id) => graph[id]?.class_type === 'PreviewImage');
}

export async function start(
  over: Partial<ComfyOptions> = {},
  breaks: Routes = {},
): Promise<{ world: World; renderer: Renderer }> {
  const world = await startWorld(breaks);
  const renderer = rendererOf({ url: world.server.url, ...over });
  return { world, renderer };
}

export function rendererOf(over: Partial<ComfyOptions> & { url: string }): Renderer {
  const renderer = createComfyRenderer({
    modelA: 'modelA',
    modelB: 'modelB',
    architecture: 'sd1',
    retryDelays: [0, 0],
    pollSeconds: 0.01,
    ...over,
  });
  open.unshift(renderer);
  return renderer;
}

export async function render(
  renderer: Renderer,
  weights: RenderJob['weights'] = half,
  over: Partial<RenderJob> = {},
): Promise<Image[]> {
  const images: Image[] = [];
  for await (const image of renderer.render({ weights, requests, ...over }, signal)) images.push(image);
  return images;
}

async function startWorld(breaks: Routes): Promise<World> {
  const routes: Routes = {
    'GET /system_stats': answerOf('get_system_stats'),
    'GET /object_info/*': ({ path }) => {
      const name = path.split('/').at(-1) ?? '';
      return { status: 200, body: world.nodes[name] === undefined ? {} : { [name]: world.nodes[name] } };
    },
    'GET /models/checkpoints': () => ({ status: 200, body: world.checkpoints }),
    'GET /queue': () => ({
      status: 200,
      body: { queue_running: world.running.map(queued), queue_pending: world.pending.map(queued) },
    }),
    'GET /history/*': ({ path }) => {
      const id = decodeURIComponent(path.split('/').at(-1) ?? '');
      const entry = world.history[id];
      return {
        status: 200,
        body: entry === undefined ? exchange('get_history_unknown_id').body : { [id]: entry },
      };
    },
    'GET /view': async ({ query }) => ({
      raw: await namedPng(new URLSearchParams(query).get('filename') ?? ''),
    }),
    'POST /queue': { raw: '' },
    'POST /interrupt': { raw: '' },
    'POST /free': { raw: '' },
    'POST /prompt': async ({ body }) => {
      const posted = postedSchema.parse(body);
      world.posted.push(posted);
      world.running.push(posted);
      void world.behave(posted);
      await Promise.resolve();
      return { status: 200, body: { prompt_id: posted.prompt_id, number: 1, node_errors: {} } };
    },
    ...breaks,
  };
  const server = await startReplayServer(routes);
  open.push(server);
  const world: World = {
    server,
    sockets: [],
    posted: [],
    nodes: objectInfo(),
    running: [],
    pending: [],
    history: {},
    checkpoints: ['modelA.safetensors', 'modelB.safetensors', 'modelNaN.safetensors'],
    refuseSockets: undefined,
    made: new Map(),
    behave(posted) {
      world.begin(posted);
      for (const output of outputsOf(posted.prompt)) world.make(posted, output);
      world.end(posted);
    },
    tell({ client_id: client, prompt_id: id }, type, data = {}) {
      for (const socket of world.sockets) {
        if (socket.path === `/ws?clientId=${client}`) socket.send({ type, data: { ...data, prompt_id: id } });
      }
    },
    begin(posted) {
      for (const { type, data } of COLD.slice(0, 5)) world.tell(posted, type, data);
    },
    make(posted, output) {
      const sampler = output.replace(/_[^_]*$/, '_sample');
      world.tell(posted, 'executing', { node: sampler, display_node: sampler });
      for (const value of [1, 2, 3]) world.tell(posted, 'progress', { value, max: 3, node: sampler });
      world.tell(posted, 'executed', {
        node: output,
        display_node: output,
        output: { images: [imageOf(output)] },
      });
      world.made.set(posted.prompt_id, [...(world.made.get(posted.prompt_id) ?? []), output]);
    },
    end(posted, last = [['execution_success', {}]]) {
      const made = world.made.get(posted.prompt_id) ?? [];
      const failed = last.every(([type]) => type !== 'execution_success');
      world.running = world.running.filter((one) => one !== posted);
      world.history[posted.prompt_id] = {
        prompt: queued(posted),
        outputs: Object.fromEntries(made.map((output) => [output, { images: [imageOf(output)] }])),
        status: { status_str: failed ? 'error' : 'success', completed: !failed, messages: last },
        meta: {},
      };
      for (const [type, data] of last) world.tell(posted, type, data);
      world.tell(posted, 'executing', { node: null });
    },
  };
  serveWebSockets(
    server.http,
    (socket) => {
      world.sockets.push(socket);
      // The first message comes with the connection, and not as one of a prompt.
      const [hello] = COLD;
      if (hello !== undefined) socket.send(hello);
    },
    () => world.refuseSockets,
  );
  return world;
}

/** A PNG that says its name. */
async function namedPng(name: string): Promise<Buffer> {
  return encodePng({ width: 1, height: 1, data: new Uint8Array(3) }, { name });
}

const COLD = messages('ws_cold_run');

function answerOf(name: string): Answer {
  const { status, body } = exchange(name);
  return { status, body };
}

function queued({ prompt, prompt_id: id, client_id: client }: Posted): unknown[] {
  return [1, id, prompt, { client_id: client }, outputsOf(prompt)];
}

export function imageOf(output: string): { filename: string; subfolder: string; type: string } {
  return { filename: `${output}_00001_.png`, subfolder: '', type: 'temp' };
}
