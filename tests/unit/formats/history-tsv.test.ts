import { describe, expect, it } from 'vitest';
import {
  HISTORY_TSV_HEADER,
  historyTsvRow,
  upsertHistoryTsv,
  type HistoryPass,
} from '../../../src/formats/history-tsv.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';

const pass: HistoryPass = {
  datetime: '2023-11-21 00:16:36.848123',
  currentPass: 0,
  modelA: '08b.safetensors [abc]',
  modelB: '09b.safetensors',
  modelO: '15b',
  weights: { ...uniformWeights(0.5, 'sd1'), OUT: 1 },
  clampLower: uniformWeights(0, 'sd1'),
  clampUpper: uniformWeights(1, 'sd1'),
  searchTypeA: 'BayesianOptimizer',
  searchTypeB: 'BayesianOptimizer',
  classifier: 'score_image_reward',
  tallyType: 'Arithmetic Mean',
  initGrid: 4,
  initVertices: 4,
  initRandom: 2,
  warmStart: false,
};

describe('history.tsv', () => {
  it('lays a row out under the header', () => {
    const cells = historyTsvRow(pass).split('\t');
    expect(HISTORY_TSV_HEADER.split('\t')).toHaveLength(16);
    expect(cells).toHaveLength(16);
    expect(cells[5]).toBe(`${'0.5,'.repeat(13)}1.0,${'0.5,'.repeat(12)}0.5`);
    expect(cells.filter((_, i) => i !== 5 && i !== 6 && i !== 7)).toEqual([
      '2023-11-21 00:16:36.848123',
      '0',
      '08b.safetensors [abc]',
      '09b.safetensors',
      '15b',
      'BayesianOptimizer',
      'BayesianOptimizer',
      'score_image_reward',
      'Arithmetic Mean',
      '4',
      '4',
      '2',
      'False',
    ]);
  });

  it('keeps a tab in a name from shifting the columns', () => {
    expect(historyTsvRow({ ...pass, modelO: 'a\tb\nc' }).split('\t')[4]).toBe('a b c');
  });

  it('begins a file, adds rows, and replaces the row of the same time, output and pass', () => {
    const one = upsertHistoryTsv('', pass);
    expect(one).toBe(`${HISTORY_TSV_HEADER}\n${historyTsvRow(pass)}\n`);
    const other = { ...pass, modelO: '16b' };
    const two = upsertHistoryTsv(one.replaceAll('\n', '\r\n'), other);
    expect(two).toBe(`${one}${historyTsvRow(other)}\n`);
    const better = { ...pass, tallyType: 'median' };
    expect(upsertHistoryTsv(`\uFEFF${two}`, better)).toBe(
      `${HISTORY_TSV_HEADER}\n${historyTsvRow(better)}\n${historyTsvRow(other)}\n`,
    );
    // Short passes of a chain begin in the same second.
    const next = { ...pass, currentPass: 1 };
    expect(upsertHistoryTsv(two, next)).toBe(`${two}${historyTsvRow(next)}\n`);
  });

  it('keeps the columns of a file that has others', () => {
    const text = 'model_O\tnote\tdatetime\n14b\tgood\t2023\n';
    expect(upsertHistoryTsv(text, pass)).toBe(`${text}15b\t\t2023-11-21 00:16:36.848123\n`);
  });
});
