/** Folders of made models: in memory, or real ones, in which only what is missing is made. */
import path from 'node:path';
import { architectureRow } from '../../architectures/registry.ts';
import type { ServerFamily, SimulatorOptions } from '../options.ts';
import { DiskFolder, writeModel } from './disk-folder.ts';
import { checkpointsAlone } from './folders.ts';
import type { ModelFolders } from './folders.ts';
import { vaeShapes } from './make-model.ts';
import type { Maker } from './make-model.ts';
import { MemoryFolder } from './model-folder.ts';
import type { ModelDefinition, ModelFolder } from './model-folder.ts';
import { randomTensors } from './shapes.ts';
import { UNET_PREFIX, VAE_PREFIX } from './state-dict.ts';
import { companionsOf, USUAL_COMPANIONS } from './transformers/companions.ts';
import type { Companions } from './transformers/companions.ts';
import { madeEncoder } from './transformers/encoders.ts';
import { bare } from './transformers/spelling.ts';

export interface MadeFolders {
  /** That of the models. */
  readonly folder: ModelFolder;
  readonly folders: ModelFolders;
}

type Place = Pick<SimulatorOptions, 'modelsDir' | 'family'>;

export function makeFolders(
  models: readonly ModelDefinition[],
  maker: Maker,
  options: SimulatorOptions,
): MadeFolders {
  const { architecture = 'sd1', modelsDir } = options;
  const { layout } = architectureRow(architecture);
  if (layout === undefined) {
    const folder = folderOf(models, maker, modelsDir);
    return { folder, folders: checkpointsAlone(folder) };
  }
  const usual = companionsOf(layout.family.id) ?? USUAL_COMPANIONS;
  const companions =
    options.family === 'forge' ? { ...usual, encoders: usual.onForge ?? usual.encoders } : usual;
  const isWhole = (options.files ?? (companions.isWhole === true ? 'whole' : 'network')) === 'whole';
  const networks: Maker = { make: (parts) => bare(maker.make(parts), UNET_PREFIX) };
  const place = (name: keyof ModelFolders, inside: readonly ModelDefinition[], make: Maker): ModelFolder =>
    folderOf(inside, make, pathOf(options, name), memoryPathOf(options, name));
  const parts = isWhole ? { encoders: [], vae: [] } : partsOf(companions);
  const folders = {
    checkpoints: place('checkpoints', isWhole ? models : [], maker),
    diffusionModels: place('diffusionModels', isWhole ? [] : models, networks),
    textEncoders: place('textEncoders', parts.encoders, encoderMaker(companions)),
    vae: place('vae', parts.vae, vaeMaker(companions)),
  };
  return { folder: isWhole ? folders.checkpoints : folders.diffusionModels, folders };
}

const WEBUI_NAMES = { checkpoints: '', diffusionModels: '', textEncoders: 'text_encoder', vae: 'VAE' };
const FOLDER_NAMES: Readonly<Record<ServerFamily, Readonly<Record<keyof ModelFolders, string>>>> = {
  comfyui: {
    checkpoints: 'checkpoints',
    diffusionModels: 'diffusion_models',
    textEncoders: 'text_encoders',
    vae: 'vae',
  },
  // A WebUI has one folder for checkpoints and networks.
  a1111: WEBUI_NAMES,
  forge: WEBUI_NAMES,
};

/** Of a server's folders, below the one that is given; empty for that one itself. */
export function folderNames(family: ServerFamily): Readonly<Record<keyof ModelFolders, string>> {
  return FOLDER_NAMES[family];
}

/** Undefined = in memory. */
function pathOf({ modelsDir, family = 'a1111' }: Place, name: keyof ModelFolders): string | undefined {
  return modelsDir === undefined ? undefined : path.join(modelsDir, FOLDER_NAMES[family][name]);
}

/** As the server tells it. */
function memoryPathOf({ family = 'a1111' }: Place, name: keyof ModelFolders): string | undefined {
  const folder = FOLDER_NAMES[family][name];
  if (family === 'comfyui') return `/comfyui/models/${folder}`;
  return folder === '' ? undefined : `/webui/models/${folder}`;
}

function folderOf(
  models: readonly ModelDefinition[],
  maker: Maker,
  dir: string | undefined,
  inMemory?: string,
): ModelFolder {
  if (dir === undefined) return new MemoryFolder(models, maker, inMemory);
  return new DiskFolder(dir, models, (definition, file) => {
    const { name, unet = name, textEncoder = name, vae = 'common', architecture, isFloat32 } = definition;
    writeModel(file, maker.make({ unet, textEncoder, vae, architecture, isFloat32 }));
  });
}

/** The name of the one file is that of all its parts. */
function partsOf({ encoders, vae }: Companions): Record<'encoders' | 'vae', readonly ModelDefinition[]> {
  return { encoders: encoders.map(({ file }) => ({ name: file })), vae: [{ name: vae, vae }] };
}

/** Files that are no encoder of the family are of the kind of its first one. */
function encoderMaker({ encoders }: Companions): Maker {
  return {
    make: ({ textEncoder: name }) => {
      const kind = encoders.find(({ file }) => file === name)?.kind ?? encoders[0]?.kind;
      return kind === undefined ? new Map() : madeEncoder(kind, name);
    },
  };
}

function vaeMaker({ channels }: Companions): Maker {
  return { make: ({ vae }) => bare(randomTensors(vaeShapes(channels), `vae|${vae}`), VAE_PREFIX) };
}
