/** Two goals against each other in characters: trials as dots, the front as full ones, baselines by their letters. */
import type { PlotGoalPoint, PlotGoals } from './plot-run.ts';
import { extentOf, formatNumber, scaleOf, type Scale } from './scale.ts';
import { scaleLabels } from './terminal-chart.ts';
import { accentCode, DIM, glyphsOf, painter } from './terminal-style.ts';
import { shorten } from './words.ts';

export interface GoalChartOptions {
  /** Columns; at least 44 are used. */
  readonly width: number;
  /** Lines of each chart without its heading and axis; at least 4. */
  readonly height: number;
  readonly colour: boolean;
}

const DOT = '·';
const FULL = '●';

/** A chart of two goals; of three, one for each pair. Without a final newline; empty where nothing was measured. */
export function drawGoalsInTerminal(goals: PlotGoals, options: GoalChartOptions): string {
  if (goals.points.length === 0) return '';
  const pairs = goals.names.flatMap((_, x) =>
    goals.names.flatMap((__, y) => (x < y ? [[x, y] as const] : [])),
  );
  return pairs.map((pair) => chartOf(goals, pair, options).join('\n')).join('\n\n');
}

function chartOf(
  { names, points }: PlotGoals,
  [x, y]: readonly [number, number],
  { width: given, height: wanted, colour }: GoalChartOptions,
): string[] {
  const paint = painter(colour);
  const glyphs = glyphsOf(true);
  const height = Math.max(4, Math.floor(wanted));
  const along = scaleOf(extentOf(points.map(({ values }) => values[x] ?? 0)));
  const up = scaleOf(extentOf(points.map(({ values }) => values[y] ?? 0)));
  const labels = scaleLabels(up, height);
  const margin = Math.max(...labels.map((label) => label.length));
  const columns = Math.max(44, Math.floor(given)) - margin - 2;
  const cells = Array.from({ length: height }, () => Array.from({ length: columns }, () => ' '));
  const share = (scale: Scale, value: number): number => (value - scale.min) / (scale.max - scale.min);
  const put = ({ values }: PlotGoalPoint, mark: string): void => {
    const row = cells[Math.floor((1 - share(up, values[y] ?? 0)) * height)];
    if (row !== undefined) row[Math.floor(share(along, values[x] ?? 0) * columns)] = mark;
  };
  for (const point of points)
    if (!point.isOnFront && point.baseline === undefined) put(point, paint(DOT, DIM));
  for (const point of points) if (point.isOnFront) put(point, paint(FULL, accentCode(0)));
  for (const point of points) if (point.baseline !== undefined) put(point, letterOfBaseline(point.baseline));
  const lines = cells.map((row, i) => {
    const label = labels[i] ?? '';
    return `${paint(label.padStart(margin), DIM)} ${paint(label === '' ? glyphs.wall : glyphs.tick, DIM)}${row.join('')}`.trimEnd();
  });
  const front = points.filter(({ isOnFront }) => isOnFront).length;
  const heading = `${shorten(names[y] ?? '', 30)} over ${shorten(names[x] ?? '', 30)}  ${FULL} front (${front})  ${DOT} other trials`;
  return [
    heading,
    ...lines,
    `${' '.repeat(margin + 1)}${paint(`${glyphs.corner}${glyphs.axis.repeat(columns)}`, DIM)}`,
    paint(numbersUnder(along, columns, margin), DIM),
  ];
}

function letterOfBaseline(name: string): string {
  return name === 'half' ? '½' : name.slice(0, 1);
}

function numbersUnder(scale: Scale, columns: number, margin: number): string {
  let line = '';
  for (const tick of scale.ticks) {
    const text = formatNumber(tick, scale.digits);
    const middle = Math.floor(((tick - scale.min) / (scale.max - scale.min)) * columns);
    const place = Math.min(columns - text.length, Math.max(0, middle - Math.floor((text.length - 1) / 2)));
    if (place >= (line === '' ? 0 : line.length + 2)) line = line.padEnd(place) + text;
  }
  return `${' '.repeat(margin + 2)}${line}`;
}
