/** A renderer over a server of recorded replies, which tests break. */
import { createA1111Renderer } from '../../../../src/renderers/a1111/a1111-renderer.ts';
import type { A1111Options } from '../../../../src/renderers/a1111/a1111-renderer.ts';
import type { RenderJob, Renderer } from '../../../../src/renderers/renderer.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import type { Image } from '../../../../src/types.ts';
import { recorded, replaying, startReplayServer } from '../../../helpers/replay-server.ts';
import type { Answer, ReplayServer, Routes, SeenRequest } from '../../../helpers/replay-server.ts';
import { makeRequest } from '../make-request.ts';
import { LOAD, panelConfig } from './backends/panel-config.ts';

export const TXT2IMG = 'POST /sdapi/v1/txt2img';
export const PREDICT = 'POST /run/predict';
export const OPTIONS = 'POST /sdapi/v1/options';
export const INTERRUPT = 'POST /sdapi/v1/interrupt';
export const PROGRESS = 'GET /sdapi/v1/progress';

const open: { close(): Promise<unknown> }[] = [];
export const { signal } = new AbortController();
export const half = uniformWeights(0.5, 'sd1');
export const requests = [1, 2, 3].map((seed) => makeRequest({}, { id: `cats/${seed}`, seeds: [seed] }));

/** Closes what a test has started; for `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one.close()));
}

/** One process of a server, of recorded replies; tests break it. */
interface World {
  appId: string;
  selected: string;
  /** Position of the load event. */
  load: number;
}

function routesOf(world: World): Routes {
  return {
    ...replaying('get_ping', 'get_sd_models', 'get_script_info', 'get_schedulers', 'get_progress_idle'),
    ...replaying('q_interrupt', 'q_pending_tasks_running'),
    'GET /app_id': () => ({ raw: `{"app_id":${world.appId}}` }),
    'GET /sdapi/v1/options': () => ({ status: 200, body: { sd_model_checkpoint: world.selected } }),
    [OPTIONS]: ({ body }) => {
      world.selected = (body as { sd_model_checkpoint: string }).sd_model_checkpoint;
      return { status: 200, body: null };
    },
    'GET /config': () => {
      const config = panelConfig();
      const fillers = Array.from({ length: world.load - LOAD }, () => ({}));
      config.dependencies.unshift(...fillers);
      return { status: 200, body: config };
    },
    [PREDICT]: ({ body }) =>
      recorded(
        (body as { fn_index: number }).fn_index === world.load ? 'rbm_10_load_B_no_session' : 'rbm_77_unload',
      ),
    [TXT2IMG]: imageOf,
  };
}

/** The recorded reply with the asked seed and a stand-in for the image. */
export function imageOf({ body }: SeenRequest, over: Readonly<Record<string, unknown>> = {}): Answer {
  const { seed, prompt } = body as { seed: number; prompt: string };
  const said = { seed, all_seeds: [seed], prompt, all_prompts: [prompt], infotexts: [], ...over };
  const info = { ...recorded('txt2img_min').derived?.info_parsed, ...said };
  return {
    status: 200,
    body: { images: [btoa(`image ${seed}`)], parameters: {}, info: JSON.stringify(info) },
  };
}

export async function start(
  over: Partial<A1111Options> = {},
  breaks: Routes = {},
): Promise<{ server: ReplayServer; renderer: Renderer; world: World }> {
  const world = { appId: '783001152136070811', selected: 'tinyBunetA.safetensors', load: LOAD };
  const server = await startReplayServer({ ...routesOf(world), ...breaks });
  const renderer = rendererOf({ url: server.url, ...over });
  open.push(server);
  return { server, renderer, world };
}

export function rendererOf(over: Partial<A1111Options> & { url: string }): Renderer {
  const renderer = createA1111Renderer({
    modelA: 'tinyA',
    modelB: 'tinyB',
    architecture: 'sd1',
    retryDelays: [0, 0],
    pollSeconds: 0.01,
    apiSeconds: 0.05,
    ...over,
  });
  open.unshift(renderer);
  return renderer;
}

export async function render(
  renderer: Renderer,
  weights: RenderJob['weights'],
  over: Partial<RenderJob> = {},
): Promise<Image[]> {
  const images: Image[] = [];
  for await (const image of renderer.render({ weights, requests, ...over }, signal)) images.push(image);
  return images;
}

export const events = (server: ReplayServer): unknown[] =>
  server.bodies(PREDICT).map((body) => (body as { fn_index: number }).fn_index);
export const scripted = (server: ReplayServer): boolean[] =>
  server.bodies(TXT2IMG).map((body) => 'alwayson_scripts' in (body as object));
