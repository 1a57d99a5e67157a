/** The tiny world as a transformer: files that hold the network alone, with text encoders and a VAE beside them. */
import fs from 'node:fs';
import path from 'node:path';
import { recogniseArchitecture } from '../architectures/registry.ts';
import { usageError } from '../shared/errors.ts';
import { openSafetensors } from '../shared/safetensors/read.ts';
import type { Architecture } from '../space/blocks.ts';
import { DiskFolder } from './models/disk-folder.ts';
import type { ModelSource } from './models/disk-folder.ts';
import { folderNames } from './models/make-folders.ts';
import type { MadeFolders } from './models/make-folders.ts';
import type { ModelDefinition } from './models/model-folder.ts';
import type { SimulatorOptions } from './options.ts';
import { TINY_FLUX, TINY_FLUX_MODELS } from './worlds/tiny/assets.ts';

/** Names under which people know such files, and those of the package. */
const ENCODERS = new Map([
  ['clip_l', 'clip-l'],
  ['t5xxl', 't5'],
]);
const VAES = new Map([['ae', 'vae']]);

export const TINY_FLUX_FAMILY = 'flux1';

/**
 * The blocks that its files really have.
 * @param wanted the family, or the very same
 * @throws usage error `simulator-world`
 */
export function tinyFluxArchitecture(wanted: Architecture): Architecture {
  const { tensors, metadata } = openSafetensors(fluxFile(TINY_FLUX_MODELS[0]));
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const found = recogniseArchitecture({ tensors, byName, metadata: new Map(metadata) })?.architecture;
  if (found !== undefined && (wanted === TINY_FLUX_FAMILY || wanted === found)) return found;
  throw usageError(
    'simulator-world',
    `The tiny world's transformer is ${found ?? 'unknown'}, not ${wanted}: give --architecture ${TINY_FLUX_FAMILY}.`,
  );
}

/** @param dir where they are copied to, as far as they are not there */
export function tinyFluxFolders(
  models: readonly ModelDefinition[],
  dir: string,
  { family = 'a1111', files }: SimulatorOptions,
): MadeFolders {
  if (files === 'whole') {
    throw usageError(
      'simulator-world',
      'The tiny world has files of networks alone: leave --files whole out, or use --world painter.',
    );
  }
  const names = folderNames(family);
  const at = (name: keyof typeof names, inside: readonly ModelDefinition[], copy: ModelSource): DiskFolder =>
    new DiskFolder(path.join(dir, names[name]), inside, copy);
  const folders = {
    checkpoints: at('checkpoints', [], copyNetwork),
    diffusionModels: at('diffusionModels', models, copyNetwork),
    textEncoders: at('textEncoders', namesIn(ENCODERS), copyPart(ENCODERS)),
    vae: at('vae', namesIn(VAES), copyPart(VAES)),
  };
  return { folder: folders.diffusionModels, folders };
}

function namesIn(files: ReadonlyMap<string, string>): ModelDefinition[] {
  return [...files.keys()].map((name) => ({ name }));
}

/** Which one is told by the name of its UNet. */
function copyNetwork({ name, unet = name }: ModelDefinition, file: string): void {
  if (!TINY_FLUX_MODELS.some((known) => known === unet)) {
    throw usageError(
      'simulator-models',
      `The tiny world's transformer has the models ${TINY_FLUX_MODELS.join(' and ')}, and no "${unet}"; put others into a folder for --models-dir.`,
    );
  }
  fs.copyFileSync(fluxFile(unet), file);
}

function copyPart(files: ReadonlyMap<string, string>): ModelSource {
  return ({ name }, file) => {
    fs.copyFileSync(fluxFile(files.get(name) ?? name), file);
  };
}

function fluxFile(name: string): string {
  return path.join(TINY_FLUX, `${name}.safetensors`);
}
