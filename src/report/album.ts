/** Which kept images a report shows: those of the proof's fresh images where they are kept, or else of the search. */
import { counted } from '../shared/counted.ts';
import { existsSync } from 'node:fs';
import { filesOf } from '../journal/name-run.ts';
import type { JournalRecord } from '../journal/record.ts';
import { chosenColumns, hasImages, imagesOf, type Gallery } from '../sheet/index.ts';
import { candidateText } from './candidates.ts';
import type { AlbumPlan } from './embed-pictures.ts';
import type { ReportRun } from './report.ts';

/** More columns do not help anybody on a phone. */
const MOST_COLUMNS = 24;

export function albumOf(run: ReportRun, records: readonly JournalRecord[]): AlbumPlan {
  const { plan, journal, recommended } = run;
  if (plan === undefined) return { ...NO_IMAGES, note: 'A log does not contain images.' };
  const images = filesOf(journal).images;
  const gallery = imagesOf({ plan, records, images, best: recommended?.trial });
  const merges = gallery.merges.filter(hasImages);
  if (merges.length > 0) return planOf(run, { ...gallery, merges });
  const note = existsSync(images)
    ? 'None of the kept images belong to a merge shown here.'
    : 'No images were kept: use --save-images best or all to keep them.';
  return { ...NO_IMAGES, note };
}

const NO_IMAGES = { source: 'search', columns: [], rows: [] } as const;

function planOf(run: ReportRun, { proof, columns, merges }: Gallery): AlbumPlan {
  const kept = [...columns.keys()].filter((column) =>
    merges.some(({ images }) => images[column]?.file !== undefined),
  );
  const chosen = chosenColumns(merges, kept, {
    payloads: columns.map(({ payload }) => payload),
    most: MOST_COLUMNS,
  });
  const left = columns.length - chosen.length;
  return {
    source: proof === undefined ? 'search' : 'proof',
    columns: chosen.flatMap((column) => columns[column] ?? []),
    rows: merges.map(({ name, trial, score, images }) => ({
      id: String(name),
      name: typeof name === 'number' ? `iteration ${name}` : candidateText(name, run, trial),
      mean: score,
      files: chosen.map((column) => {
        const { file, score: own, reason } = images[column] ?? {};
        return file === undefined || own === undefined ? (reason ?? 'not kept') : { file, score: own };
      }),
    })),
    note: left === 0 ? undefined : leftOut(left, columns.length),
  };
}

function leftOut(left: number, all: number): string {
  const shown = all - left;
  if (shown === MOST_COLUMNS) return `${shown} of the ${all} images of every merge are shown, spread evenly.`;
  return `${counted(left, 'further image')} of the set ${left === 1 ? 'is' : 'are'} not shown: not kept, or not drawn for all of these merges.`;
}
