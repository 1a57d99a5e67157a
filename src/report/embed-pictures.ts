/** Kept images, shrunk until all of them fit into the file. */
import { counted } from '../shared/counted.ts';
import { LARGEST_IMAGE, sizeOf } from '../images/decode.ts';
import { isExpected } from '../shared/errors.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import { evenly, thumbnail } from '../sheet/index.ts';
import type { Album, AlbumColumn, AlbumRow, Picture } from './report.ts';

/** What may be shown, before anything is read. */
export interface AlbumPlan {
  readonly source: Album['source'];
  readonly columns: readonly AlbumColumn[];
  readonly rows: readonly PlannedRow[];
  readonly note: string | undefined;
}

interface PlannedRow extends Pick<AlbumRow, 'id' | 'name' | 'mean'> {
  /** In the order of the columns; a reason where there is none. */
  readonly files: readonly (KeptFile | string)[];
}

interface KeptFile {
  readonly file: string;
  readonly score: number;
}

/** Widths in pixels, the largest first. */
const WIDTHS = [768, 640, 512, 384, 288, 208, 144] as const;
/** Images that are tried to choose the width. */
const SAMPLE = 6;
/** Below it, fewer images say more than smaller ones. */
const SMALLEST_FOR_ALL = 288;

/** @param budget bytes that all images may take in the file, as text */
export async function embedPictures(plan: AlbumPlan, budget: number): Promise<Album> {
  let { width, columns } = await choose(plan, budget);
  let rows = await embedAll(plan.rows, columns, width);
  // The sample was of easy images.
  for (let bytes = bytesOf(rows); bytes > budget && columns.length > 0; bytes = bytesOf(rows)) {
    const smaller = WIDTHS.find((one) => one < width);
    if (smaller !== undefined && (width > SMALLEST_FOR_ALL || columns.length === 1)) width = smaller;
    else columns = evenly(columns, fewer(columns.length, budget / bytes));
    rows = await embedAll(plan.rows, columns, width);
  }
  return {
    source: plan.source,
    columns: columns.flatMap((column) => plan.columns[column] ?? []),
    rows,
    note: noteOf(plan, rows, columns.length),
  };
}

/** At least one column less; the last one goes only where it does not fit at all. */
function fewer(count: number, share: number): number {
  return count === 1 ? 0 : Math.max(1, Math.min(count - 1, Math.floor(count * share)));
}

interface Choice {
  readonly width: number;
  /** Positions in the plan. */
  readonly columns: readonly number[];
}

/** The largest images that fit; where even small ones do not, fewer of them. */
async function choose({ columns, rows }: AlbumPlan, budget: number): Promise<Choice> {
  const all = [...columns.keys()];
  for (const width of WIDTHS) {
    const bytes = await typicalBytes(rows, width);
    const room = Math.floor(budget / Math.max(1, bytes * rows.length));
    if (all.length <= room) return { width, columns: all };
    if (width <= SMALLEST_FOR_ALL) return { width, columns: evenly(all, Math.max(1, room)) };
  }
  return { width: SMALLEST_FOR_ALL, columns: all };
}

/** Bytes of one image in the file, the mean of some and a little more; 0 where there are none. */
async function typicalBytes(rows: readonly PlannedRow[], width: number): Promise<number> {
  const files = rows.flatMap((row) => row.files.filter((file) => typeof file !== 'string'));
  const sizes: number[] = [];
  for (const file of evenly(files, SAMPLE)) {
    const picture = await embedded(file, width);
    if (picture !== UNREADABLE) sizes.push(picture.uri.length);
  }
  return sizes.length === 0 ? 0 : (sizes.reduce((sum, size) => sum + size, 0) / sizes.length) * 1.1;
}

async function embedAll(
  rows: readonly PlannedRow[],
  columns: readonly number[],
  width: number,
): Promise<AlbumRow[]> {
  const done: AlbumRow[] = [];
  for (const { id, name, mean, files } of rows) {
    const pictures: (Picture | string)[] = [];
    for (const column of columns) {
      const file = files[column] ?? 'not kept';
      pictures.push(typeof file === 'string' ? file : await embedded(file, width));
    }
    done.push({ id, name, mean, pictures });
  }
  return done;
}

const UNREADABLE = 'unreadable';

/** A file may be gone or damaged since: the report is made all the same. */
async function embedded({ file, score }: KeptFile, width: number): Promise<Picture | typeof UNREADABLE> {
  try {
    const bytes = await thumbnail(await readRegularFile(file, { limit: LARGEST_IMAGE }), width);
    const { width: shown, height } = await sizeOf(bytes);
    const uri = `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`;
    return { uri, width: shown, height, score };
  } catch (error) {
    if (!isExpected(error) && !isReadFailure(error)) throw error;
    return UNREADABLE;
  }
}

function bytesOf(rows: readonly AlbumRow[]): number {
  const pictures = rows.flatMap((row) => row.pictures);
  return pictures.reduce((sum, picture) => sum + (typeof picture === 'string' ? 0 : picture.uri.length), 0);
}

function noteOf(plan: AlbumPlan, rows: readonly AlbumRow[], shown: number): string | undefined {
  const notes = plan.note === undefined ? [] : [plan.note];
  if (shown < plan.columns.length) {
    notes.push(
      `${shown} of ${counted(plan.columns.length, 'image')} per merge are shown, spread evenly, to keep the file small.`,
    );
  }
  const lost = rows.flatMap(({ pictures }) => pictures.filter((picture) => picture === UNREADABLE)).length;
  if (lost > 0) notes.push(`${counted(lost, 'kept image')} can no longer be read.`);
  return notes.length === 0 ? undefined : notes.join(' ');
}
