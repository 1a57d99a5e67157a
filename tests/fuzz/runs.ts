/** How hard parsers and properties are tried: a quick sample by day, ten times that at night, as much as one likes in the bench. */
import { IS_NIGHTLY, PATIENCE, SEED } from '../setup/settings.ts';

const given = Number(process.env['AUTOMBW_FUZZ_RUNS'] ?? '0');

/** For `fc.assert(property, fuzz())`: seeded, so that a failure is the same everywhere. @param night how often at night */
export function fuzz(runs = 200, night = runs * 10): { readonly seed: number; readonly numRuns: number } {
  if (given > 0) return { seed: SEED, numRuns: given };
  return { seed: SEED, numRuns: IS_NIGHTLY ? night : runs };
}

/** A bench of a hundred thousand cases takes longer than a test may. */
export const FUZZ_TIMEOUT = given > 0 || IS_NIGHTLY ? 3_600_000 : 30_000 * PATIENCE;
