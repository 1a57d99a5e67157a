/** What makes images of transformers what they are beside their weights, and whether prompts were read for them. */
import { familyOf } from '../../models/transformers/family.ts';
import { readsFor } from '../../models/transformers/companions.ts';
import { kindsIn } from '../../models/transformers/encoders.ts';
import { UNET_PREFIX } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import { PythonError } from '../python.ts';
import type { ClipValue, ConditioningValue, ModelValue } from './values.ts';

/** What distilled models take where nobody says otherwise. */
const USUAL_GUIDANCE = 3.5;

/** See `PaintJob`: guidance counts only for a network that is told it. */
export function conditionsOf(
  { unet, schedule }: ModelValue,
  positive: ConditioningValue,
  negative: ConditioningValue,
): string {
  const { guidance = USUAL_GUIDANCE } = positive;
  const conditions = [
    ...(takesGuidance(unet) && guidance !== USUAL_GUIDANCE ? [`guidance ${guidance}`] : []),
    ...(schedule === undefined ? [] : [`schedule ${schedule}`]),
    ...(negative.isZero === true ? ['no negative'] : []),
  ];
  return conditions.join(', ');
}

function takesGuidance(unet: StateDict): boolean {
  return [...unet.keys()].some((key) => key.startsWith(`${UNET_PREFIX}guidance_in.`));
}

/** @throws PythonError as torch does when it comes to multiplying them */
export function checkEncoders({ unet }: ModelValue, clip: ClipValue): void {
  const family = familyOf(unet);
  if (family === undefined || readsFor(family, kindsIn(clip.tensors), clip.type ?? null)) return;
  throw new PythonError('RuntimeError', 'mat1 and mat2 shapes cannot be multiplied (77x768 and 4096x3072)');
}
