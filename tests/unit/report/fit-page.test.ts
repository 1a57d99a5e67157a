import { describe, expect, it } from 'vitest';
import { fittingPage } from '../../../src/report/fit-page.ts';
import { reportPage } from '../../../src/report/page.ts';
import type { ReportPart } from '../../../src/report/report.ts';
import { reportRun } from '../../helpers/make-report-run.ts';
import { scoredTrial } from '../../helpers/make-trial.ts';

const SETTINGS = { version: '1', together: [] };

function partOf(iterations: number, drawing: number): ReportPart {
  const trials = Array.from({ length: iterations }, (_, i) => scoredTrial({ id: i + 1, score: i / 5000 }));
  const svg = `<svg>${'x'.repeat(drawing)}</svg>`;
  return {
    run: reportRun({ trials }),
    album: { source: 'search', rows: [], columns: [], note: undefined },
    drawings: [{ title: 'Scores', narrow: svg, wide: svg }],
  };
}

function rowsIn(page: string): number {
  return page.match(/<th scope="row" class="n">\d+<\/th>/g)?.length ?? 0;
}

describe('a page that has to stay small', () => {
  it('is whole where it fits', () => {
    const { parts, settings, bytes } = fittingPage([partOf(100, 1000)], SETTINGS, 1e6);
    expect(parts[0]?.drawings).toHaveLength(1);
    expect(bytes).toBe(Buffer.byteLength(reportPage(parts, settings)));
    expect(rowsIn(reportPage(parts, settings))).toBe(100);
  });

  it('loses rows, then drawings, then rows again, until it fits', () => {
    const long = partOf(4000, 300_000);
    const seen = [5e6, 9e5, 5e5, 2e5, 1e5].map((most) => {
      const { parts, settings, bytes } = fittingPage([long], SETTINGS, most);
      return { fits: bytes <= most, rows: settings.mostRows, drawings: parts[0]?.drawings.length };
    });
    expect(seen).toEqual([
      { fits: true, rows: 3000, drawings: 1 },
      { fits: true, rows: 1000, drawings: 1 },
      { fits: true, rows: 300, drawings: 0 },
      { fits: true, rows: 300, drawings: 0 },
      { fits: true, rows: 0, drawings: 0 },
    ]);
  });

  it('holds twelve long runs', () => {
    const { bytes, parts, settings } = fittingPage(
      Array.from({ length: 12 }, () => partOf(3000, 600_000)),
      SETTINGS,
      4e6,
    );
    expect(bytes).toBeLessThan(4e6);
    expect(reportPage(parts, settings)).toContain('autombw plot');
  });
});
