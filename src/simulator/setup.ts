/** What a server is started on: a world, and a folder of models that this world can draw with. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { architectureRow } from '../architectures/registry.ts';
import { usageError } from '../shared/errors.ts';
import type { Architecture } from '../space/blocks.ts';
import { DiskFolder, readTensors } from './models/disk-folder.ts';
import { checkpointsAlone } from './models/folders.ts';
import type { ModelFolders } from './models/folders.ts';
import { makeFolders } from './models/make-folders.ts';
import { ModelMaker } from './models/make-model.ts';
import type { ModelFolder } from './models/model-folder.ts';
import type { StateDict } from './models/state-dict.ts';
import type { ModelDefinition } from './models/model-folder.ts';
import type { SimulatorOptions } from './options.ts';
import { TINY_FLUX_FAMILY, tinyFluxArchitecture, tinyFluxFolders } from './setup-flux.ts';
import { createPainter } from './worlds/painter.ts';
import { modelFile, TINY_FLUX, TINY_FLUX_MODELS, TINY_MODELS } from './worlds/tiny/assets.ts';
import { requireTinyWorld } from './worlds/tiny/place.ts';
import { createTinyWorld } from './worlds/tiny/tiny-world.ts';
import type { World } from './worlds/world.ts';

export interface Setup {
  /** That of its models, blocks and all. */
  readonly architecture: Architecture;
  readonly world: World;
  /** Where its models lie: one of the folders. */
  readonly folder: ModelFolder;
  readonly folders: ModelFolders;
  /** Names of the landscape's origin and of its opposite corner. */
  readonly corners: readonly [string, string];
  /** What a LoRA of such a UNet and text encoder leads to. */
  readonly towards: (unet: string, textEncoder: string) => StateDict;
  /** Removes what was made for this server alone. */
  readonly clear: () => Promise<void>;
}

const PAINTED_MODELS = ['modelA', 'modelB', 'modelC'];

/** @throws usage errors `simulator-models`, `simulator-world`, `tiny-world-missing`, and those of the worlds */
export async function setUp(options: SimulatorOptions): Promise<Setup> {
  const isTiny = options.world === 'tiny';
  const isFlux = isTiny && isTinyFlux(options);
  const tinyModels = isFlux ? TINY_FLUX_MODELS : TINY_MODELS;
  const models = (options.models ?? (isTiny ? tinyModels : PAINTED_MODELS)).map(definitionOf);
  const names = models.map(({ name }) => name);
  const [a, b = a] = names;
  if (a === undefined || b === undefined || new Set(names).size < names.length) {
    const given = names.join(', ') || 'none';
    throw usageError(
      'simulator-models',
      `The simulator needs models with different names, but got: ${given}.`,
    );
  }
  if (isTiny && options.tinyWorld === undefined) requireTinyWorld();
  if (!isTiny) return { ...paintedSetup(models, options), corners: [a, b] };
  const set = isFlux ? await tinyFluxSetup(models, options) : await tinySetup(models, options);
  return { ...set, corners: [a, b] };
}

/** Another world of one's own is none of it. */
function isTinyFlux({ architecture = 'sd1', tinyWorld }: SimulatorOptions): boolean {
  return tinyWorld === undefined && architectureRow(architecture).layout?.family.id === TINY_FLUX_FAMILY;
}

export function definitionOf(model: string | ModelDefinition): ModelDefinition {
  return typeof model === 'string' ? { name: model } : model;
}

function paintedSetup(models: readonly ModelDefinition[], options: SimulatorOptions): Omit<Setup, 'corners'> {
  const { architecture = 'sd1' } = options;
  const corners = models.slice(0, 2).map((model) => model.unet ?? model.name);
  const maker = new ModelMaker(architecture, corners);
  return {
    architecture,
    world: createPainter(undefined, options.gpu),
    ...makeFolders(models, maker, options),
    towards: (unet, textEncoder) => maker.make({ unet, textEncoder, vae: 'common' }),
    clear: async () => {},
  };
}

/** The files are the world's own, copied; without a folder given they lie in one that goes with the server. */
async function tinySetup(
  models: readonly ModelDefinition[],
  { architecture = 'sd1', modelsDir, tinyWorld }: SimulatorOptions,
): Promise<Omit<Setup, 'corners'>> {
  if (architecture !== 'sd1' && tinyWorld === undefined) {
    throw usageError(
      'simulator-world',
      `The tiny world has models of sd1 and ${TINY_FLUX_FAMILY} only, none of ${architecture}: use --world painter.`,
    );
  }
  const world = await createTinyWorld({ folder: tinyWorld, suffix: suffixOf(architecture) });
  return await inFolder(world, modelsDir, (dir) => {
    const folder = new DiskFolder(dir, models, copyTiny);
    return { architecture, folder, folders: checkpointsAlone(folder), towards: tinyTensors };
  });
}

async function tinyFluxSetup(
  models: readonly ModelDefinition[],
  options: SimulatorOptions,
): Promise<Omit<Setup, 'corners'>> {
  const architecture = tinyFluxArchitecture(options.architecture ?? TINY_FLUX_FAMILY);
  const world = await createTinyWorld({ folder: TINY_FLUX });
  return await inFolder(world, options.modelsDir, (dir) => ({
    architecture,
    ...tinyFluxFolders(models, dir, options),
    towards: () => new Map(),
  }));
}

type Filled = Omit<Setup, 'world' | 'clear' | 'corners'>;

async function inFolder(
  world: World,
  modelsDir: string | undefined,
  fill: (dir: string) => Filled,
): Promise<Filled & Pick<Setup, 'world' | 'clear'>> {
  const own = modelsDir === undefined ? fs.mkdtempSync(path.join(os.tmpdir(), 'autombw-tiny-')) : undefined;
  const clear = async (): Promise<void> => {
    await world.close?.();
    if (own !== undefined) fs.rmSync(own, { recursive: true, force: true });
  };
  try {
    return { ...fill(own ?? modelsDir ?? ''), world, clear };
  } catch (error) {
    await clear();
    throw error;
  }
}

function suffixOf(architecture: Architecture): string {
  return architecture === 'sd1' ? '' : `-${architecture}`;
}

/** Which one is told by the name of its UNet. */
function copyTiny({ name, unet = name }: ModelDefinition, file: string): void {
  if (!isTinyModel(unet)) {
    throw usageError(
      'simulator-models',
      `The tiny world has the models ${TINY_MODELS.join(', ')}, and no "${unet}"; put others into a folder for --models-dir.`,
    );
  }
  fs.copyFileSync(modelFile(unet), file);
}

/** A LoRA of a name that is none of its models does nothing. */
function tinyTensors(unet: string): StateDict {
  return isTinyModel(unet) ? readTensors(modelFile(unet)) : new Map();
}

function isTinyModel(name: string): boolean {
  return TINY_MODELS.some((known) => known === name);
}
