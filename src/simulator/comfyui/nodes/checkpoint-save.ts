/** Nodes that write a model, or a part of one, into a folder. They tell nobody under which name. */
import path from 'node:path';
import { VAE_PREFIX } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import type { ModelFolder } from '../../models/model-folder.ts';
import { encoderPrefix, kindsIn } from '../../models/transformers/encoders.ts';
import { bare } from '../../models/transformers/spelling.ts';
import { writeJson } from '../json.ts';
import { placeOf } from '../image-files.ts';
import type { NodeClass, NodeTools } from './node.ts';

export const checkpointSave: NodeClass = {
  run: (inputs, tools) => {
    const place = placeOf(inputs.text('filename_prefix'));
    const { unet } = inputs.model('model');
    const tensors = new Map([...unet, ...inputs.clip('clip').tensors, ...inputs.vae('vae').tensors]);
    const file = save(place, 'checkpoints', tools.folders.checkpoints, tensors);
    if (file !== undefined)
      tools.noteMetadata(file, metadataOf(tools, { 'modelspec.predict_key': 'epsilon' }));
    return { values: [] };
  },
};

/** The network alone, with the keys of a checkpoint. */
export const modelSave: NodeClass = {
  run: (inputs, { folders }) => {
    const place = placeOf(inputs.text('filename_prefix'));
    save(place, 'diffusion_models', folders.diffusionModels, inputs.model('model').unet);
    return { values: [] };
  },
};

export const vaeSave: NodeClass = {
  run: (inputs, { folders }) => {
    const place = placeOf(inputs.text('filename_prefix'));
    save(place, 'vae', folders.vae, bare(inputs.vae('vae').tensors, VAE_PREFIX));
    return { values: [] };
  },
};

/** A file for each encoder, named after it. */
export const clipSave: NodeClass = {
  run: (inputs, { folders }) => {
    const { subfolder, stem } = placeOf(inputs.text('filename_prefix'));
    const { tensors } = inputs.clip('clip');
    for (const kind of kindsIn(tensors)) {
      const place = { subfolder, stem: `${stem}_${kind}` };
      save(place, 'clip', folders.textEncoders, bare(tensors, encoderPrefix(kind)));
    }
    return { values: [] };
  },
};

/**
 * @param listed below `output`: what lies there is in the folder's list
 * @returns name of the file; undefined elsewhere below output, where no list names it and nothing here could ever read it
 */
function save(
  { subfolder, stem }: ReturnType<typeof placeOf>,
  listed: string,
  folder: ModelFolder,
  tensors: StateDict,
): string | undefined {
  if (subfolder !== listed && !subfolder.startsWith(`${listed}/`)) return undefined;
  const prefix = path.posix.join(path.posix.relative(listed, subfolder), stem);
  const taken = folder.list().flatMap(({ name }) => counterOf(name, prefix));
  const name = `${prefix}_${String(Math.max(0, ...taken) + 1).padStart(5, '0')}_`;
  folder.write(name, tensors, null);
  return `${name}.safetensors`;
}

function metadataOf(
  { prompt, pngInfo }: NodeTools,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const extra = Object.entries(pngInfo).map(([key, value]) => [key, writeJson(value)] as const);
  return { prompt: writeJson(prompt), ...Object.fromEntries(extra), ...more };
}

function counterOf(name: string, prefix: string): number[] {
  const rest = name.startsWith(`${prefix}_`) ? name.slice(prefix.length + 1) : '';
  const digits = /^(\d+)_$/u.exec(rest)?.[1];
  return digits === undefined ? [] : [Number(digits)];
}
