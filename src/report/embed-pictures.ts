/** Kept images, shrunk until all of them fit into the file. */
import sharp from 'sharp';
import { LARGEST_IMAGE } from '../images/decode.ts';
import { readRegularFile } from '../shared/files/read-file.ts';
import type { Absence, Album, AlbumColumn, AlbumRow, Picture } from './report.ts';
import { counted } from './words.ts';

/** What may be shown, before anything is read. */
export interface AlbumPlan {
  readonly source: Album['source'];
  readonly columns: readonly AlbumColumn[];
  readonly rows: readonly PlannedRow[];
  readonly note: string | undefined;
}

export interface PlannedRow extends Pick<AlbumRow, 'id' | 'name' | 'mean'> {
  /** In the order of the columns. */
  readonly files: readonly (KeptFile | Absence)[];
}

interface KeptFile {
  readonly file: string;
  readonly score: number;
}

/** Longest side in pixels, the largest first. */
const SIDES = [768, 640, 512, 384, 288, 208, 144] as const;
/** More do not help anybody on a phone. */
const MOST_COLUMNS = 24;
/** Images that are tried to choose the side. */
const SAMPLE = 6;
/** Below it, fewer images say more than smaller ones. */
const SMALLEST_FOR_ALL = 288;

/** @param budget bytes that all images may take in the file, as text */
export async function embedPictures(plan: AlbumPlan, budget: number): Promise<Album> {
  const { source, rows: planned } = plan;
  const wanted = evenly(plan.columns.length, MOST_COLUMNS);
  let chosen = wanted;
  let side: number = SIDES[0];
  for (const next of SIDES) {
    side = next;
    const bytes = await typicalBytes(planned, chosen, side);
    const room = Math.floor(budget / Math.max(1, bytes * planned.length));
    if (chosen.length <= room) break;
    if (side > SMALLEST_FOR_ALL && next !== SIDES.at(-1)) continue;
    chosen = evenly(plan.columns.length, Math.max(1, Math.min(chosen.length, room)));
    break;
  }
  let rows = await embedAll(planned, chosen, side);
  // The sample was of easy images.
  while (sizeOf(rows) > budget && chosen.length > 0) {
    const smaller = SIDES.find((one) => one < side);
    if (smaller === undefined) chosen = evenly(plan.columns.length, chosen.length - 1);
    else side = smaller;
    rows = await embedAll(planned, chosen, side);
  }
  return {
    source,
    columns: chosen.flatMap((column) => plan.columns[column] ?? []),
    rows,
    note: noteOf(plan, rows, chosen.length),
  };
}

/** So many of the positions below `count`, spread evenly. */
function evenly(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: most }, (_, i) => Math.floor(((i + 0.5) * count) / most));
}

/** Bytes of one image in the file, the mean of some; 0 where there are none. */
async function typicalBytes(
  rows: readonly PlannedRow[],
  columns: readonly number[],
  side: number,
): Promise<number> {
  const files = columns.flatMap((column) =>
    rows.flatMap(({ files: all }) => all[column] ?? []).filter((file) => typeof file !== 'string'),
  );
  let bytes = 0;
  let count = 0;
  for (const position of evenly(files.length, SAMPLE)) {
    const file = files[position];
    const picture = file && (await embedded(file, side));
    if (picture === undefined || picture === 'unreadable') continue;
    bytes += picture.uri.length;
    count += 1;
  }
  return count === 0 ? 0 : (bytes / count) * 1.1;
}

async function embedAll(
  rows: readonly PlannedRow[],
  columns: readonly number[],
  side: number,
): Promise<AlbumRow[]> {
  const done: AlbumRow[] = [];
  for (const { id, name, mean, files } of rows) {
    const pictures: (Picture | Absence)[] = [];
    for (const column of columns) {
      const file = files[column] ?? 'not kept';
      pictures.push(typeof file === 'string' ? file : await embedded(file, side));
    }
    done.push({ id, name, mean, pictures });
  }
  return done;
}

/** A file may be gone or damaged since: the report is made all the same. */
async function embedded({ file, score }: KeptFile, side: number): Promise<Picture | 'unreadable'> {
  try {
    const bytes = await readRegularFile(file, { limit: LARGEST_IMAGE });
    const { data, info } = await sharp(bytes, { pages: 1 })
      .flatten({ background: '#ffffff' })
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80 })
      .toBuffer({ resolveWithObject: true });
    const uri = `data:image/webp;base64,${data.toString('base64')}`;
    return { uri, width: info.width, height: info.height, score };
  } catch {
    return 'unreadable';
  }
}

function sizeOf(rows: readonly AlbumRow[]): number {
  return rows.reduce(
    (sum, { pictures }) =>
      sum +
      pictures.reduce((bytes, picture) => bytes + (typeof picture === 'string' ? 0 : picture.uri.length), 0),
    0,
  );
}

function noteOf(plan: AlbumPlan, rows: readonly AlbumRow[], shown: number): string | undefined {
  const notes = plan.note === undefined ? [] : [plan.note];
  if (shown < plan.columns.length) {
    notes.push(
      `${shown} of ${counted(plan.columns.length, 'image')} a merge are shown, spread evenly: the file is to stay small.`,
    );
  }
  const lost = rows.flatMap(({ pictures }) => pictures.filter((picture) => picture === 'unreadable')).length;
  if (lost > 0) notes.push(`${counted(lost, 'kept image')} cannot be read any more.`);
  return notes.length === 0 ? undefined : notes.join(' ');
}
