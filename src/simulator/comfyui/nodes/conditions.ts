/** What makes images of transformers what they are beside their weights, and whether prompts were read for them. */
import { familyOf } from '../../models/transformers/family.ts';
import { readsFor } from '../../models/transformers/companions.ts';
import { kindsIn } from '../../models/transformers/encoders.ts';
import { guidanceNote, USUAL_GUIDANCE } from '../../models/transformers/guidance.ts';
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
