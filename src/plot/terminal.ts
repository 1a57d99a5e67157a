/** The same image in a few lines of text: score by iteration, weights of the best, one line of summary. */
import { extentOf, formatNumber, scaleOf, scoreDigits } from './scale.ts';
import { baselineLines } from './baselines.ts';
import type { PlotAxis, PlotRun } from './plot-run.ts';
import { bestOfAll, drawnScores, imagesIn, numberOf, seriesOf } from './series.ts';
import type { RunSeries } from './series.ts';
import { shorten } from './words.ts';
import { drawProgress } from './terminal-chart.ts';
import { accentCode, glyphsOf, letterOf, painter } from './terminal-style.ts';
import type { Style } from './terminal-style.ts';
import { drawWeights } from './terminal-weights.ts';
import { counted } from '../shared/counted.ts';

export interface TerminalOptions {
  /** Columns; at least 44 are used. */
  readonly width: number;
  /** Lines of the whole drawing, at least 12: what legend, weights and summary leave goes to the chart. */
  readonly height: number;
  readonly colour: boolean;
  /** Default true; false draws with ASCII only (names of runs stay as they are). */
  readonly unicode?: boolean;
  /** What the trials are drawn over: see `seriesOf`. */
  readonly x?: PlotAxis | undefined;
}

/** Rows that the chart gets before weights and legend get any. */
const LEAST_ROWS = 6;

/**
 * Exactly `height` lines, none longer than `width`, without a final newline. The weights are left out where the chart
 * would shrink below six rows, and a legend of many runs is cut and says so.
 * @throws usage error `plot-no-runs`, `plot-no-images` or `plot-not-finite`
 */
export function drawInTerminal(runs: readonly PlotRun[], options: TerminalOptions): string {
  const all = seriesOf(runs, options.x);
  const width = Math.max(44, Math.floor(options.width));
  const height = Math.max(12, Math.floor(options.height));
  const unicode = options.unicode ?? true;
  const style: Style = { glyphs: glyphsOf(unicode), paint: painter(options.colour), width };
  const scale = scaleOf(extentOf(all.flatMap((run) => drawnScores(run))));
  const digits = scoreDigits(scale);

  // Two lines of axis and one of summary are always there.
  let room = height - 3 - LEAST_ROWS;
  const found = bestOfAll(all);
  const bars = found === undefined ? [] : drawWeights(all, found, style);
  const weights = bars.length <= room - (all.length > 1 ? 1 : 0) ? bars : [];
  room -= weights.length;
  const legend = all.length > 1 ? drawLegend(all, digits, style, room) : [];
  const chart = drawProgress(all, scale, style, LEAST_ROWS + room - legend.length);
  const lines = [...legend, ...chart, ...weights, summaryOf(all, digits, width)];
  return (unicode ? lines : lines.map(toAscii)).join('\n');
}

/** `a ── name  0.6123 at 40 of 67`, in as many lines as there is room for. */
function drawLegend(all: readonly RunSeries[], digits: number, style: Style, room: number): string[] {
  const { glyphs, paint, width } = style;
  const fits = all.length <= room ? all.length : Math.max(0, room - 1);
  const shown = all.slice(0, fits);
  const facts = shown.map((run) => {
    const { best, length, equals } = run;
    const equal = equals === undefined ? '' : `, equals ${letterOf(equals)}`;
    return best === undefined
      ? `no score in ${length}${equal}`
      : `${formatNumber(best.score, digits)} at ${best.number} of ${numberOf(run, length)}${equal}`;
  });
  const limit = width - 8 - Math.max(0, ...facts.map((text) => text.length));
  const names = shown.map(({ name }) => shorten(name, limit));
  const widest = Math.max(0, ...names.map((name) => name.length));
  const lines = names.map((name, index) => {
    const sample = paint(`${letterOf(index)} ${glyphs.level}${glyphs.level}`, accentCode(index));
    return `${sample}  ${name.padEnd(widest)}  ${facts[index] ?? ''}`;
  });
  if (fits === all.length) return lines;
  return room === 0
    ? []
    : [...lines, `${fits > 0 ? 'and ' : ''}${counted(all.length - fits, fits > 0 ? 'more run' : 'run')}`];
}

/**
 * `best 0.5242 at iteration 77 of 102, 3 failed; A 0.4811, B 0.5100, half 0.5012`; the most important comes first, a narrow
 * window cuts the end, the baselines all together: half a number would be another number.
 */
function summaryOf(all: readonly RunSeries[], digits: number, width: number): string {
  const iterations = all.reduce((sum, { length }) => sum + length, 0);
  const failed = all.reduce((sum, { failed }) => sum + failed.length, 0);
  const found = bestOfAll(all);
  const best =
    found === undefined
      ? 'no score'
      : `best ${formatNumber(found.best.score, digits)} at iteration ${found.best.number}`;
  const whose = found === undefined ? '' : ` of run ${letterOf(found.run)}`;
  const images = imagesIn(all);
  const failures = `${failed > 0 ? `, ${failed} failed` : ''}${images === undefined ? '' : `, ${images}`}`;
  const last = Math.max(...all.map((run) => numberOf(run, run.length)));
  const made = counted(iterations, 'iteration');
  const line =
    all.length > 1
      ? `${best}${whose}; ${all.length} runs, ${made}${failures}`
      : `${best}${found === undefined ? ` in ${made}` : ` of ${last}`}${failures}`;
  const whole = `${line}${baselinesInWords(all, digits)}`;
  return whole.length <= width ? whole : line.slice(0, width);
}

function baselinesInWords(all: readonly RunSeries[], digits: number): string {
  const lines = baselineLines(all);
  if (lines.length === 0) return '';
  if (lines.some(({ run }) => run !== undefined)) return '; dotted: the best baseline of each run';
  return `; ${lines.map(({ name, score }) => `${name} ${formatNumber(score, digits)}`).join(', ')}`;
}

/** Names keep their own letters; only what this program writes itself is replaced. */
function toAscii(line: string): string {
  return line.replaceAll('−', '-').replaceAll('…', '~').replaceAll('½', 'h');
}
