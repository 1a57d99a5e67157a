// A seeded sample of the mutants: as a checker of Stryker it leaves out the others before any test runs. And a reporter of the missed ones.
import { createHash } from 'node:crypto';
import path from 'node:path';

/** Whether a mutant is in the sample: of `share` (0 to 1) of all, by its file, place and replacement. */
export function isSampled(mutant, { share, seed }) {
  const { start, end } = mutant.location;
  const name = [seed, mutant.fileName, start.line, start.column, end.line, end.column, mutant.replacement];
  const digest = createHash('sha256').update(JSON.stringify(name)).digest();
  return digest.readUInt32LE(0) / 2 ** 32 < share;
}

/** Where a mutant is, and what it does: one line. */
export function missedLine({ fileName, location, mutatorName, replacement, status }) {
  const place = `${path.relative('', fileName)}:${location.start.line}:${location.start.column + 1}`;
  const text = (replacement ?? '').replaceAll(/\s+/g, ' ');
  return `${place}-${location.end.line}:${location.end.column + 1} ${status} ${mutatorName}: ${text}\n`;
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

/** Prints what no test has noticed as soon as that is known: a whole room takes long. */
class MissedReporter {
  onMutantTested(mutant) {
    if (mutant.status === 'Survived') process.stdout.write(missedLine(mutant));
  }
}

export const strykerPlugins = [
  { kind: 'Checker', name: 'sample', injectableClass: SampleChecker },
  { kind: 'Reporter', name: 'missed', injectableClass: MissedReporter },
];
