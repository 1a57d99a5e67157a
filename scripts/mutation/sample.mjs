// A seeded sample of the mutants. As a checker of Stryker it leaves out the others before any test runs.
import { createHash } from 'node:crypto';

/** Whether a mutant is in the sample: of `share` (0 to 1) of all, by its file, place and replacement. */
export function isSampled(mutant, { share, seed }) {
  const { start, end } = mutant.location;
  const name = [seed, mutant.fileName, start.line, start.column, end.line, end.column, mutant.replacement];
  const digest = createHash('sha256').update(JSON.stringify(name)).digest();
  return digest.readUInt32LE(0) / 2 ** 32 < share;
}

class SampleChecker {
  #sample = JSON.parse(process.env['AUTOMBW_MUTATION_SAMPLE'] ?? '{"share":1,"seed":1}');

  async init() {}

  async check(mutants) {
    const left = { status: 'compileError', reason: 'not in the sample' };
    return Object.fromEntries(
      mutants.map((mutant) => [mutant.id, isSampled(mutant, this.#sample) ? { status: 'passed' } : left]),
    );
  }

  group(mutants) {
    return [mutants.map(({ id }) => id)];
  }
}

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', injectableClass: SampleChecker }];
