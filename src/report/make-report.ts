/** From journals to the text of one file that stays below its size. */
import { ownVersion } from '../shared/own-version.ts';
import { albumOf } from './album.ts';
import { drawingsOf, drawingsTogether } from './drawings.ts';
import { embedPictures } from './embed-pictures.ts';
import { fittingPage } from './fit-page.ts';
import { reportPage } from './page.ts';
import { readReportRun, type ReadRun, type ReadRunOptions } from './read-run.ts';
import type { Album, ReportPart, ReportRun } from './report.ts';

/** Bytes: a report can be sent by mail. */
const LARGEST_REPORT = 5_000_000;
/** Bytes that images have at least, whatever else is left out for them. */
const LEAST_FOR_IMAGES = 1_000_000;
/** Bytes of the table that the images of a run stand in. */
const OVERHEAD = 60_000;

export interface ReportResult {
  readonly page: string;
  readonly runs: readonly ReportRun[];
  /** Embedded ones. */
  readonly images: number;
}

/** @param journals at least one. @throws usage errors of journals */
export async function makeReport(
  journals: readonly string[],
  options: ReadRunOptions = {},
): Promise<ReportResult> {
  const read: ReadRun[] = [];
  for (const journal of journals) read.push(await readReportRun(journal, options));
  const bare: ReportPart[] = [];
  for (const [i, { run }] of read.entries()) {
    bare.push({ run, album: NO_IMAGES, drawings: await drawingsOf(run, `r${i + 1}`) });
  }
  const runs = read.map(({ run }) => run);
  const together = runs.length > 1 ? await drawingsTogether(runs, 'all') : [];
  const spare = OVERHEAD * runs.length;
  const lean = fittingPage(
    bare,
    { version: ownVersion(), together },
    LARGEST_REPORT - spare - LEAST_FOR_IMAGES,
  );
  const budget = Math.max(0, LARGEST_REPORT - lean.bytes - spare) / runs.length;
  const parts: ReportPart[] = [];
  for (const [i, part] of lean.parts.entries()) {
    const album = await embedPictures(albumOf(part.run, read[i]?.records ?? []), budget);
    parts.push({ ...part, album });
  }
  const images = parts.reduce((sum, { album }) => sum + countOf(album), 0);
  return { page: reportPage(parts, lean.settings), runs, images };
}

const NO_IMAGES: Album = { source: 'search', rows: [], columns: [], note: undefined };

function countOf({ rows }: Album): number {
  return rows.reduce(
    (sum, { pictures }) => sum + pictures.filter((one) => typeof one !== 'string').length,
    0,
  );
}
