/** The only import of sharp: its code is part of dist, its program for this system is an optional package. */
import type { Sharp, SharpOptions } from 'sharp';
import { messageOf, runError } from '../shared/errors.ts';
import type { AutombwError } from '../shared/errors.ts';

/** @throws run error `image-library` at the import of this module: the program for this system is missing or does not start */
export const sharp: (input: Uint8Array, options?: SharpOptions) => Sharp = await load();

async function load(): Promise<typeof sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    throw noLibrary(error);
  }
}

/** sharp says in several lines what it could not load, why (nothing, if no program is there), and how users of sharp itself install it. */
function noLibrary(error: unknown): AutombwError {
  const [, ...lines] = messageOf(error).split('\n');
  const reasons = lines.slice(0, Math.max(0, lines.indexOf('Possible solutions:')));
  const reason =
    reasons.length > 0
      ? reasons.join('; ').replace(/\.$/, '')
      : 'no optional package @img/sharp-… for it is installed';
  return runError(
    'image-library',
    `The image library (sharp) cannot be loaded on this system, ${process.platform} ${process.arch}: ${reason}. Install autombw again on this computer, without --omit=optional.`,
    { cause: error },
  );
}
