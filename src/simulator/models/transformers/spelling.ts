/**
 * Inside the simulated servers the keys of a network, of text encoders and of a VAE begin as those of a whole checkpoint do, whatever
 * the file they come from. Files have them with other prefixes, or with none.
 */
import { UNET_PREFIX, VAE_PREFIX } from '../state-dict.ts';
import type { StateDict } from '../state-dict.ts';
import { encoderPrefix, encoderKind } from './encoders.ts';

const NETWORK_PREFIXES = [UNET_PREFIX, 'model.model.', 'diffusion_model.', 'net.'];
/** Where whole checkpoints of transformers keep the VAE. */
const OTHER_VAE = 'vae.';
const BESIDE = /^(text_encoders|vae|first_stage_model|cond_stage_model|conditioner)\./u;

/** Of a checkpoint, or of a file that holds nothing but a network. The same object where there is nothing to rename. */
export function wholeModel(file: StateDict): StateDict {
  const keys = [...file.keys()];
  const prefix = NETWORK_PREFIXES.find((one) => keys.some((key) => key.startsWith(one))) ?? '';
  const rename = (key: string): string => {
    if (key.startsWith(OTHER_VAE)) return VAE_PREFIX + key.slice(OTHER_VAE.length);
    if (!key.startsWith(prefix) || BESIDE.test(key)) return key;
    return UNET_PREFIX + key.slice(prefix.length);
  };
  return keys.every((key) => rename(key) === key) ? file : renamed(file, rename);
}

/** Only the network, as loaders of it take it from a file. Empty where it holds none. */
export function networkOf(file: StateDict): StateDict {
  return new Map([...wholeModel(file)].filter(([key]) => key.startsWith(UNET_PREFIX)));
}

export function vaeOf(file: StateDict): StateDict {
  return renamed(file, (key) => (key.startsWith(VAE_PREFIX) ? key : VAE_PREFIX + key));
}

/** Of a file that holds one text encoder. */
export function encoderOf(file: StateDict): StateDict {
  const kind = encoderKind(file);
  return renamed(file, (key) => encoderPrefix(kind ?? 'unknown') + key);
}

/** As files have it that hold one part and nothing else: without a prefix. */
export function bare(model: StateDict, prefix: string): StateDict {
  return new Map(
    [...model].flatMap(([key, tensor]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), tensor] as const] : [],
    ),
  );
}

function renamed(model: StateDict, rename: (key: string) => string): StateDict {
  return new Map([...model].map(([key, tensor]) => [rename(key), tensor]));
}
