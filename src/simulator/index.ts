/**
 * A simulated image server: answers over HTTP as AUTOMATIC1111 1.10.1 with runtime-block-merge or as ComfyUI 0.3.64
 * does, its silences included, and paints pictures whose quality follows the merge. The demo and the tests run on it.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runError, messageOf, usageError } from '../errors.ts';
import { extensionsNamed } from './a1111/extensions/registry.ts';
import { LoraShelf } from './a1111/loras.ts';
import { HttpSide } from './a1111/server.ts';
import { Webui } from './a1111/webui.ts';
import type { WebuiSettings } from './a1111/webui.ts';
import { ComfySide } from './comfyui/index.ts';
import { createAxis } from './models/axis.ts';
import { DiskFolder } from './models/disk-folder.ts';
import { ModelMaker } from './models/make-model.ts';
import { MemoryFolder } from './models/model-folder.ts';
import type { ModelFolder } from './models/model-folder.ts';
import type { StateDict } from './models/state-dict.ts';
import type {
  ModelDefinition,
  ServerFamily,
  Simulator,
  SimulatorOptions,
  SimulatorStats,
} from './options.ts';
import type { BlockWeights } from '../space/blocks.ts';
import { createPainter } from './worlds/painter.ts';

export { EXTENSION_NAMES } from './a1111/extensions/registry.ts';
export { FAULT_NAMES, parseFault } from './faults.ts';
export type { Fault, FaultName } from './faults.ts';
export type {
  LoraDefinition,
  ModelDefinition,
  ServerFamily,
  Simulator,
  SimulatorOptions,
  SimulatorStats,
} from './options.ts';

const MODELS = ['modelA', 'modelB', 'modelC'];

/**
 * Starts one and resolves when it listens.
 * @throws usage error `simulator-models` (none, or two of one name) or `simulator-extensions` (unknown name), run error `simulator-port` (cannot listen)
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const models = (options.models ?? MODELS).map(definitionOf);
  const names = models.map(({ name }) => name);
  if (names.length === 0 || new Set(names).size < names.length) {
    const given = names.join(', ') || 'none';
    throw usageError(
      'simulator-models',
      `The simulator needs models with different names, but got: ${given}.`,
    );
  }
  const architecture = options.architecture ?? 'sd1';
  const maker = new ModelMaker(
    architecture,
    models.slice(0, 2).map((model) => model.unet ?? model.name),
  );
  const folder =
    options.modelsDir === undefined
      ? new MemoryFolder(models, maker)
      : new DiskFolder(options.modelsDir, models, maker);
  const common = {
    folder,
    axis: createAxis(architecture, tensorsOf(folder, names[0]), tensorsOf(folder, names[1] ?? names[0])),
    world: createPainter(),
    latencyMs: options.latencyMs ?? 0,
    seed: options.seed ?? 1,
  };
  const side: ServerSide =
    options.family === 'comfyui'
      ? new ComfySide({ ...common, faults: options.faults ?? [] })
      : webuiSide(
          {
            ...common,
            architecture,
            extensions: extensionsNamed(options.extensions ?? usualExtensions(options.family)),
            loras: new LoraShelf(options.loras ?? [], architecture, {
              from: tensorsOf(folder, names[0]),
              towards: (unet, textEncoder) => maker.make({ unet, textEncoder, vae: 'common' }),
            }),
          },
          options,
        );
  const server = side.listener();
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host, options.port ?? 0);
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    stats: () => side.stats(),
    addModel: (model) => {
      folder.put(definitionOf(model));
    },
    deleteModel: (name) => {
      folder.delete(name);
    },
    position: () => side.position(),
    restart: () => {
      side.restart();
    },
    close: async () => {
      side.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

/** A server of whatever family, as far as the simulator looks into it. */
interface ServerSide {
  listener(): Server;
  stats(): SimulatorStats;
  position(): BlockWeights;
  restart(): void;
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
    restart: () => {
      webui.restart();
    },
    close: () => {
      webui.closing.abort();
    },
  };
}

function definitionOf(model: string | ModelDefinition): ModelDefinition {
  return typeof model === 'string' ? { name: model } : model;
}

/** The ends of the landscape; a file that cannot be read is none. */
function tensorsOf(folder: ModelFolder, name: string | undefined): StateDict {
  return folder.read(`${name}.safetensors`)?.tensors ?? new Map();
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `The simulator cannot listen on ${host}:${port} (${messageOf(cause)}): choose another port.`;
      reject(runError('simulator-port', message, { cause }));
    });
    server.listen(port, host, () => {
      resolve(portOf(server.address()) ?? port);
    });
  });
}

function portOf(address: string | AddressInfo | null): number | undefined {
  return typeof address === 'object' ? address?.port : undefined;
}
