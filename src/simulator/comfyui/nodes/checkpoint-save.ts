/** CheckpointSave: writes a model into the folder. It tells nobody under which name. */
import path from 'node:path';
import { writeJson } from '../json.ts';
import { placeOf } from '../image-files.ts';
import type { NodeClass } from './node.ts';

/** Below `output`: what lies there is in the list of checkpoints. */
const LISTED = 'checkpoints';

export const checkpointSave: NodeClass = {
  run: (inputs, { folder, prompt, pngInfo, noteMetadata }) => {
    const { subfolder, stem } = placeOf(inputs.text('filename_prefix'));
    const { unet } = inputs.model('model');
    const tensors = new Map([...unet, ...inputs.clip('clip').tensors, ...inputs.vae('vae').tensors]);
    // Elsewhere below output no list names it, and nothing here could ever read it.
    if (subfolder !== LISTED && !subfolder.startsWith(`${LISTED}/`)) return { values: [] };
    const prefix = path.posix.join(path.posix.relative(LISTED, subfolder), stem);
    const taken = folder.list().flatMap(({ name }) => counterOf(name, prefix));
    const name = `${prefix}_${String(Math.max(0, ...taken) + 1).padStart(5, '0')}_`;
    folder.write(name, tensors, null);
    const extra = Object.entries(pngInfo).map(([key, value]) => [key, writeJson(value)] as const);
    noteMetadata(`${name}.safetensors`, {
      prompt: writeJson(prompt),
      ...Object.fromEntries(extra),
      'modelspec.predict_key': 'epsilon',
    });
    return { values: [] };
  },
};

function counterOf(name: string, prefix: string): number[] {
  const rest = name.startsWith(`${prefix}_`) ? name.slice(prefix.length + 1) : '';
  const digits = /^(\d+)_$/u.exec(rest)?.[1];
  return digits === undefined ? [] : [Number(digits)];
}
