/**
 * A simulated image server: answers over HTTP as AUTOMATIC1111 1.10.1 with runtime-block-merge or as ComfyUI 0.27.0
 * does, its silences included, and paints images whose quality follows the merge. The demo and the tests run on it.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, usageError } from '../shared/errors.ts';
import { codeOf } from '../shared/system-error.ts';
import { hasFault } from './faults.ts';
import { extensionsNamed } from './a1111/extensions/registry.ts';
import { LoraShelf } from './models/lora-shelf.ts';
import { HttpSide } from './a1111/server.ts';
import { Webui } from './a1111/webui.ts';
import type { WebuiSettings } from './a1111/webui.ts';
import { ComfySide } from './comfyui/index.ts';
import { createAxis } from './models/axis.ts';
import type { ModelFolder } from './models/model-folder.ts';
import type { StateDict } from './models/state-dict.ts';
import { wholeModel } from './models/transformers/spelling.ts';
import type { ServerFamily, Simulator, SimulatorOptions, SimulatorStats } from './options.ts';
import type { BlockWeights } from '../space/blocks.ts';
import { definitionOf, setUp } from './setup.ts';
import type { Setup } from './setup.ts';

/**
 * Starts one and resolves when it listens.
 * @throws usage error `simulator-models` (none, or two of one name), `simulator-world` `simulator-extensions` (unknown name) or `simulator-port` (cannot listen)
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const setup = await setUp(options);
  try {
    return await startOn(setup, options);
  } catch (error) {
    await setup.clear();
    throw error;
  }
}

async function startOn(
  { architecture, world, folder, folders, corners, towards, clear }: Setup,
  options: SimulatorOptions,
): Promise<Simulator> {
  const { host = '127.0.0.1' } = options;
  const [from, to] = corners.map((name) => tensorsOf(folder, name));
  const common = {
    folder,
    axis: createAxis(architecture, from ?? new Map(), to ?? new Map()),
    world,
    latencyMs: options.latencyMs ?? 0,
    seed: options.seed ?? 1,
    loras: new LoraShelf(options.loras ?? [], architecture, { from: from ?? new Map(), towards }),
    hasTagger: !hasFault(options.faults ?? [], 'no-tagger'),
  };
  const side: ServerSide =
    options.family === 'comfyui'
      ? new ComfySide({
          ...common,
          folders,
          version: options.comfyVersion ?? '0.27.0',
          mergeNodes: options.mergeNodes ?? {},
          faults: options.faults ?? [],
          replacements: options.replacements ?? [],
          host,
        })
      : webuiSide(
          {
            ...common,
            family: options.family ?? 'a1111',
            mergeMs: options.mergeMs ?? 0,
            // Forge looks for them as it builds its page.
            modules: options.pages === false ? [] : (options.modules ?? []),
            parts: options.pages === false ? [] : [folders.textEncoders, folders.vae],
            architecture,
            now: options.now ?? (() => new Date()),
            extensions: extensionsNamed(options.extensions ?? usualExtensions(options.family)),
          },
          options,
        );
  const server = side.listener();
  const port = await listen(server, host, options.port ?? 0);
  return {
    port,
    architecture,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    modelsDir: folder.path,
    models: () => folder.list().map(({ name }) => name),
    stats: () => side.stats(),
    addModel: (model) => {
      folder.put(definitionOf(model));
    },
    deleteModel: (name) => {
      folder.delete(name);
    },
    position: () => side.position(),
    restart: (without = []) => {
      side.restart(without);
    },
    close: async () => {
      side.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      await clear();
    },
  };
}

/** A server of whatever family, as far as the simulator looks into it. */
interface ServerSide {
  listener(): Server;
  stats(): SimulatorStats;
  position(): BlockWeights;
  restart(without: readonly string[]): void;
  close(): void;
}

function usualExtensions(family: ServerFamily | undefined): readonly string[] {
  return family === 'forge' ? [] : ['runtime-block-merge'];
}

function webuiSide(settings: WebuiSettings, options: SimulatorOptions): ServerSide {
  const webui = new Webui(settings);
  const http = new HttpSide(webui, options);
  return {
    listener: () => http.listener(),
    stats: () => http.stats(),
    position: () => webui.settings.axis.positionOf(webui.memory.model),
    restart: (without) => {
      webui.restart(foldersOf(webui, without));
    },
    close: () => {
      webui.closing.abort();
    },
  };
}

/** Extensions are told by the folder that they lie in, which may have a longer name. */
function foldersOf({ extensions }: Webui, names: readonly string[]): string[] {
  return extensions
    .map(({ folder }) => folder)
    .filter((folder) => names.some((name) => folder === name || folder.endsWith(`-${name}`)));
}

/** The ends of the landscape; a file that cannot be read is none. */
function tensorsOf(folder: ModelFolder, name: string): StateDict {
  return wholeModel(folder.read(`${name}.safetensors`)?.tensors ?? new Map());
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    // For good: once it listens, an error is that of a connection it could not accept, and the server goes on.
    server.on('error', (cause) => {
      const isTaken = codeOf(cause) === 'EADDRINUSE';
      const reason = isTaken ? 'something else listens there' : messageOf(cause);
      const message = `The simulator cannot listen on ${host}:${port} (${reason}): choose another port with --port, or 0 for any free one.`;
      reject(usageError('simulator-port', message, { cause }));
    });
    server.listen(port, host, () => {
      resolve(portOf(server.address()) ?? port);
    });
  });
}

function portOf(address: string | AddressInfo | null): number | undefined {
  return typeof address === 'object' ? address?.port : undefined;
}
