/** A server whose folder the test can reach into, and the images of its prompts. */
import { createAxis } from '../../../../src/simulator/models/axis.ts';
import { ComfySide } from '../../../../src/simulator/comfyui/index.ts';
import { ModelMaker } from '../../../../src/simulator/models/make-model.ts';
import { checkpointsAlone } from '../../../../src/simulator/models/folders.ts';
import { LoraShelf } from '../../../../src/simulator/models/lora-shelf.ts';
import { MemoryFolder } from '../../../../src/simulator/models/model-folder.ts';
import type { ModelFolder } from '../../../../src/simulator/models/model-folder.ts';
import type { StateDict } from '../../../../src/simulator/models/state-dict.ts';
import { createPainter } from '../../../../src/simulator/worlds/painter.ts';
import type { Architecture } from '../../../../src/space/blocks.ts';
import type { AddressInfo } from 'node:net';
import { fileOf, hashOf, pixelsOf, post, settled } from './client.ts';
import type { Entry } from './client.ts';

export interface Comfy {
  readonly url: string;
  readonly folder: ModelFolder;
  readonly side: ComfySide;
  readonly tensors: (name: string) => StateDict;
  close(): Promise<void>;
}

/** modelA, modelB and modelC. */
export async function startComfy(architecture: Architecture = 'sd1'): Promise<Comfy> {
  const names = ['modelA', 'modelB', 'modelC'];
  const maker = new ModelMaker(architecture, names.slice(0, 2));
  const folder = new MemoryFolder(
    names.map((name) => ({ name })),
    maker,
  );
  const tensors = (name: string): StateDict => folder.read(`${name}.safetensors`)?.tensors ?? new Map();
  const axis = createAxis(architecture, tensors('modelA'), tensors('modelB'));
  const side = new ComfySide({
    folders: checkpointsAlone(folder),
    loras: new LoraShelf([], architecture, { from: new Map(), towards: () => new Map() }),
    version: '0.3.64',
    mergeNodes: {},
    axis,
    world: createPainter(),
    latencyMs: 0,
    seed: 1,
    faults: [],
    replacements: [],
    host: '127.0.0.1',
  });
  const server = side.listener();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    side,
    tensors,
    close: async () => {
      side.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Shot {
  readonly hash: string;
  readonly pixels: Buffer;
  readonly png: Buffer;
  readonly cached: unknown;
  readonly entry: Entry;
}

/** Runs a graph and takes the image of node 9. */
export async function shoot(url: string, prompt: object, index = 0): Promise<Shot> {
  const { prompt_id: id } = await post(url, { prompt });
  const entry = await settled(url, id);
  const png = await fileOf(url, entry, '9', index);
  const pixels = await pixelsOf(png);
  return { hash: hashOf(pixels), pixels, png, entry, cached: entry.status.messages[1]?.[1]['nodes'] };
}

/** Largest difference of a channel. */
export function distance(a: Buffer, b: Buffer): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);
}
