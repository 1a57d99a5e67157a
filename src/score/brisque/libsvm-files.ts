import { FEATURES } from './features.ts';
import { BadFile, checkedRanges, numberOf } from './model.ts';
import type { Ranges, Regression, SupportVector } from './model.ts';

/**
 * A model as LIBSVM's svm-train writes it (`allmodel` of the BRISQUE release, `svm.txt` of the Python package brisque).
 * @throws BadFile
 */
export function readLibsvmModel(text: string): Regression {
  const lines = linesOf(text);
  const start = lines.indexOf('SV');
  if (start < 0) throw new BadFile('has no line "SV"');
  const header = new Map(lines.slice(0, start).map((line) => splitAtSpace(line)));
  expectEntry(header, 'svm_type', 'epsilon_svr');
  expectEntry(header, 'kernel_type', 'rbf');
  const vectors = lines.slice(start + 1).map((line) => vectorOf(line));
  const promised = numberOf(header.get('total_sv'), 'total_sv');
  if (vectors.length !== promised || promised === 0) {
    throw new BadFile(`has ${vectors.length} support vectors, but declares ${promised}`);
  }
  return { gamma: numberOf(header.get('gamma'), 'gamma'), rho: numberOf(header.get('rho'), 'rho'), vectors };
}

/**
 * Ranges as svm-scale saves them (`allrange`): a line x, a line -1 1, then number, lowest and highest of each feature.
 * @throws BadFile
 */
export function readLibsvmRanges(text: string): Ranges {
  const [mark, target, ...lines] = linesOf(text);
  if (mark !== 'x' || target === undefined) throw new BadFile('does not begin with a line "x"');
  const ends = target.split(/\s+/).map((end) => numberOf(end, 'a line "-1 1"'));
  if (ends.length !== 2 || ends[0] !== -1 || ends[1] !== 1) {
    throw new BadFile(`scales to "${target.slice(0, 30)}", not to -1 1`);
  }
  const rows = lines.map((line, i) => {
    const [index, ...ends] = line.split(/\s+/).map((value) => numberOf(value, 'a range'));
    if (index !== i + 1 || ends.length !== 2)
      throw new BadFile(`has no range for feature ${i + 1} where expected`);
    return ends;
  });
  return checkedRanges(
    rows.map(([low]) => low ?? Number.NaN),
    rows.map(([, high]) => high ?? Number.NaN),
  );
}

/** `coefficient 1:value 2:value …`; what is left out is 0. */
function vectorOf(line: string): SupportVector {
  const [coefficient, ...entries] = line.split(/\s+/);
  const at = new Float64Array(FEATURES);
  for (const entry of entries) {
    const [index = '', value] = entry.split(':', 2);
    const position = numberOf(index, 'the number of a feature');
    if (!Number.isInteger(position) || position < 1 || position > FEATURES) {
      throw new BadFile(`has a feature ${position}, but features are numbered 1 to ${FEATURES}`);
    }
    at[position - 1] = numberOf(value, 'a feature of a support vector');
  }
  return { coefficient: numberOf(coefficient, 'the coefficient of a support vector'), at };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function splitAtSpace(line: string): [string, string] {
  const at = line.search(/\s/);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at).trim()];
}

function expectEntry(header: ReadonlyMap<string, string>, key: string, expected: string): void {
  const value = header.get(key) ?? '';
  if (value !== expected) throw new BadFile(`has "${value.slice(0, 30)}" as ${key}, not ${expected}`);
}
