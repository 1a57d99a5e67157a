import { ARCHITECTURES, TRANSFORMERS } from '../../../architectures/ids.ts';
import { usageError } from '../../../shared/errors.ts';
import { didYouMean } from '../../../shared/nearest-name.ts';

export function unknownFamily(given: string): Error {
  const known = [...ARCHITECTURES, ...TRANSFORMERS];
  return usageError(
    'architecture-unknown',
    `There is no family "${given}".${didYouMean(given, known.toSorted())} Choose from ${known.join(', ')}.`,
  );
}
