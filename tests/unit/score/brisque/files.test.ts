import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readLibsvmModel, readLibsvmRanges } from '../../../../src/score/brisque/libsvm-files.ts';
import { readOpencvModel, readOpencvRanges } from '../../../../src/score/brisque/opencv-files.ts';
import { readPickledRanges } from '../../../../src/score/brisque/pickled-ranges.ts';

const bytesOf = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/score/${name}`, import.meta.url));
const model = bytesOf('brisque_model_small.yml').toString();
const ranges = bytesOf('brisque_range_small.yml').toString();
const svm = bytesOf('brisque_small_svm.txt').toString();
const range = bytesOf('brisque_small_range.txt').toString();
const pickle = bytesOf('brisque_small_range.pickle');

describe('an OpenCV model', () => {
  it('has its 17 vectors, gamma and rho', () => {
    const { gamma, rho, vectors } = readOpencvModel(model);
    expect([gamma, vectors.length]).toEqual([0.05, 17]);
    expect(rho).toBeCloseTo(Number(/rho: (\S+)/.exec(model)?.[1]), 12);
    expect(vectors[0]?.at).toHaveLength(36);
  });

  it('may have Windows line ends, and an index that puts the vectors in another order', () => {
    expect(readOpencvModel(model.replaceAll('\n', '\r\n'))).toEqual(readOpencvModel(model));
    const order = Array.from({ length: 17 }, (_, i) => 16 - i);
    const turned = readOpencvModel(`${model.trimEnd()}\n         index: [ ${order.join(', ')} ]\n`);
    const plain = readOpencvModel(model);
    expect(turned.vectors[0]?.at).toEqual(plain.vectors[16]?.at);
    expect(turned.vectors[0]?.coefficient).toBe(plain.vectors[0]?.coefficient);
  });

  it.each<[string, string, string, RegExp]>([
    ['another kind', 'EPS_SVR', 'C_SVC', /has "C_SVC" as svmType, not EPS_SVR/],
    ['another kernel', 'type: RBF', 'type: LINEAR', /has "LINEAR" as type, not RBF/],
    ['other features', 'var_count: 36', 'var_count: 18', /has "18" as var_count, not 36/],
    ['a word for a number', 'rho: -', 'rho: .Nan #', /has ".Nan #.*" where rho should be/],
    ['an infinite number', 'gamma: 0.05', 'gamma: 1e999 #0.05', /where gamma should be/],
    [
      'a number too many',
      'alpha: [',
      'alpha: [ 1.,',
      /has 17 support vectors, but alpha or index refers to others/,
    ],
    ['an index outside', 'sv_count: 17', 'index: [ 99 ]', /has 17 alphas, but 1 indices/],
    ['an anchor', 'svmType: EPS_SVR', 'svmType: &a EPS_SVR', /has "&a EPS_SVR" as svmType/],
    ['a key of JavaScript', 'svmType:', '__proto__:', /has no svmType/],
    ['a tab', '   svmType', '\tsvmType', /something unexpected on line/],
    [
      'no end',
      'alpha: [',
      'alpha: [ [',
      /something unexpected on line|a list of numbers|where alpha should be/,
    ],
  ])('with %s is refused', (_, from, to, message) => {
    expect(model).toContain(from);
    expect(() => readOpencvModel(model.replace(from, to))).toThrow(message);
  });

  it('cut off anywhere is refused', () => {
    for (let length = 0; length < model.trimEnd().length - 1; length += 37) {
      expect(() => readOpencvModel(model.slice(0, length)), `${length}`).toThrow(/./);
    }
  });

  it('nested very deeply or made of brackets is refused at once', () => {
    const deep = Array.from({ length: 20_000 }, (_, i) => `${' '.repeat(i % 200)}a:`).join('\n');
    expect(() => readOpencvModel(deep)).toThrow(/something unexpected on line/);
    expect(() => readOpencvModel(`a: ${'['.repeat(100_000)}`)).toThrow(
      /ends inside the list that begins on line 1/,
    );
    expect(() => readOpencvModel('')).toThrow(/ends too early/);
  });
});

describe('ranges', () => {
  it('are the same in all three forms, to the digits of each', () => {
    const { low, high } = readOpencvRanges(ranges);
    for (const other of [readLibsvmRanges(range), readPickledRanges(pickle)]) {
      for (const [i, value] of low.entries()) expect(other.low[i]).toBeCloseTo(value, 6);
      for (const [i, value] of high.entries()) expect(other.high[i]).toBeCloseTo(value, 6);
    }
  });

  it.each<[string, () => unknown, RegExp]>([
    ['YAML of 35 columns', () => readOpencvRanges(ranges.replace('cols: 36', 'cols: 35')), /as cols, not 36/],
    ['YAML that is short', () => readOpencvRanges(ranges.replace('data: [ ', 'data: [ ] #')), /./],
    ['YAML of another thing', () => readOpencvRanges(model), /has no range/],
    ['text to 0..1', () => readLibsvmRanges(range.replace('-1 1', '0 1')), /scales to "0 1", not to -1 1/],
    [
      'text without a feature',
      () => readLibsvmRanges(range.replace(/^17 .*\n/m, '')),
      /has no range for feature 17/,
    ],
    [
      'text of 35',
      () => readLibsvmRanges(range.replace(/^36 .*\n/m, '')),
      /has ranges of 35 features, not of 36/,
    ],
    [
      'an empty range',
      () => readLibsvmRanges(range.replace(/^5 .*$/m, '5 1 1')),
      /empty range for feature 5/,
    ],
    [
      'a pickle that calls something',
      () => readPickledRanges(Buffer.from('\x80\x04cos\nsystem\n.', 'latin1')),
      /something other than lists of numbers \(byte 2\)/,
    ],
    ['a pickle cut off', () => readPickledRanges(pickle.subarray(0, 300)), /ends too early/],
    ['a pickle with NaN', () => readPickledRanges(withNaN()), /not finite/],
    [
      'an empty pickle',
      () => readPickledRanges(Buffer.from('\x80\x04}.', 'latin1')),
      /has ranges of 0 features/,
    ],
  ])('from %s are refused', (_, read, message) => {
    expect(read).toThrow(message);
  });
});

describe('a LIBSVM model', () => {
  it('has the vectors of the OpenCV one', () => {
    const { vectors, gamma } = readLibsvmModel(svm);
    expect([vectors.length, gamma]).toEqual([17, 0.05]);
    expect(vectors[3]?.at[7]).toBeCloseTo(readOpencvModel(model).vectors[3]?.at[7] ?? Number.NaN, 7);
  });

  it('may leave zeros out', () => {
    expect(readLibsvmModel(svm.replace(/ 1:\S+/, '')).vectors[0]?.at[0]).toBe(0);
  });

  it.each<[string, string | RegExp, string, RegExp]>([
    ['another kind', 'epsilon_svr', 'c_svc', /has "c_svc" as svm_type/],
    ['another kernel', 'rbf', 'linear', /has "linear" as kernel_type/],
    ['a promise it does not keep', 'total_sv 17', 'total_sv 770', /has 17 support vectors, but promises 770/],
    ['a feature 37', ' 36:', ' 37:', /has a feature 37, but features are numbered 1 to 36/],
    ['a feature without value', / 4:\S+/, ' 4', /has nothing where a feature/],
    ['words', / 4:\S+/, ' 4:NaN', /has "NaN" where a feature/],
    ['no vectors', /\nSV[^]*/, '\n', /has no line "SV"/],
    ['no rho', /rho .*\n/, '', /has nothing where rho should be/],
  ])('with %s is refused', (_, from, to, message) => {
    expect(() => readLibsvmModel(svm.replace(from, to))).toThrow(message);
  });
});

function withNaN(): Buffer {
  const copy = Buffer.from(pickle);
  copy.writeDoubleBE(Number.NaN, copy.indexOf('G') + 1);
  return copy;
}
