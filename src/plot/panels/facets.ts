/** Many runs: a small chart each, on common axes, instead of lines that cross and colours that nobody can tell apart. */
import { spreadOut } from '../baselines.ts';
import { equalityInWords } from '../equal-runs.ts';
import type { Box, Mark, Panel } from '../panel.ts';
import { emptiness, widthOf, xAxisOf, yAxisOf } from '../panel.ts';
import { accentOf, AXIS, GREY } from '../palette.ts';
import { iterationScale } from '../scale.ts';
import { bestOfAll } from '../series.ts';
import type { RunSeries } from '../series.ts';
import { shorten } from '../words.ts';
import { baselineSeries } from './baseline-marks.ts';
import { axisName, key } from './progress.ts';
import { bestLine, bestRing, failures, points } from './progress-series.ts';
import type { DrawnRun, Heights } from './progress-series.ts';

/** Pixels. */
const NARROWEST = 180;
const HEIGHT = 96;
const BESIDE = 26;
const BELOW = 36;

interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Of one small chart. */
  readonly width: number;
}

function layoutOf(runs: number, width: number): Layout {
  const most = Math.max(1, Math.floor((width + BESIDE) / (NARROWEST + BESIDE)));
  const rows = Math.ceil(runs / most);
  const columns = Math.ceil(runs / rows);
  return { columns, rows, width: (width - BESIDE * (columns - 1)) / columns };
}

/** Pixels from the top of the first chart to the bottom of the last. */
export function facetsHeight(runs: number, width: number): number {
  return layoutOf(runs, width).rows * (HEIGHT + BELOW) - BELOW;
}

/** @param place where the inside of the first chart's axes begins, and how wide all of them are together */
export function facetPanels(
  all: readonly RunSeries[],
  heights: Heights,
  place: Omit<Box, 'height'>,
): readonly Panel[] {
  const { columns, rows, width } = layoutOf(all.length, place.width);
  const end = Math.max(...all.map((run) => run.end));
  const leader = all[bestOfAll(all)?.run ?? -1];
  return all.map((run, index): Panel => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const box: Box = {
      left: place.left + column * (width + BESIDE),
      top: place.top + row * (HEIGHT + BELOW),
      width,
      height: HEIGHT,
    };
    // The last of its column has the axis' numbers, the middle of them its name.
    const isLast = row === rows - 1 || index + columns >= all.length;
    const isNamed = isLast && column === Math.floor((columns - 1) / 2);
    const across = iterationScale(end, 4);
    const ticks = across.ticks.map((at) => ({ at, text: isLast ? String(at) : '' }));
    const { axis } = heights;
    const drawn: DrawnRun = { run, colour: accentOf(index, all.length), stroke: SOLID };
    const lines = run.baselines.map(({ name, score }) => ({ name, score, run: undefined }));
    return {
      box,
      xAxis: xAxisOf({
        min: across.min,
        max: across.max,
        ticks,
        grid: false,
        ...(isNamed ? { name: axisName(all) } : {}),
      }),
      yAxis: yAxisOf({
        min: axis.min,
        max: axis.max,
        ticks: column === 0 ? axis.ticks : axis.ticks.map(({ at }) => ({ at, text: '' })),
      }),
      series: [
        ...(leader === undefined || leader === run ? [] : [behind(leader, heights)]),
        points(drawn, heights, run.length <= 60 ? 4 : 3, 0.45),
        bestLine(drawn, heights, 1.6),
        failures(drawn, heights),
        bestRing(drawn, heights, { end, labelled: false, size: 7 }),
        ...baselineSeries(lines, heights.height, [across.min, across.max], all.length),
      ],
      marks: [
        ...nameOf(run, index, box, heights),
        ...baselineNames(run, box, heights),
        ...(index === 0 ? above(all, heights, { ...box, width: place.width }) : []),
        ...(run.points.length > 0
          ? []
          : [emptiness(box, run.length === 0 ? 'no iteration yet' : 'no scored iteration')]),
      ],
    };
  });
}

const SOLID = { dash: undefined, offset: 0 } as const;

/** The best run's line in grey, to compare with. */
function behind(leader: RunSeries, heights: Heights): Panel['series'][number] {
  return bestLine({ run: leader, colour: AXIS, stroke: SOLID }, heights, 1);
}

/** `3  name … 0.5242`, cut to fit. */
function nameOf(run: RunSeries, index: number, box: Box, heights: Heights): Mark[] {
  const y = box.top - 9;
  const right = box.left + box.width;
  const equal = equalityInWords(run);
  const end = equal ?? (run.best === undefined ? '–' : heights.number(run.best.score));
  const number = String(index + 1);
  const from = box.left + 8 + widthOf(number, 11);
  // Names of histories are full of capitals and digits, which are wide.
  const letters = Math.floor((right - 10 - widthOf(end, 11) - from) / widthOf('x', 12.4));
  return [
    { kind: 'text', x: box.left, y, text: number, size: 11, bold: true },
    { kind: 'text', x: from, y, text: shorten(run.name, Math.max(3, letters)), size: 11, colour: GREY },
    { kind: 'text', x: right, y, text: end, size: 11, align: 'right' },
  ];
}

/** One letter each: what it says stands in the legend of a single run and in the docs. */
function baselineNames({ baselines }: RunSeries, box: Box, { axis, height }: Heights): Mark[] {
  const wanted = baselines.map(
    ({ score }) => box.top + ((axis.max - height(score)) / (axis.max - axis.min)) * box.height,
  );
  const places = spreadOut(wanted, 10, [box.top, box.top + box.height]);
  return baselines.map(({ name }, index) => ({
    kind: 'text',
    x: box.left + box.width + 4,
    y: places[index] ?? 0,
    text: name === 'half' ? '½' : shorten(name, 3),
    size: 9,
    colour: GREY,
  }));
}

/** The heading of all, above the names of the first row. */
function above(all: readonly RunSeries[], heights: Heights, box: Box): Mark[] {
  const line = { ...box, top: box.top - FACET_NAMES };
  const note = bestOfAll(all) === undefined ? '' : 'grey: best so far of the best run';
  return [
    { kind: 'text', x: box.left, y: line.top - 16, text: heights.title, size: 13, bold: true },
    { kind: 'text', x: box.left + 50, y: line.top - 16, text: note, size: 11, colour: GREY },
    ...key(line, 60 + widthOf(note, 11), {
      failed: all.some(({ failed }) => failed.length > 0),
      baseline: all.some(({ baselines }) => baselines.length > 0),
    }),
  ];
}

/** Pixels that the names above the first row take. */
export const FACET_NAMES = 22;
