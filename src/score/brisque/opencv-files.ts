import { FEATURES } from './features.ts';
import { BadFile, checkedRanges, numberOf } from './model.ts';
import type { Ranges, Regression } from './model.ts';
import { readOpencvYaml } from './opencv-yaml.ts';
import type { YamlNode } from './opencv-yaml.ts';

/**
 * A support vector machine as cv::ml::SVM saves it (brisque_model_live.yml).
 * @throws BadFile
 */
export function readOpencvModel(text: string): Regression {
  const svm = child(readOpencvYaml(text), 'opencv_ml_svm');
  expectText(svm, 'svmType', 'EPS_SVR');
  const kernel = child(svm, 'kernel');
  expectText(kernel, 'type', 'RBF');
  expectText(svm, 'var_count', String(FEATURES));
  const rows = listAt(svm, 'support_vectors').map((row) => numbersOf(row, 'a support vector'));
  const short = rows.findIndex((row) => row.length !== FEATURES);
  if (short >= 0)
    throw new BadFile(`has ${rows[short]?.length} numbers in support vector ${short + 1}, not ${FEATURES}`);
  const [decision, ...others] = listAt(svm, 'decision_functions');
  if (decision === undefined || others.length > 0) throw new BadFile('must have one decision function');
  const alphas = numbersOf(child(decision, 'alpha'), 'alpha');
  const indices = indicesOf(decision, alphas.length);
  const vectors = alphas.map((coefficient, i) => {
    const row = rows[indices[i] ?? -1];
    if (row === undefined)
      throw new BadFile(`has ${rows.length} support vectors, but alpha or index refers to others`);
    return { coefficient, at: Float64Array.from(row) };
  });
  if (vectors.length === 0) throw new BadFile('has no support vectors');
  return { gamma: numberAt(kernel, 'gamma'), rho: numberAt(decision, 'rho'), vectors };
}

/**
 * The matrix `range` of brisque_range_live.yml: 36 lowest values, then 36 highest.
 * @throws BadFile
 */
export function readOpencvRanges(text: string): Ranges {
  const matrix = child(readOpencvYaml(text), 'range');
  expectText(matrix, 'rows', '2');
  expectText(matrix, 'cols', String(FEATURES));
  const data = numbersOf(child(matrix, 'data'), 'a range');
  return checkedRanges(data.slice(0, FEATURES), data.slice(FEATURES));
}

/** Which support vector each alpha belongs to. Left out where they are in order. */
function indicesOf(decision: YamlNode, count: number): readonly number[] {
  if (!(decision instanceof Map) || !decision.has('index')) return Array.from({ length: count }, (_, i) => i);
  const indices = numbersOf(child(decision, 'index'), 'index');
  if (indices.length !== count) throw new BadFile(`has ${count} alphas, but ${indices.length} indices`);
  return indices;
}

function child(node: YamlNode, key: string): YamlNode {
  const value: YamlNode | undefined = node instanceof Map ? node.get(key) : undefined;
  if (value === undefined) throw new BadFile(`has no ${key}`);
  return value;
}

function listAt(node: YamlNode, key: string): readonly YamlNode[] {
  const value = child(node, key);
  if (!isList(value)) throw new BadFile(`has no list under ${key}`);
  return value;
}

function numberAt(node: YamlNode, key: string): number {
  const value = child(node, key);
  return numberOf(typeof value === 'string' ? value : undefined, key);
}

function numbersOf(node: YamlNode, what: string): number[] {
  if (!isList(node)) throw new BadFile(`has no list of numbers for ${what}`);
  return node.map((entry) => numberOf(typeof entry === 'string' ? entry : undefined, what));
}

function expectText(node: YamlNode, key: string, expected: string): void {
  const value = child(node, key);
  if (value !== expected) {
    const seen = typeof value === 'string' ? `"${value.slice(0, 30)}"` : 'something else';
    throw new BadFile(`has ${seen} as ${key}, not ${expected}`);
  }
}

function isList(node: YamlNode): node is readonly YamlNode[] {
  return Array.isArray(node);
}
