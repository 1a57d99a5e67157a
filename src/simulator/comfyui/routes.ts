/** What the server answers at which path. `POST /prompt` and `GET /view` have files of their own. */
import { freemem, totalmem } from 'node:os';
import type { NodeReplacement } from './graph/replace.ts';
import SERVER_TODAY from './data/server-0.27.json' with { type: 'json' };
import SERVER from './data/server.json' with { type: 'json' };
import { isObject, readJson } from './json.ts';
import type { Machine } from './machine.ts';
import { fileNames, objectInfo } from './object-info.ts';
import type { ComfyVersion } from './object-info.ts';
import { postPrompt } from './post-prompt.ts';
import { InternalServerError } from './python.ts';
import type { ComfyProcess } from './run/process.ts';
import { viewImage } from './view.ts';
import { FEATURES } from './websocket/clients.ts';

export interface Call {
  readonly machine: Machine;
  readonly process: ComfyProcess;
  /** The last part of a path that ends in one, decoded. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** Headers and bytes for a file; `json` for the rest; an empty body without either. */
export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** By `METHOD /path`; a path that ends in `*` takes one more part. */
export const ROUTES: ReadonlyMap<string, (call: Call) => Answer> = new Map(
  Object.entries<(call: Call) => Answer>({
    'GET /system_stats': (call) => ok(systemStats(serverOf(call))),
    'GET /features': (call) => ok({ ...FEATURES, ...serverOf(call).features }),
    'GET /extensions': (call) => ok(serverOf(call).extensions),
    'GET /embeddings': () => ok([]),
    'GET /models': (call) => ok(serverOf(call).modelFolders),
    'GET /models/*': modelsOf,
    'GET /object_info': ({ machine }) => ok(Object.fromEntries(objectInfo(machine.settings))),
    'GET /object_info/*': nodeInfo,
    'GET /node_replacements': ({ machine }) => ok(byOldClass(machine.settings.replacements)),
    'GET /view': ({ machine, query }) => viewImage(machine.files, query),
    'GET /view_metadata/*': viewMetadata,
    'GET /prompt': ({ process }) => ok({ exec_info: { queue_remaining: process.queue.remaining } }),
    'POST /prompt': ({ machine, process, body }) => {
      const { settings } = machine;
      const { status, body: json } = postPrompt(
        process,
        objectInfo(settings),
        required(body),
        settings.replacements,
      );
      return { status, json };
    },
    'GET /queue': ({ process }) => ok(process.queue.list()),
    'POST /queue': changeQueue,
    'GET /history': ({ process, query }) =>
      ok(process.history.newest(Number(query.get('max_items') ?? Infinity))),
    'GET /history/*': ({ process, name }) => ok(process.history.get(name)),
    'POST /history': changeHistory,
    'POST /interrupt': ({ process, body }) => {
      const id = optional(body)['prompt_id'];
      process.interrupt(typeof id === 'string' ? id : undefined);
      return { status: 200 };
    },
    'POST /free': ({ process, body }) => {
      if (optional(body)['free_memory'] === true) process.forgetResults();
      return { status: 200 };
    },
  }),
);

function ok(json: unknown): Answer {
  return { status: 200, json };
}

const SERVERS: Readonly<Record<ComfyVersion, ServerFacts>> = { '0.3.64': SERVER, '0.27.0': SERVER_TODAY };

interface ServerFacts {
  readonly modelFolders: readonly string[];
  readonly extensions: readonly string[];
  readonly systemStats: { readonly system: object; readonly devices: readonly object[] };
  /** Beside those that all versions have. */
  readonly features?: object;
}

function serverOf({ machine }: Call): ServerFacts {
  return SERVERS[machine.settings.version];
}

function systemStats({ systemStats: { system, devices } }: ServerFacts): object {
  const [total, free] = [totalmem(), freemem()];
  const memory = { vram_total: total, vram_free: free, torch_vram_total: total, torch_vram_free: free };
  return {
    system: { ...system, ram_total: total, ram_free: free },
    devices: devices.map((device) => ({ ...device, ...memory })),
  };
}

function modelsOf(call: Call): Answer {
  const { folders, loras } = call.machine.settings;
  const shown = new Map([
    ['checkpoints', folders.checkpoints],
    ['diffusion_models', folders.diffusionModels],
    ['text_encoders', folders.textEncoders],
    ['vae', folders.vae],
  ]);
  if (call.name === 'loras') return ok(loras.files());
  const folder = shown.get(call.name);
  if (folder !== undefined) return ok(fileNames(folder));
  return serverOf(call).modelFolders.includes(call.name) ? ok([]) : { status: 404 };
}

function nodeInfo({ machine, name }: Call): Answer {
  const info = objectInfo(machine.settings).get(name);
  return ok(info === undefined ? {} : { [name]: info });
}

function byOldClass(replacements: readonly NodeReplacement[]): object {
  return Object.fromEntries(replacements.map((one) => [one.old_node_id, [{ ...one, old_widget_ids: null }]]));
}

function viewMetadata({ machine, name, query }: Call): Answer {
  const file = query.get('filename') ?? '';
  if (name !== 'checkpoints' || !machine.settings.folders.checkpoints.has(file)) return { status: 404 };
  return ok(machine.metadata.get(file) ?? { format: 'pt' });
}

function changeQueue({ process, body }: Call): Answer {
  const { clear, delete: ids } = required(body);
  if (clear === true) {
    process.queue.clear();
    process.tellStatus();
  }
  for (const id of Array.isArray(ids) ? ids : []) {
    if (process.queue.delete(String(id))) process.tellStatus();
  }
  return { status: 200 };
}

function changeHistory({ process, body }: Call): Answer {
  const { clear, delete: ids } = required(body);
  if (clear === true) process.history.clear();
  for (const id of Array.isArray(ids) ? ids : []) process.history.delete(String(id));
  return { status: 200 };
}

/** @throws InternalServerError for what is no JSON object */
function required(body: string): Record<string, unknown> {
  try {
    const value = readJson(body);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InternalServerError();
}

/** A body that is missing or no JSON counts as an empty one. */
function optional(body: string): Record<string, unknown> {
  try {
    return required(body);
  } catch (error) {
    if (!(error instanceof InternalServerError)) throw error;
    return {};
  }
}
