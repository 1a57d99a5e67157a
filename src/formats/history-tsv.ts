/** The field's `csv/history.tsv`: one row a finished pass. Pure functions on the file's text. */
import { type BlockWeights } from '../space/blocks.ts';
import { weightsToList } from '../architectures/sd-lists.ts';
import { linesOf } from '../shared/files/lines.ts';
import { harmlessCell } from './cell.ts';
import { pythonFloat } from './python-float.ts';

export interface HistoryPass {
  /** As the Python tool writes it: `2023-11-21 00:16:36.848123`, local time. */
  readonly datetime: string;
  /** 0, 1, 2 for P1, P2, P3. */
  readonly currentPass: number;
  readonly modelA: string;
  readonly modelB: string;
  readonly modelO: string;
  readonly weights: BlockWeights;
  readonly clampLower: BlockWeights;
  readonly clampUpper: BlockWeights;
  readonly searchTypeA: string;
  readonly searchTypeB: string;
  readonly classifier: string;
  readonly tallyType: string;
  readonly initGrid: number;
  readonly initVertices: number;
  readonly initRandom: number;
  readonly warmStart: boolean;
}

/** Column names, in the file's order. */
const HISTORY_TSV_COLUMNS = [
  'datetime',
  'current_pass',
  'model_A',
  'model_B',
  'model_O',
  'weights',
  'clamp_lower',
  'clamp_upper',
  'search_type_A',
  'search_type_B',
  'classifier',
  'tally_type',
  'init_grid',
  'init_vertices',
  'init_random',
  'warm_start',
] as const;

type Column = (typeof HISTORY_TSV_COLUMNS)[number];

/** The first line of a new file, without line break. */
export const HISTORY_TSV_HEADER: string = HISTORY_TSV_COLUMNS.join('\t');

/** One row without line break; lists are 27 numbers in search order, joined by commas. */
export function historyTsvRow(pass: HistoryPass): string {
  const cells = cellsOf(pass);
  return HISTORY_TSV_COLUMNS.map((column) => cells[column]).join('\t');
}

/**
 * The file's text with the row added; a row of the same `datetime`, `model_O` and `current_pass` is replaced where it stands.
 * An empty text gets the header first. A file with other columns keeps them: the row is laid out by its header.
 */
export function upsertHistoryTsv(text: string, pass: HistoryPass): string {
  const lines = linesOf(text).filter((line) => line.trim() !== '');
  const first = lines[0]?.split('\t') ?? [];
  const headed = first.includes('datetime') && first.includes('model_O');
  const columns: readonly string[] = headed ? first : HISTORY_TSV_COLUMNS;
  const rows = headed ? lines.slice(1) : lines;
  const cells: Readonly<Record<string, string>> = cellsOf(pass);
  const row = columns.map((column) => cells[column] ?? '').join('\t');
  // Passes of a chain may begin within one second.
  const key = ['datetime', 'model_O', 'current_pass'].filter((column) => columns.includes(column));
  const place = rows.findIndex((line) => {
    const found = line.split('\t');
    return key.every((column) => found[columns.indexOf(column)] === cells[column]);
  });
  const kept = place === -1 ? [...rows, row] : rows.with(place, row);
  return [columns.join('\t'), ...kept, ''].join('\n');
}

function cellsOf(pass: HistoryPass): Record<Column, string> {
  return {
    datetime: oneCell(pass.datetime),
    current_pass: String(pass.currentPass),
    model_A: oneCell(pass.modelA),
    model_B: oneCell(pass.modelB),
    model_O: oneCell(pass.modelO),
    weights: list(pass.weights),
    clamp_lower: list(pass.clampLower),
    clamp_upper: list(pass.clampUpper),
    search_type_A: oneCell(pass.searchTypeA),
    search_type_B: oneCell(pass.searchTypeB),
    classifier: oneCell(pass.classifier),
    tally_type: oneCell(pass.tallyType),
    init_grid: String(pass.initGrid),
    init_vertices: String(pass.initVertices),
    init_random: String(pass.initRandom),
    warm_start: pass.warmStart ? 'True' : 'False',
  };
}

/** A tab or line break inside a name would shift every column behind it. */
function oneCell(text: string): string {
  return harmlessCell(text.replace(/[\t\r\n]+/g, ' '));
}

function list(weights: BlockWeights): string {
  return weightsToList(weights, 'search').map(pythonFloat).join(',');
}
