/** What the server answers at which path. txt2img is not here: faults strike it before it is answered. */
import { totalmem } from 'node:os';
import { readPngTexts } from '../png.ts';
import CMD_FLAGS from './data/cmd-flags.json' with { type: 'json' };
import LISTS from './data/lists.json' with { type: 'json' };
import { shortHash, titleOf } from './checkpoints.ts';
import { httpException } from './failures.ts';
import { interrogate } from './interrogate.ts';
import { parseInfotextPairs } from './txt2img/infotext-pairs.ts';
import { isDict } from './pydantic.ts';
import { scriptInfo, scriptNames } from './scripts.ts';
import type { Webui } from './webui.ts';

/** `api`: behind `--api` and `--api-auth`. `internal`: there as soon as the API is. `page`: behind `--gradio-auth`. `site`: of the pages, and open. */
export type RouteKind = 'api' | 'internal' | 'page' | 'site' | 'open';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly kind: RouteKind;
  /** Answers with what becomes JSON; `body` is the parsed body of a POST, undefined without one. */
  readonly answer: (webui: Webui, body: unknown) => unknown;
}

/** Of Forge alone. */
export const FORGE_ROUTES: readonly Route[] = [
  get('/sdapi/v1/sd-modules', 'api', (webui) =>
    webui.modules.map((filename) => ({ model_name: filename.replace(/^.*\//, ''), filename })),
  ),
];

export const ROUTES: readonly Route[] = [
  get('/sdapi/v1/options', 'api', (webui) => webui.options.all()),
  post('/sdapi/v1/options', 'api', async (webui, body) => await webui.setOptions(body)),
  get('/sdapi/v1/sd-models', 'api', sdModels),
  get('/sdapi/v1/samplers', 'api', () => LISTS.samplers),
  get('/sdapi/v1/schedulers', 'api', () => LISTS.schedulers),
  get('/sdapi/v1/upscalers', 'api', () => LISTS.upscalers),
  get('/sdapi/v1/latent-upscale-modes', 'api', () => LISTS.latentUpscaleModes),
  get('/sdapi/v1/face-restorers', 'api', () => LISTS.faceRestorers),
  get('/sdapi/v1/realesrgan-models', 'api', () => LISTS.realesrganModels),
  get('/sdapi/v1/sd-vae', 'api', () => []),
  get('/sdapi/v1/hypernetworks', 'api', () => []),
  get('/sdapi/v1/loras', 'api', (webui) => webui.settings.loras.list()),
  get('/sdapi/v1/prompt-styles', 'api', () => []),
  get('/sdapi/v1/embeddings', 'api', () => ({ loaded: {}, skipped: {} })),
  get('/sdapi/v1/cmd-flags', 'api', () => CMD_FLAGS),
  get('/sdapi/v1/extensions', 'api', installedExtensions),
  get('/sdapi/v1/scripts', 'api', (webui) => scriptNames(webui.extensions)),
  get('/sdapi/v1/script-info', 'api', (webui) => scriptInfo(webui.extensions)),
  get('/sdapi/v1/memory', 'api', memoryReport),
  get('/sdapi/v1/progress', 'api', (webui) => webui.state.report()),
  post('/sdapi/v1/interrupt', 'api', (webui) => {
    webui.state.interrupted = true;
    return {};
  }),
  post('/sdapi/v1/skip', 'api', (webui) => {
    webui.state.skipped = true;
    return null;
  }),
  post('/sdapi/v1/refresh-checkpoints', 'api', (webui) => {
    webui.table.refresh();
    return null;
  }),
  post('/sdapi/v1/refresh-loras', 'api', () => null),
  post('/sdapi/v1/refresh-vae', 'api', () => null),
  post('/sdapi/v1/refresh-embeddings', 'api', () => null),
  // Both only move the model between cards and main memory.
  post('/sdapi/v1/unload-checkpoint', 'api', () => ({})),
  post('/sdapi/v1/reload-checkpoint', 'api', () => ({})),
  post('/sdapi/v1/png-info', 'api', (_, body) => pngInfo(body)),
  post('/sdapi/v1/interrogate', 'api', interrogate),
  get('/internal/ping', 'internal', () => ({})),
  get('/internal/pending-tasks', 'internal', (webui) => webui.queue.pending()),
  post('/internal/progress', 'internal', taskProgress),
  get('/config', 'page', (webui) => webui.page.config()),
  post('/run/predict', 'page', (webui, body) => webui.page.predict(body)),
  post('/api/predict', 'page', (webui, body) => webui.page.predict(body)),
  get('/login_check', 'page', () => null),
  get('/startup-events', 'page', () => false),
  get('/queue/status', 'page', () => ({
    msg: 'estimation',
    rank: null,
    queue_size: 0,
    avg_event_process_time: 0,
    avg_event_concurrent_process_time: null,
    rank_eta: null,
    queue_eta: 1,
  })),
];

/** The description that lists the paths that exist, from the paths that exist. */
export function openApi(
  paths: readonly { readonly method: string; readonly path: string }[],
): Record<string, unknown> {
  const byPath: Record<string, Record<string, unknown>> = {};
  for (const { method, path } of paths) {
    const responses = { '200': { description: 'Successful Response' } };
    byPath[path] = { ...byPath[path], [method.toLowerCase()]: { summary: path, responses } };
  }
  return {
    openapi: '3.0.2',
    info: { title: 'FastAPI', version: '0.1.0' },
    paths: byPath,
    components: { schemas: {} },
  };
}

function get(path: string, kind: RouteKind, answer: Route['answer']): Route {
  return { method: 'GET', path, kind, answer };
}

function post(path: string, kind: RouteKind, answer: Route['answer']): Route {
  return { method: 'POST', path, kind, answer };
}

function sdModels(webui: Webui): Record<string, unknown>[] {
  return webui.table.list.map((entry) => ({
    title: titleOf(entry),
    model_name: entry.file.name,
    hash: entry.sha256 === null ? null : shortHash(entry.sha256),
    sha256: entry.sha256,
    filename: entry.file.path,
    config: entry.file.config,
  }));
}

function installedExtensions(webui: Webui): Record<string, unknown>[] {
  return webui.extensions.map(({ folder }) => ({
    name: folder,
    remote: `https://github.com/example/${folder}`,
    branch: 'main',
    commit_hash: '0'.repeat(40),
    version: '0'.repeat(8),
    commit_date: '1700000000',
    enabled: true,
  }));
}

function memoryReport({ outOfMemory }: Webui): Record<string, unknown> {
  const total = totalmem();
  const used = process.memoryUsage().rss;
  return {
    ram: { free: total - used, used, total },
    cuda: outOfMemory === 0 ? { error: 'unavailable' } : { events: { retries: 0, oom: outOfMemory } },
  };
}

function pngInfo(body: unknown): Record<string, unknown> {
  const image = isDict(body) ? body['image'] : undefined;
  if (typeof image !== 'string') throw httpException(404, 'Invalid encoded image');
  const bytes = Buffer.from(image.replace(/^data:[^,]*,/u, ''), 'base64');
  const { parameters: info = '', ...items } = readPngTexts(bytes);
  return { info, items, parameters: parseInfotextPairs(info) };
}

function taskProgress(webui: Webui, body: unknown): Record<string, unknown> {
  const request = isDict(body) ? body : {};
  const preview = request['id_live_preview'];
  return webui.queue.describe(
    request['id_task'],
    typeof preview === 'number' ? preview : -1,
    webui.state.fraction,
  );
}
