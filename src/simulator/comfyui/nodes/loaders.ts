/** Files become parts of a model: network, text encoder and VAE. */
import { partOf } from '../../models/state-dict.ts';
import type { ModelPart, StateDict, Tensor } from '../../models/state-dict.ts';
import type { ModelFolder } from '../../models/model-folder.ts';
import { familyOf } from '../../models/transformers/family.ts';
import { encoderOf, networkOf, vaeOf, wholeModel } from '../../models/transformers/spelling.ts';
import { PIXEL_SPACE } from '../object-info.ts';
import { PythonError } from '../python.ts';
import type { NodeInputs } from './node-inputs.ts';
import type { NodeClass } from './node.ts';
import type { VaeValue } from './values.ts';

export const checkpointLoader: NodeClass = {
  run: (inputs, { folders, world }) => {
    const name = inputs.text('ckpt_name');
    const file = readFile(folders.checkpoints, 'checkpoints', name);
    const whole = wholeModel(file.tensors);
    const unet = partsOf(whole, 'unet');
    const text = partsOf(whole, 'text-encoder');
    if (unet.size === 0) {
      throw new PythonError('RuntimeError', `There is no UNet in ${file.path}`);
    }
    if (world.refuse?.(whole) !== undefined) throw unknownModel(file.path);
    return {
      values: [
        { kind: 'MODEL', unet },
        text.size === 0 ? null : { kind: 'CLIP', tensors: text, skip: 1 },
        { kind: 'VAE', tensors: partsOf(whole, 'vae') },
      ],
    };
  },
};

/** A network alone, or that of a checkpoint. */
export const unetLoader: NodeClass = {
  run: (inputs, { folders, world }) => {
    const file = readFile(folders.diffusionModels, 'diffusion_models', inputs.text('unet_name'));
    const unet = networkOf(file.tensors);
    const isKnown =
      familyOf(unet) !== undefined || [...unet.keys()].some((key) => key.includes('input_blocks.'));
    if (!isKnown || world.refuse?.(unet, 'unet') !== undefined) throw unknownModel(file.path);
    return { values: [{ kind: 'MODEL', unet }] };
  },
};

/** All loaders of text encoders: they differ in how many files they take. */
export const clipLoader: NodeClass = {
  run: (inputs, { folders }) => {
    const tensors = new Map(
      clipNames(inputs).flatMap((name) => [
        ...encoderOf(readFile(folders.textEncoders, 'text_encoders', name).tensors),
      ]),
    );
    return { values: [{ kind: 'CLIP', tensors, skip: 1, type: typeOf(inputs) }] };
  },
};

function clipNames({ plain }: NodeInputs): string[] {
  return [...plain].flatMap(([input, value]) =>
    /^clip_name\d?$/u.test(input) && typeof value === 'string' ? [value] : [],
  );
}

/** Those of three and of four files have none: the number says it. */
function typeOf(inputs: NodeInputs): string {
  const type = inputs.plain.get('type');
  if (typeof type === 'string') return type;
  return clipNames(inputs).length === 3 ? 'sd3' : 'hidream';
}

const PIXELS: VaeValue = {
  kind: 'VAE',
  tensors: new Map<string, Tensor>([
    ['first_stage_model.pixel_space', { shape: [], data: new Float32Array(1) }],
  ]),
};

export const vaeLoader: NodeClass = {
  run: (inputs, { folders }) => {
    const name = inputs.text('vae_name');
    if (name === PIXEL_SPACE) return { values: [PIXELS] };
    const tensors = vaeOf(readFile(folders.vae, 'vae', name).tensors);
    const isVae = [...tensors.keys()].some((key) => key.includes('.decoder.'));
    if (isVae) return { values: [{ kind: 'VAE', tensors }] };
    throw new PythonError(
      'RuntimeError',
      'ERROR: VAE is invalid: None\n\nIf the VAE is from a checkpoint loader node your checkpoint does not contain a valid VAE.',
    );
  },
};

/** @throws PythonError for a file that is gone or cannot be read */
function readFile(
  folder: ModelFolder,
  kind: string,
  name: string,
): { readonly tensors: StateDict; readonly path: string } {
  const file = folder.read(name);
  if (file !== undefined) return file;
  throw folder.has(name)
    ? new PythonError(
        'safetensors._safetensors_rust.SafetensorError',
        'Error while deserializing header: header too large',
      )
    : new PythonError('FileNotFoundError', `Model in folder '${kind}' with filename '${name}' not found.`);
}

function unknownModel(path: string): PythonError {
  return new PythonError('RuntimeError', `ERROR: Could not detect model type of: ${path}`);
}

function partsOf(tensors: StateDict, part: ModelPart): StateDict {
  return new Map([...tensors].filter(([key]) => partOf(key) === part));
}
