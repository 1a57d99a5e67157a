/**
 * The field's history CSV: one row an iteration, the weights, then the score and two times. Of Stable Diffusion there are 27
 * columns of weights in search order, as the Python tool has them, and named ones behind all others for blocks that it does
 * not know. Other families have a named column for each block. Where not every iteration has all images of the run, the last
 * column says how many it has: readers of the field's columns find them where they always are.
 */
import { Readable } from 'node:stream';
import { parse } from 'fast-csv';
import { usageError } from '../shared/errors.ts';
import { linesOf } from '../shared/files/lines.ts';
import type { BlockName, BlockWeights } from '../architectures/architecture.ts';
import { isKindOfLayer } from '../architectures/kinds.ts';
import { findBlock, inSearchOrder, isBlockName } from '../architectures/registry.ts';
import { isParameterName } from '../space/parameters.ts';
import { SEARCH_ORDER } from '../architectures/sd-lists.ts';
import { csvCell } from './cell.ts';
import { pythonFloat } from './python-float.ts';

export interface HistoryRow {
  /** The blocks that the file has columns for. */
  readonly weights: BlockWeights;
  /** `null` where the file says NaN, infinite or nothing: there is no score. */
  readonly score: number | null;
  /** Seconds of generation and scoring. Files of the Python tool repeat the run's total on every row. */
  readonly evalTimes: number | null;
  /** Seconds of the whole iteration; the same flaw. */
  readonly iterTimes: number | null;
  /** How many images the score is made of, 0 for a score from elsewhere; absent where the file does not say. */
  readonly images?: number | undefined;
  /** Every other column, as text. */
  readonly extra: Readonly<Record<string, string>>;
}

type NumberColumn = 'score' | 'evalTimes' | 'iterTimes';
type Meaning =
  | { readonly kind: 'weight'; readonly block: BlockName }
  | { readonly kind: NumberColumn }
  | { readonly kind: 'images' }
  | { readonly kind: 'extra'; readonly name: string };

const ALIASES: Readonly<Record<string, NumberColumn>> = {
  score: 'score',
  scores: 'score',
  test_score: 'score',
  value: 'score',
  eval_times: 'evalTimes',
  eval_time: 'evalTimes',
  evaluation_time: 'evalTimes',
  iter_times: 'iterTimes',
  iter_time: 'iterTimes',
  iteration_time: 'iterTimes',
};

const NUMBERS = ['score', 'eval_times', 'iter_times'];
const IMAGES = 'images';
const NOT_A_SCORE = /^(?:|[-+]?nan|[-+]?inf(?:inity)?|none|null|n\/a)$/i;

/**
 * Reads a history. Columns are known by their header: `0`..`26` (search order) or block names, `score`,
 * `eval_times`, `iter_times` and their common variants; without a header they are taken in the usual order.
 * Names of blocks are those of the registry, in any case.
 * Blank lines, CRLF, BOM, repeated headers, NaN scores, missing and further columns are taken as they come.
 * @throws usage errors `history-empty`, `history-header`, `history-row`; the last one names the line
 */
export async function readHistoryCsv(text: string): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  let columns: Columns | undefined;
  for await (const { line, cells } of rowsOf(text)) {
    if (columns === undefined) {
      columns = columnsOf(cells);
      if (columns.header !== undefined) continue;
    }
    if (columns.header !== cells.join(',')) rows.push(readRow(columns, cells, line));
  }
  if (columns === undefined) {
    throw usageError(
      'history-empty',
      'The history is empty: give a CSV file with a header and one row per iteration.',
    );
  }
  return rows;
}

/** What columns the text of a history has. */
export interface HistoryColumns {
  /** Blocks before the numbers, and behind them. */
  readonly first: readonly BlockName[];
  readonly last: readonly BlockName[];
  /** The last one says how many images there are. */
  readonly counts: boolean;
  readonly header: string;
}

/** @param names of all blocks that have a weight in a row, or are to have a column all the same */
export function historyColumns(names: Iterable<BlockName>, counts: boolean): HistoryColumns {
  const named = inSearchOrder(names);
  const unlisted = named.filter((name) => !SEARCH_ORDER.includes(name));
  // A family has none of the 27, or most of them; divided by kind of layer, it has the two that are no place in depth.
  const isListed =
    named.length === 0 || (unlisted.length < named.length && !unlisted.some((name) => isKindOfLayer(name)));
  const [first, last] = isListed ? [SEARCH_ORDER, unlisted] : [named, []];
  const header = [
    ...(isListed ? SEARCH_ORDER.keys() : first),
    ...NUMBERS,
    ...last,
    ...(counts ? [IMAGES] : []),
  ];
  return { first, last, counts, header: header.map((name) => csvCell(String(name))).join(',') };
}

/** In the number forms of the Python tool. Blocks without a weight get 0.0. */
export function historyLine(
  { weights, score, evalTimes, iterTimes, images }: HistoryRow,
  { first, last, counts }: HistoryColumns,
): string {
  const weightOf = (name: BlockName): string => pythonFloat(weights[name] ?? 0);
  return [
    ...first.map(weightOf),
    score === null ? 'NaN' : pythonFloat(score),
    evalTimes === null ? '' : pythonFloat(evalTimes),
    iterTimes === null ? '' : pythonFloat(iterTimes),
    ...last.map(weightOf),
    ...(counts ? [images === undefined ? '' : String(images)] : []),
  ].join(',');
}

/**
 * The text of a history.
 * @param blocks of the search, for columns of their own before any row has them
 */
export function formatHistoryCsv(rows: readonly HistoryRow[], blocks: readonly BlockName[] = []): string {
  const names = new Set(blocks);
  for (const { weights } of rows) for (const name in weights) names.add(name);
  const columns = historyColumns(
    names,
    rows.some(({ images }) => images !== undefined),
  );
  return [columns.header, ...rows.map((row) => historyLine(row, columns)), ''].join('\n');
}

/**
 * The rows that the best is looked for among: where they have unequal images, those with the most of them. The score of few
 * images may be high because these are easy. Rows that do not say how many count as if they had the most.
 */
export function withMostImages<T extends { readonly images?: number | undefined }>(
  rows: readonly T[],
): readonly T[] {
  const most = rows.reduce((found, { images = 0 }) => Math.max(found, images), 0);
  return rows.filter(({ images = most }) => images === most);
}

/** Characters; 30 numbers and some columns of other tools have a thousandth of it. */
const LONGEST_ROW = 200_000;

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** One after another: the cells of a hundred thousand rows at once would be gigabytes. */
async function* rowsOf(text: string): AsyncGenerator<Row, void> {
  // Blank lines go here and not in the parser, which does not tell line numbers; a history has no quoted line breaks.
  const kept = linesOf(text)
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== '');
  const long = kept.find(({ content }) => content.length > LONGEST_ROW);
  if (long !== undefined) {
    throw usageError(
      'history-row',
      `Line ${long.line} of the history has ${long.content.length} characters, far more than a row of a history: this is a different kind of file, or it has lost its line breaks.`,
    );
  }
  const chunks = function* (): Generator<string> {
    for (let at = 0; at < kept.length; at += LINES_AT_ONCE) {
      const lines = kept.slice(at, at + LINES_AT_ONCE).map(({ content }) => content);
      yield `${at === 0 ? '' : '\n'}${lines.join('\n')}`;
    }
  };
  const parser = parse<string[], string[]>({ headers: false, trim: true });
  const cells: AsyncIterable<string[]> = Readable.from(chunks()).pipe(parser);
  let index = 0;
  try {
    for await (const row of cells) {
      yield { line: kept[index]?.line ?? index + 1, cells: row };
      index++;
    }
  } catch (cause) {
    throw usageError(
      'history-row',
      'The history is not valid CSV: its quotes are unbalanced. Remove them and try again.',
      { cause },
    );
  }
}

/** The parser makes the cells of all lines that it gets at once. */
const LINES_AT_ONCE = 500;

interface Columns {
  /** The first line, where it is one; it may come again. */
  readonly header: string | undefined;
  readonly meanings: readonly Meaning[];
}

function columnsOf(first: readonly string[]): Columns {
  return isHeader(first)
    ? { header: first.join(','), meanings: readHeader(first) }
    : { header: undefined, meanings: usualColumns(first.length) };
}

/** Words, or the bare column numbers 0, 1, 2 … of a file that has nothing but weights. */
function isHeader(cells: readonly string[]): boolean {
  const words = cells.some((cell) => !NOT_A_SCORE.test(cell.trim()) && Number.isNaN(Number(cell)));
  return words || cells.every((cell, index) => cell.trim() === String(index));
}

function readHeader(cells: readonly string[]): Meaning[] {
  const known = cells.map((cell) => meaningOf(cell));
  const isListed =
    !cells.some((cell) => isKindOfLayer(cell.trim())) &&
    known.some((meaning) => meaning.kind === 'weight' && SEARCH_ORDER.includes(meaning.block));
  const meanings = isListed ? withoutEarly(known) : namedColumns(cells, known);
  const blocks = meanings.flatMap((meaning) => (meaning.kind === 'weight' ? [meaning.block] : []));
  if (blocks.length === 0) {
    throw usageError(
      'history-header',
      `The history's header has no weight columns (0 to 26, or block names such as IN00); it reads "${cells.join(',').slice(0, 120)}".`,
    );
  }
  const twice = blocks.find((block, index) => blocks.indexOf(block) !== index);
  if (twice !== undefined) {
    throw usageError(
      'history-header',
      `The history's header lists block ${twice} twice: remove one of the columns.`,
    );
  }
  return meanings;
}

/** Beside the 27, parameters stand behind the score: what looks like one before it is damage. */
function withoutEarly(known: readonly Meaning[]): Meaning[] {
  const score = known.findIndex(({ kind }) => kind === 'score');
  return known.map((meaning, column) =>
    meaning.kind === 'weight' && isParameterName(meaning.block) && column < score
      ? { kind: 'extra', name: meaning.block }
      : meaning,
  );
}

function meaningOf(cell: string): Meaning {
  const name = cell.trim();
  if (/^\d{1,2}$/.test(name)) {
    const block = SEARCH_ORDER[Number(name)];
    if (block !== undefined) return { kind: 'weight', block };
  }
  const named = findBlock(name);
  if (named !== undefined) return { kind: 'weight', block: named };
  if (isParameterName(name)) return { kind: 'weight', block: name };
  if (name === IMAGES) return { kind: 'images' };
  const known = ALIASES[name.toLowerCase().replaceAll(' ', '_')];
  return known === undefined ? { kind: 'extra', name } : { kind: known };
}

/** As this package writes them for families without a list: names of blocks, of which a file may have unusual ones, then the score. */
function namedColumns(cells: readonly string[], known: readonly Meaning[]): Meaning[] {
  if (!cells.some((cell) => isNamed(cell.trim()))) return [...known];
  const score = known.findIndex(({ kind }) => kind === 'score');
  return known.map((meaning, column) => {
    const block = cells[column]?.trim() ?? '';
    const isWeight = meaning.kind === 'extra' && (isBlockName(block) || (column < score && NAME.test(block)));
    return isWeight ? { kind: 'weight', block } : meaning;
  });
}

const NAME = /^[A-Za-z_][\w.]*$/;

/** No column of another meaning is called so. */
function isNamed(cell: string): boolean {
  return findBlock(cell) === undefined && (isBlockName(cell) || /^[A-Za-z_]\w*\.\w/.test(cell));
}

function usualColumns(count: number): Meaning[] {
  const all: Meaning[] = [
    ...SEARCH_ORDER.map((block): Meaning => ({ kind: 'weight', block })),
    { kind: 'score' },
    { kind: 'evalTimes' },
    { kind: 'iterTimes' },
  ];
  return Array.from({ length: count }, (_, i) => all[i] ?? { kind: 'extra', name: `column ${i + 1}` });
}

function readRow({ meanings }: Columns, cells: readonly string[], line: number): HistoryRow {
  const weights: Record<BlockName, number> = {};
  const extra: Record<string, string> = {};
  const numbers: Record<NumberColumn, number | null> = { score: null, evalTimes: null, iterTimes: null };
  let images: number | undefined;
  for (const [column, meaning] of meanings.entries()) {
    const cell = cells[column]?.trim() ?? '';
    if (meaning.kind === 'weight') weights[meaning.block] = readWeight(cell, meaning.block, line);
    else if (meaning.kind === 'extra') extra[meaning.name] = cell;
    else if (meaning.kind === 'images') {
      // Other programs may keep paths under that name.
      if (/^\d+$/.test(cell)) images = Number(cell);
      else extra[IMAGES] = cell;
    } else numbers[meaning.kind] = readScore(cell, meaning.kind, line);
  }
  for (const [offset, cell] of cells.slice(meanings.length).entries()) {
    extra[`column ${meanings.length + offset + 1}`] = cell;
  }
  return { weights, ...numbers, ...(images === undefined ? {} : { images }), extra };
}

function readWeight(cell: string, block: BlockName, line: number): number {
  const value = cell === '' ? Number.NaN : Number(cell);
  if (!Number.isFinite(value)) {
    throw usageError(
      'history-row',
      `Line ${line} of the history has "${cell}" instead of a number for ${block}: fix or delete the line.`,
    );
  }
  return value;
}

function readScore(cell: string, column: string, line: number): number | null {
  if (NOT_A_SCORE.test(cell)) return null;
  const value = Number(cell);
  if (!Number.isFinite(value)) {
    throw usageError(
      'history-row',
      `Line ${line} of the history has "${cell}" instead of a number as ${column}: fix or delete the line.`,
    );
  }
  return value;
}
