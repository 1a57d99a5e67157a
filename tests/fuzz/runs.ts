/** How hard the parsers are tried: a quick seeded sample in the tests, as much as one likes in the bench. */
const given = Number(process.env['AUTOMBW_FUZZ_RUNS'] ?? '0');

/** For `fc.assert(property, fuzz())`: seeded, so that a failure is the same everywhere. */
export function fuzz(runs = 200): { readonly seed: number; readonly numRuns: number } {
  return { seed: 20_231_121, numRuns: given > 0 ? given : runs };
}

/** A bench of a hundred thousand cases takes longer than a test may. */
export const FUZZ_TIMEOUT = given > 0 ? 3_600_000 : 20_000;
