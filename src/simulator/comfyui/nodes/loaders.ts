/** Files become parts of a model: UNet, text encoder and VAE. */
import { partOf } from '../../models/state-dict.ts';
import type { ModelPart, StateDict, Tensor } from '../../models/state-dict.ts';
import { PythonError } from '../python.ts';
import type { NodeClass } from './node.ts';
import type { VaeValue } from './values.ts';

export const checkpointLoader: NodeClass = {
  run: (inputs, { folder, world }) => {
    const name = inputs.text('ckpt_name');
    const file = folder.read(name);
    if (file === undefined) throw unreadable(name, folder.has(name));
    const unet = partsOf(file.tensors, 'unet');
    const text = partsOf(file.tensors, 'text-encoder');
    if (unet.size === 0) {
      throw new PythonError('RuntimeError', `There is no UNet in ${file.path}`);
    }
    if (world.refuse?.(file.tensors) !== undefined) {
      throw new PythonError('RuntimeError', `ERROR: Could not detect model type of: ${file.path}`);
    }
    return {
      values: [
        { kind: 'MODEL', unet },
        text.size === 0 ? null : { kind: 'CLIP', tensors: text, skip: 1 },
        { kind: 'VAE', tensors: partsOf(file.tensors, 'vae') },
      ],
    };
  },
};

/** The only choice without VAE files. */
const PIXEL_SPACE: VaeValue = {
  kind: 'VAE',
  tensors: new Map<string, Tensor>([
    ['first_stage_model.pixel_space', { shape: [], data: new Float32Array(1) }],
  ]),
};

export const vaeLoader: NodeClass = { run: () => ({ values: [PIXEL_SPACE] }) };

function unreadable(name: string, isThere: boolean): PythonError {
  return isThere
    ? new PythonError(
        'safetensors._safetensors_rust.SafetensorError',
        'Error while deserializing header: header too large',
      )
    : new PythonError(
        'FileNotFoundError',
        `Model in folder 'checkpoints' with filename '${name}' not found.`,
      );
}

function partsOf(tensors: StateDict, part: ModelPart): StateDict {
  return new Map([...tensors].filter(([key]) => partOf(key) === part));
}
