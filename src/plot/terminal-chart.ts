/** Score by iteration, or by the images made until then, in characters: iterations as dots, best-so-far as a drawn line, baselines as dotted ones, failures as crosses on the axis. */
import { baselineLines, spreadOut } from './baselines.ts';
import type { BaselineLine } from './baselines.ts';
import type { Scale } from './scale.ts';
import { formatNumber, iterationScale } from './scale.ts';
import { placeOf } from './series.ts';
import type { RunSeries } from './series.ts';
import { accentCode, DIM, letterOf } from './terminal-style.ts';
import type { Style } from './terminal-style.ts';

/** One character of the chart; the code is its colour. */
interface Cell {
  glyph: string;
  code: string;
  /** Bits of the braille pattern, while the cell holds trials. */
  dots: number;
}

interface Canvas {
  readonly rows: readonly (readonly Cell[])[];
  readonly columns: number;
  /** Position of a place on the axis, in columns; of a score, in rows from the top. Both with fractions. */
  readonly x: (place: number) => number;
  readonly y: (score: number) => number;
}

/** @param height rows of the chart itself; an axis line and its labels come on top */
export function drawProgress(
  all: readonly RunSeries[],
  scale: Scale,
  style: Style,
  height: number,
): readonly string[] {
  const { glyphs, paint, width } = style;
  const labels = scaleLabels(scale, height);
  const margin = Math.max(...labels.map((label) => label.length));
  const end = Math.max(1, ...all.map((run) => run.end));
  const baselines = baselineLines(all);
  // Room for the wall, for the letters at the ends of the lines, and for the names of baselines.
  const lettersRoom = all.length > 1 ? 2 : 0;
  const namesRoom = baselines.length > 0 ? 2 : 0;
  const columns = width - margin - 2 - lettersRoom - namesRoom;
  const canvas = canvasOf(columns, height, scale, end);
  plotBaselines(canvas, baselines, style);
  for (const [index, run] of all.entries()) plotIterations(canvas, run, accentCode(index), style);
  for (const [index, run] of all.entries()) plotBest(canvas, run, accentCode(index), style);

  const letters = all.length > 1 ? lineEnds(all, canvas) : [];
  const names = baselineEnds(baselines, canvas);
  const lines = canvas.rows.map((cells, row) => {
    const label = labels[row] ?? '';
    const wall = paint(label === '' ? glyphs.wall : glyphs.tick, DIM);
    const run = letters[row];
    const letter = run === undefined ? '' : paint(letterOf(run), accentCode(run));
    const name = names[row];
    const end = name === undefined ? letter : `${letter || ' '.repeat(lettersRoom / 2)} ${paint(name, DIM)}`;
    const gap = lettersRoom > 0 ? ' ' : '';
    const line = cells.map((cell) => paintCell(cell, style)).join('');
    return `${paint(label.padStart(margin), DIM)} ${wall}${line}${end === '' ? '' : gap}${end}`.trimEnd();
  });
  return [...lines, axisLine(all, canvas, style, margin), placeLabels(all, end, canvas, style, margin)];
}

/** The text before every row, empty where the row has no tick. */
export function scaleLabels(scale: Scale, height: number): string[] {
  const labels = Array.from({ length: height }, () => '');
  for (const tick of scale.ticks) {
    const row = Math.floor(((scale.max - tick) / (scale.max - scale.min)) * height);
    if (row >= 0 && row < height) labels[row] = formatNumber(tick, scale.digits);
  }
  return labels;
}

function canvasOf(columns: number, height: number, scale: Scale, end: number): Canvas {
  const rows = Array.from({ length: height }, () =>
    Array.from({ length: columns }, (): Cell => ({ glyph: ' ', code: '', dots: 0 })),
  );
  const across = end === 1 ? 0 : (columns - 1) / (end - 1);
  return {
    rows,
    columns,
    // Trials that made no image at all stand at 0.
    x: (place) => (end === 1 ? Math.floor(columns / 2) : Math.max(0, place - 1) * across) + 0.5,
    y: (score) => ((scale.max - score) / (scale.max - scale.min)) * height,
  };
}

/** Braille dot of a cell by column (0, 1) and row (0 to 3), Unicode's numbering. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

function plotIterations(canvas: Canvas, run: RunSeries, code: string, { glyphs }: Style): void {
  for (const { iteration, value } of run.points) {
    const x = canvas.x(placeOf(run, iteration));
    const y = canvas.y(value);
    const cell = canvas.rows[Math.floor(y)]?.[Math.floor(x)];
    if (cell === undefined) continue;
    cell.dots |= DOTS[Math.floor((x % 1) * 2) === 0 ? 0 : 1][quarter(y)];
    cell.code = code;
    cell.glyph = glyphs.trial ?? String.fromCodePoint(0x2800 + cell.dots);
  }
}

/** Below everything else: dots and lines of runs are drawn over it. */
function plotBaselines(canvas: Canvas, baselines: readonly BaselineLine[], { glyphs }: Style): void {
  for (const { score, run } of baselines) {
    for (const cell of canvas.rows[Math.floor(canvas.y(score))] ?? []) {
      cell.glyph = glyphs.baseline;
      cell.code = run === undefined ? DIM : accentCode(run);
    }
  }
}

function quarter(y: number): 0 | 1 | 2 | 3 {
  const part = Math.floor((y % 1) * 4);
  return part <= 0 ? 0 : part === 1 ? 1 : part === 2 ? 2 : 3;
}

/** Levels and rises on whole cells: a line reads as a line beside single dots, with and without colour. */
function plotBest(canvas: Canvas, run: RunSeries, code: string, { glyphs }: Style): void {
  const put = (column: number, row: number, glyph: string): void => {
    const cell = canvas.rows[row]?.[column];
    if (cell === undefined) return;
    cell.glyph = glyph;
    cell.code = code;
  };
  const path = run.bestSoFar.map(({ iteration, value }) => ({
    column: Math.floor(canvas.x(placeOf(run, iteration))),
    row: Math.floor(canvas.y(value)),
  }));
  let risen = -1;
  for (const [index, here] of path.entries()) {
    const before = path[index - 1];
    if (before === undefined) {
      put(here.column, here.row, glyphs.level);
      continue;
    }
    for (let column = before.column + 1; column <= here.column; column += 1)
      put(column, before.row, glyphs.level);
    if (here.row === before.row) continue;
    // A second rise within one column only lengthens the first.
    put(here.column, before.row, risen === here.column ? glyphs.rise : glyphs.foot);
    risen = here.column;
    for (let row = before.row - 1; row > here.row; row -= 1) put(here.column, row, glyphs.rise);
    put(here.column, here.row, glyphs.head);
  }
}

/** Which run ends in which row, so that lines can be told apart without colour. */
function lineEnds(all: readonly RunSeries[], canvas: Canvas): (number | undefined)[] {
  const ends = canvas.rows.map((): number | undefined => undefined);
  for (const [index, { bestSoFar }] of all.entries()) {
    const last = bestSoFar.at(-1);
    if (last === undefined) continue;
    const row = Math.floor(canvas.y(last.value));
    // One letter has room in a row: the next free row takes the others.
    const free = [row, row + 1, row - 1, row + 2, row - 2].find(
      (place) => place in ends && ends[place] === undefined,
    );
    if (free !== undefined) ends[free] = index;
  }
  return ends;
}

/** `A`, `B`, `½` by row; where runs differ, the letter of the run whose highest baseline it is. */
function baselineEnds(baselines: readonly BaselineLine[], canvas: Canvas): (string | undefined)[] {
  const ends = canvas.rows.map((): string | undefined => undefined);
  const rows = spreadOut(
    baselines.map(({ score }) => canvas.y(score) - 0.5),
    1,
    [0, ends.length - 1],
  );
  for (const [index, { name, run }] of baselines.entries()) {
    const own = name === 'half' ? '½' : name.slice(0, 1);
    ends[Math.round(rows[index] ?? 0)] = run === undefined ? own : letterOf(run);
  }
  return ends;
}

function paintCell({ glyph, code }: Cell, { paint }: Style): string {
  return glyph === ' ' ? glyph : paint(glyph, code);
}

function axisLine(all: readonly RunSeries[], canvas: Canvas, style: Style, margin: number): string {
  const { glyphs, paint } = style;
  const marks = new Map<number, string>();
  for (const [index, run] of all.entries()) {
    for (const iteration of run.failed)
      marks.set(Math.floor(canvas.x(placeOf(run, iteration))), accentCode(index));
  }
  const line = Array.from({ length: canvas.columns }, (_, column) => {
    const code = marks.get(column);
    return code === undefined ? paint(glyphs.axis, DIM) : paint(glyphs.failed, code);
  });
  return `${' '.repeat(margin + 1)}${paint(glyphs.corner, DIM)}${line.join('')}`;
}

/** Iterations, or images made, under their places, as far as they do not touch. */
function placeLabels(
  all: readonly RunSeries[],
  end: number,
  canvas: Canvas,
  { paint }: Style,
  margin: number,
): string {
  let line = '';
  const put = (text: string, place: number): void => {
    if (place >= (line === '' ? 0 : line.length + 2)) line = line.padEnd(place) + text;
  };
  for (const tick of iterationScale(end).ticks) {
    const text = String(tick);
    const middle = Math.floor(canvas.x(tick)) - Math.floor((text.length - 1) / 2);
    put(text, Math.min(canvas.columns - text.length, middle));
  }
  if (all[0]?.axis === 'images') put('images', canvas.columns - 'images'.length);
  return paint(`${' '.repeat(margin + 2)}${line}`, DIM);
}
