/** The contact sheet of a run: what it has to beat and the best, beside each other on the same images. */
import path from 'node:path';
import { plannedBaselineWords, type BaselineWords } from '../space/baseline-words.ts';
import { usageError } from '../shared/errors.ts';
import { scoreText } from '../shared/score-text.ts';
import { chosenColumns } from './columns.ts';
import { drawSheet, type DrawnSheet, type DrawOptions } from './draw-sheet.ts';
import {
  hasImages,
  imagesOf,
  type Gallery,
  type MergeName,
  type RunRecords,
  type ShownMerge,
} from './gallery.ts';
import type { SheetColumn, SheetContent, SheetRow } from './sheet-content.ts';
import { counted } from '../shared/counted.ts';

export interface ContactSheetOptions extends DrawOptions {
  /** As `imagesOf` takes them. */
  readonly wanted?: readonly MergeName[] | undefined;
  /** Which payloads are shown; all when left out. */
  readonly isShown?: ((payload: string) => boolean) | undefined;
  /** At least 1. */
  readonly maxColumns?: number | undefined;
}

export interface ContactSheet extends DrawnSheet {
  readonly gallery: Gallery;
  /** Images of the set that the merges shown could have. */
  readonly images: number;
}

/** More are too small to tell anything on a usual screen. */
const USUAL_COLUMNS = 8;

/**
 * @throws usage errors `iteration-unknown` for an iteration that the run does not have, `config-invalid` where no payload is shown,
 * `no-saved-pictures` where nothing is left to show
 */
export async function contactSheet(
  run: RunRecords & { readonly journal: string },
  { wanted, isShown, maxColumns = USUAL_COLUMNS, ...options }: ContactSheetOptions,
): Promise<ContactSheet> {
  const gallery = imagesOf(run, wanted);
  if (!gallery.merges.some((merge) => hasImages(merge))) {
    throw usageError(
      'no-saved-pictures',
      `No images of ${wanted === undefined ? 'this run' : 'these iterations'} were kept in ${run.images}: a search keeps images of the best iterations, the baselines and the first one (--save-images best), of all (--save-images all) or none.`,
    );
  }
  const offered = [...gallery.columns.keys()].filter(
    (c) => isShown?.(gallery.columns[c]?.payload ?? '') ?? true,
  );
  if (offered.length === 0) {
    const names = [...new Set(gallery.columns.map(({ payload }) => payload))];
    throw usageError(
      'config-invalid',
      `--payloads does not match any payload of the run: ${names.join(', ')}.`,
    );
  }
  const payloads = gallery.columns.map(({ payload }) => payload);
  const content = (most: number): SheetContent =>
    contentOf(run, gallery, offered.length, chosenColumns(gallery.merges, offered, { payloads, most }));
  const whole = content(maxColumns);
  const drawn = await drawSheet(whole, options);
  const isWhole = drawn.columns === whole.columns.length;
  // Those that had no room are not the last of the set: they are chosen evenly again.
  const final = isWhole ? drawn : await drawSheet(content(drawn.columns), options);
  return { ...final, gallery, images: offered.length };
}

function contentOf(
  { plan, journal }: RunRecords & { readonly journal: string },
  gallery: Gallery,
  offered: number,
  columns: readonly number[],
): SheetContent {
  const { config, server } = plan;
  const [a = '', b = ''] = [server?.modelA.file ?? config.modelA, server?.modelB.file ?? config.modelB].map(
    modelName,
  );
  const isAlone = config.modelA === config.modelB;
  const words = plannedBaselineWords(plan);
  const details = { A: a, B: isAlone ? words.B : b, half: words.half };
  const count = columns.length < offered ? `${columns.length} of ${counted(offered, 'image')}` : undefined;
  const notes = [
    gallery.proof === undefined
      ? 'Images of the search'
      : 'Fresh images of the proof, with seeds the search never used',
    gallery.isOfOther ? 'the run recommends another merge' : undefined,
    count,
  ];
  return {
    title: `${modelName(config.output)} = ${isAlone ? a : `${a} + ${b}`}`,
    notes: [
      notes.filter((note) => note !== undefined).join('  ·  '),
      `Scores by ${gallery.scorers.join(' + ')}`,
      path.basename(journal).replace(/\.journal\.jsonl$/, ''),
    ],
    columns: columns.map((c) => columnOf(gallery, c)),
    rows: gallery.merges.map((merge) => rowOf(merge, gallery, columns, details)),
  };
}

function modelName(file: string): string {
  return path.basename(file.replaceAll('\\', '/')).replace(/\.(safetensors|ckpt|pt)$/i, '');
}

function columnOf({ columns }: Gallery, c: number): SheetColumn {
  const { caption = '', seed = 0 } = columns[c] ?? {};
  return { label: caption, detail: `seed ${seed}` };
}

function rowOf(
  merge: ShownMerge,
  gallery: Gallery,
  columns: readonly number[],
  details: BaselineWords,
): SheetRow {
  const { name, trial, score, images } = merge;
  return {
    label: labelOf(name),
    details: [
      ...(score === undefined ? ['failed'] : [`score ${scoreText(score)}`]),
      ...detailsOf(name, trial, details),
      ...(name === 'runner-up' && gallery.winner === name ? ['better on fresh images'] : []),
      ...(name !== 'best' && trial !== undefined && trial === gallery.best ? ['the best'] : []),
    ],
    cells: columns.map((c) => {
      const image = images[c];
      const caption = image?.score === undefined ? '' : scoreText(image.score);
      return { image: image?.file, reason: image?.reason, caption, isBest: isBestOf(merge, gallery, c) };
    }),
  };
}

function labelOf(name: MergeName): string {
  if (typeof name === 'number') return `iteration ${name}`;
  return name === 'half' ? '0.5' : name;
}

function detailsOf(name: MergeName, trial: number | undefined, details: BaselineWords): string[] {
  if (name === 'A' || name === 'B' || name === 'half') return [details[name]];
  return typeof name === 'number' || trial === undefined ? [] : [`iteration ${trial}`];
}

/** Alone at the top of its column. */
function isBestOf(merge: ShownMerge, { merges }: Gallery, c: number): boolean {
  const own = merge.images[c]?.score;
  const others = merges.filter((other) => other !== merge).map(({ images }) => images[c]?.score);
  return (
    own !== undefined && others.length > 0 && others.every((score) => score === undefined || score < own)
  );
}
