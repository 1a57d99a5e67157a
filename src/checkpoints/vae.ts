/** The tensors of a VAE file under the names that they have inside a checkpoint. */
import { usageError } from '../shared/errors.ts';
import { VAE } from './architecture.ts';
import type { Tensor } from '../shared/safetensors/header.ts';
import type { CheckpointFile } from './checkpoint-file.ts';

const PARTS = /^(encoder|decoder|quant_conv|post_quant_conv)\./;

/** Takes a VAE file (names with or without `first_stage_model.`) or a whole checkpoint. @throws usage error `vae-invalid` */
export function vaeTensors(file: CheckpointFile): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const tensor of file.tensors) {
    if (tensor.name.startsWith(VAE)) found.set(tensor.name, tensor);
    else if (PARTS.test(tensor.name)) found.set(VAE + tensor.name, tensor);
  }
  const isDiffusers = file.tensors.some(({ name }) => /^(encoder\.down|decoder\.up)_blocks\./.test(name));
  if (!isDiffusers && found.has(`${VAE}decoder.conv_in.weight`)) return found;
  throw usageError(
    'vae-invalid',
    isDiffusers
      ? `${file.path} is a VAE in diffusers format; use the one for WebUIs (with keys like decoder.up.0…).`
      : `${file.path} does not contain a VAE (no decoder.conv_in.weight).`,
  );
}
