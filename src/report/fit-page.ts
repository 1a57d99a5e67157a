/** Long runs, and many of them, on one page that stays below its size: what can be had elsewhere is left out first. */
import { reportPage, type PageSettings } from './page.ts';
import type { ReportPart } from './report.ts';

interface Diet {
  /** Of the tables of iterations, for all runs together. */
  readonly rows: number;
  readonly hasDrawings: boolean;
}

/** The first one that fits is taken; the last one whatever it gives. */
const DIETS: readonly Diet[] = [
  { rows: 3000, hasDrawings: true },
  { rows: 1000, hasDrawings: true },
  { rows: 3000, hasDrawings: false },
  { rows: 300, hasDrawings: false },
  { rows: 0, hasDrawings: false },
];

export interface FittingPage {
  /** Without images. */
  readonly parts: readonly ReportPart[];
  readonly settings: PageSettings;
  /** Of the page as it is then. */
  readonly bytes: number;
}

/** @param most bytes */
export function fittingPage(
  parts: readonly ReportPart[],
  settings: Omit<PageSettings, 'mostRows'>,
  most: number,
): FittingPage {
  let fitting: FittingPage | undefined;
  for (const { rows, hasDrawings } of DIETS) {
    const lean: FittingPage = measured(
      hasDrawings ? parts : parts.map((part) => ({ ...part, drawings: [] })),
      {
        ...settings,
        mostRows: Math.floor(rows / parts.length),
        ...(hasDrawings ? {} : { together: [] }),
      },
    );
    fitting = lean;
    if (lean.bytes <= most) break;
  }
  return fitting ?? measured(parts, { ...settings, mostRows: 0 });
}

function measured(parts: readonly ReportPart[], settings: PageSettings): FittingPage {
  return { parts, settings, bytes: Buffer.byteLength(reportPage(parts, settings)) };
}
