/** Opens a checkpoint as far as its header. Pickles are recognised by their first bytes and never read further. */
import fs from 'node:fs';
import path from 'node:path';
import { usageError, type AutombwError } from '../shared/errors.ts';
import { isReadFailure } from '../shared/files/read-file.ts';
import { SafetensorsFault } from '../shared/safetensors/header.ts';
import { openSafetensors, type SafetensorsFile } from '../shared/safetensors/read.ts';
import { systemReason } from '../shared/system-error.ts';

/** A checkpoint, a LoRA or a VAE, as far as its header. */
export type CheckpointFile = SafetensorsFile;

/** @throws usage error `checkpoint-unreadable`, `checkpoint-format` (something else than safetensors), `checkpoint-damaged` */
export function openCheckpoint(file: string): CheckpointFile {
  try {
    if (fs.statSync(file).isDirectory()) throw wrongFormat(file, describeFolder(file));
    return openSafetensors(file, (start) => {
      const other = describeStart(start);
      if (other !== undefined) throw wrongFormat(file, other);
    });
  } catch (cause) {
    if (cause instanceof SafetensorsFault) throw damagedError(file, cause);
    if (!isReadFailure(cause)) throw cause;
    throw usageError(
      'checkpoint-unreadable',
      `The checkpoint ${file} cannot be read (${systemReason(cause)}).`,
      { cause },
    );
  }
}

/** Usage error `checkpoint-damaged`. */
export function damagedError(file: string, cause: SafetensorsFault): AutombwError {
  return usageError(
    'checkpoint-damaged',
    `${file} is damaged or not a safetensors file: ${cause.message}. Download or save it again.`,
    { cause },
  );
}

const CONVERT =
  'a pickle (.ckpt or .pt), which can run code when opened; autombw never opens one. Convert it to safetensors first, e.g. in the Checkpoint Merger tab of the WebUI (No interpolation, safetensors)';

/** What the first bytes say, where they are not a safetensors header. */
function describeStart(start: Uint8Array): string | undefined {
  const text = Buffer.from(start).toString('latin1');
  // A length below 4 GiB and "{": ours. The length alone may look like the start of a pickle.
  if (text.slice(4).startsWith('\0\0\0\0{')) return undefined;
  if (start.length === 0) return 'an empty file. Download it again';
  // A zip archive, as PyTorch writes them, or a pickle of protocol 2 to 5.
  const isPickle = start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5;
  if (isPickle || text.startsWith('PK\u0003\u0004')) return CONVERT;
  if (text.startsWith('version https://git-lfs'))
    return 'a Git LFS pointer, not the file itself. Fetch it with: git lfs pull';
  if (text.startsWith('GGUF')) return 'a GGUF file. Use the safetensors file it was made from';
  if (/^\s*<(!doctype|html|\?xml)/i.test(text))
    return 'a web page, probably saved instead of the download. Download the file again';
  return undefined;
}

function describeFolder(folder: string): string {
  const isDiffusers =
    fs.existsSync(path.join(folder, 'model_index.json')) || fs.existsSync(path.join(folder, 'unet'));
  return isDiffusers
    ? 'a diffusers folder. Convert it to one checkpoint file first (convert_diffusers_to_original_stable_diffusion.py of diffusers)'
    : 'a folder. Give the .safetensors file itself';
}

function wrongFormat(file: string, what: string): Error {
  return usageError('checkpoint-format', `${file} is ${what}.`);
}
