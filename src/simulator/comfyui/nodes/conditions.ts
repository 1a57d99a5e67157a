/** What makes images of transformers what they are beside their weights, and whether encoders and VAE are made for them. */
import { familyOf } from '../../models/transformers/family.ts';
import { companionsOf, readsFor } from '../../models/transformers/companions.ts';
import { kindsIn } from '../../models/transformers/encoders.ts';
import { guidanceNote, USUAL_GUIDANCE } from '../../models/transformers/guidance.ts';
import { VAE_PREFIX } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import { PythonError } from '../python.ts';
import type { ClipValue, ConditioningValue, ModelValue } from './values.ts';

/** See `PaintJob`: guidance counts only for a network that is told it. */
export function conditionsOf(
  { unet, schedule }: ModelValue,
  positive: ConditioningValue,
  negative: ConditioningValue,
): string {
  const conditions = [
    guidanceNote(unet, positive.guidance ?? USUAL_GUIDANCE),
    schedule === undefined ? '' : `schedule ${schedule}`,
    negative.isZero === true ? 'no negative' : '',
  ];
  return conditions.filter((one) => one !== '').join(', ');
}

/** @throws PythonError as torch does when it comes to multiplying them */
export function checkEncoders({ unet }: ModelValue, clip: ClipValue): void {
  const family = familyOf(unet);
  if (family === undefined || readsFor(family, kindsIn(clip.tensors), clip.type ?? null)) return;
  throw new PythonError('RuntimeError', 'mat1 and mat2 shapes cannot be multiplied (77x768 and 4096x3072)');
}

/** @throws PythonError as torch does for latents of another number of channels */
export function checkVae(unet: StateDict, vae: StateDict): void {
  const family = familyOf(unet);
  const channels = family === undefined ? undefined : companionsOf(family)?.channels;
  const shape = vae.get(`${VAE_PREFIX}decoder.conv_in.weight`)?.shape;
  if (channels === undefined || shape === undefined || shape[1] === channels) return;
  throw new PythonError(
    'RuntimeError',
    `Given groups=1, weight of size [${shape.join(', ')}], expected input to have ${shape[1]} channels, but got ${channels} channels instead`,
  );
}
