/** What one run puts into a score or loss panel: its iterations as points, best-so-far as a step line, failures, its best. */
import type { Stroke } from '../equal-runs.ts';
import type { AxisSpec, Panel } from '../panel.ts';
import { HALO } from '../panel.ts';
import { INK, PAPER } from '../palette.ts';
import { iterationInWords, numberOf, placeOf } from '../series.ts';
import type { RunSeries } from '../series.ts';

/** How a score becomes a height in the panel. */
export interface Heights {
  readonly title: string;
  readonly axis: AxisSpec;
  readonly height: (score: number) => number;
  /** Of a score, or its loss, without a word. */
  readonly number: (score: number) => string;
  /** Where the best lies: its label goes to the free side. */
  readonly bestAtTop: boolean;
}

export interface DrawnRun {
  readonly run: RunSeries;
  readonly colour: string;
  readonly stroke: Stroke;
}

/** `score 0.5242`. */
function inWords({ title, number }: Heights, score: number): string {
  return `${title.toLowerCase()} ${number(score)}`;
}

type Series = Panel['series'][number];

/** @param size pixels across @param opacity 0 to 1 */
export function points({ run, colour }: DrawnRun, heights: Heights, size: number, opacity: number): Series {
  const drawn = thinned(run, heights);
  return {
    option: {
      type: 'scatter',
      data: drawn.map(({ iteration, value }) => [placeOf(run, iteration), heights.height(value)]),
      symbolSize: size,
      itemStyle: { color: colour, opacity },
      emphasis: { disabled: true },
      clip: false,
      progressive: 0,
      z: 2,
    },
    hover: drawn.map(
      ({ iteration, value }) =>
        `${run.name}, ${iterationInWords(run, iteration)}: ${inWords(heights, value)}`,
    ),
  };
}

export function bestLine({ run, colour, stroke }: DrawnRun, heights: Heights, width: number): Series {
  const { dash, offset } = stroke;
  return {
    option: {
      type: 'line',
      step: 'end',
      data: run.bestSoFar.map(({ iteration, value }) => [placeOf(run, iteration), heights.height(value)]),
      showSymbol: false,
      silent: true,
      clip: false,
      lineStyle: {
        color: colour,
        width,
        type: dash === undefined ? 'solid' : [...dash],
        dashOffset: offset,
      },
      z: 3,
    },
  };
}

/** So many are drawn, each by itself. */
const MOST_POINTS = 5000;
/** Of more, one for every cell of such a grid over the panel: a dot is wider than a cell. */
const COLUMNS = 320;
const ROWS = 100;

/** The earliest ones, in the order of the iterations. */
function thinned(run: RunSeries, { axis, height }: Heights): RunSeries['points'] {
  if (run.points.length <= MOST_POINTS) return run.points;
  const taken = new Uint8Array((COLUMNS + 1) * (ROWS + 1));
  return run.points.filter(({ iteration, value }) => {
    const column = Math.floor((placeOf(run, iteration) / run.end) * COLUMNS);
    const row = Math.floor(((height(value) - axis.min) / (axis.max - axis.min)) * ROWS);
    const cell = row * (COLUMNS + 1) + column;
    if (taken[cell] === 1) return false;
    taken[cell] = 1;
    return true;
  });
}

/** Crosses on the axis line: a failed iteration has no height. */
export function failures({ run, colour }: DrawnRun, heights: Heights): Series {
  const drawn = thinnedFailures(run);
  return {
    option: {
      type: 'scatter',
      symbol: 'path://M-1,-1L1,1M-1,1L1,-1',
      symbolSize: 7,
      data: drawn.map((iteration) => [placeOf(run, iteration), heights.axis.min]),
      itemStyle: { color: 'transparent', borderColor: colour, borderWidth: 1.5 },
      emphasis: { disabled: true },
      clip: false,
      progressive: 0,
      z: 6,
    },
    hover: drawn.map((iteration) => `${run.name}, iteration ${numberOf(run, iteration)}: failed`),
  };
}

function thinnedFailures(run: RunSeries): readonly number[] {
  if (run.failed.length <= COLUMNS) return run.failed;
  let last = -1;
  return run.failed.filter((iteration) => {
    const column = Math.floor((placeOf(run, iteration) / run.end) * COLUMNS);
    const isFree = column > last;
    last = column;
    return isFree;
  });
}

/** @param end of the axis @param labelled with its score and iteration beside it */
export function bestRing(
  { run, colour }: DrawnRun,
  heights: Heights,
  { end, labelled, size = 9 }: { readonly end: number; readonly labelled: boolean; readonly size?: number },
): Series {
  const { best } = run;
  if (best === undefined) return { option: { type: 'scatter', silent: true, data: [] } };
  // Towards the middle, so that the label stays inside the panel.
  const place = placeOf(run, best.iteration);
  const right = place > end * 0.55;
  return {
    option: {
      type: 'scatter',
      data: [[place, heights.height(best.score)]],
      symbolSize: size,
      itemStyle: { color: PAPER, borderColor: colour, borderWidth: 2, opacity: 1 },
      label: {
        show: labelled,
        formatter: `${inWords(heights, best.score)} (iteration ${best.number})`,
        position: heights.bestAtTop ? 'top' : 'bottom',
        distance: 7,
        align: end === 1 ? 'center' : right ? 'right' : 'left',
        fontSize: 11,
        fontWeight: 600,
        color: INK,
        ...HALO,
      },
      emphasis: { disabled: true },
      clip: false,
      z: 5,
    },
    hover: [`${run.name}, best: ${iterationInWords(run, best.iteration)}, ${inWords(heights, best.score)}`],
  };
}
