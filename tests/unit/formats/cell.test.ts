import { describe, expect, it } from 'vitest';
import { csvCell, harmlessCell } from '../../../src/formats/cell.ts';
import { formatHistoryCsv } from '../../../src/formats/history-csv.ts';
import { historyTsvRow } from '../../../src/formats/history-tsv.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';

describe('a cell', () => {
  it.each(['=1+1', '+A1', '-cmd|x', '@SUM(A1)', '\t=1', '\r\n@x', '＝1', ' =1'])(
    'is no formula: %j',
    (text) => {
      expect(harmlessCell(text)).toBe(`'${text}`);
    },
  );

  it.each(['', 'a=b', '-0.5', '+1', '1e-5', 'model-A', 'mail@x', "'"])('is left as it is: %j', (text) => {
    expect(harmlessCell(text)).toBe(text);
  });

  it('of a CSV stays one cell', () => {
    expect(csvCell('=HYPERLINK("http://x","y")\n1,2')).toBe(`"'=HYPERLINK(""http://x"",""y"")\n1,2"`);
  });
});

describe('tables that are written', () => {
  it('begin no cell with a formula out of a name', () => {
    const weights = uniformWeights(0.5, 'sdxl');
    const names = { modelA: '=A', modelB: '@B', modelO: '-O', searchTypeA: 'x', searchTypeB: 'x' };
    const row = historyTsvRow({
      datetime: '2026-11-30 01:02:03.000000',
      currentPass: 0,
      ...names,
      weights,
      clampLower: weights,
      clampUpper: weights,
      classifier: '+c',
      tallyType: 'mean',
      initGrid: 0,
      initVertices: 0,
      initRandom: 0,
      warmStart: false,
    });
    expect(row.split('\t').slice(2, 5)).toEqual(["'=A", "'@B", "'-O"]);
    expect(row.split('\t')[10]).toBe("'+c");
    const csv = formatHistoryCsv([
      { weights: { '=cmd|"x"!A1,b\n': 0.5 }, score: -0.5, evalTimes: 1, iterTimes: 1, extra: {} },
    ]);
    const [header = ''] = csv.split('\n0.5');
    expect(header).toContain(`"'=cmd|""x""!A1,b\n"`);
    expect(csv).toContain(',-0.5,');
  });
});
