/** Points by iteration, or by the images made until then, with best-so-far as a step line: the score panel and the loss panel. */
import type { LossView } from '../loss.ts';
import type { AxisSpec, Box, Mark, Panel } from '../panel.ts';
import { emptiness, HALO, heading, xAxisOf, yAxisOf } from '../panel.ts';
import { accentOf, dashOf, GREY, INK, PAPER } from '../palette.ts';
import type { Scale } from '../scale.ts';
import { formatNumber, formatSignificant, iterationScale, scoreDigits } from '../scale.ts';
import { placeOf, trialInWords } from '../series.ts';
import type { RunSeries } from '../series.ts';

/** How a score becomes a height in the panel. */
interface Heights {
  readonly title: string;
  readonly axis: AxisSpec;
  readonly height: (score: number) => number;
  readonly text: (score: number) => string;
  /** Where the best lies: its label goes to the free side. */
  readonly bestAtTop: boolean;
}

/** Score by iteration; `scale` is shared with the distribution beside it. */
export function scorePanel(all: readonly RunSeries[], scale: Scale, box: Box): Panel {
  const digits = scoreDigits(scale);
  return progressPanel(all, box, {
    title: 'Score',
    axis: scoreAxis(scale),
    height: (score) => score,
    text: (score) => `score ${formatNumber(score, digits)}`,
    bestAtTop: true,
  });
}

export function lossPanel(all: readonly RunSeries[], loss: LossView, digits: number, box: Box): Panel {
  const ticks = loss.ticks.map(({ height, text }) => ({ at: height, text }));
  return progressPanel(all, box, {
    title: 'Loss',
    axis: { min: loss.min, max: loss.max, ticks, name: loss.label },
    height: (score) => loss.height(loss.of(score)),
    text: (score) =>
      `loss ${loss.log ? formatSignificant(loss.of(score)) : formatNumber(loss.of(score), digits)}`,
    bestAtTop: false,
  });
}

export function scoreAxis(scale: Scale): AxisSpec {
  const ticks = scale.ticks.map((at) => ({ at, text: formatNumber(at, scale.digits) }));
  return { min: scale.min, max: scale.max, ticks, name: 'score' };
}

function progressPanel(all: readonly RunSeries[], box: Box, heights: Heights): Panel {
  const longest = Math.max(...all.map(({ length }) => length));
  const end = Math.max(...all.map((run) => run.end));
  const across = iterationScale(end, box.width > 600 ? 10 : 6);
  const name = all[0]?.axis === 'images' ? 'images' : 'iteration';
  const ticks = across.ticks.map((at) => ({ at, text: String(at) }));
  const parts = { all, heights, longest, end };
  const scored = all.some(({ points }) => points.length > 0);
  return {
    box,
    xAxis: xAxisOf({ min: across.min, max: across.max, ticks, name, grid: false }),
    yAxis: yAxisOf(heights.axis),
    // Layer by layer over all runs, so that no run's points cover another one's line.
    series: [
      ...all.map((run, index) => trialPoints(parts, run, index)),
      ...all.map((run, index) => bestLine(parts, run, index)),
      ...all.map((run, index) => failures(parts, run, index)),
      ...all.map((run, index) => bestRing(parts, run, index)),
    ],
    marks: [
      ...heading(box, heights.title),
      ...key(
        box,
        all.some(({ failed }) => failed.length > 0),
      ),
      ...(scored ? [] : [emptiness(box, longest === 0 ? 'no trial yet' : 'no scored trial')]),
    ],
  };
}

interface Parts {
  readonly all: readonly RunSeries[];
  readonly heights: Heights;
  /** Trials of the longest run. */
  readonly longest: number;
  /** Of the axis. */
  readonly end: number;
}

function trialPoints(
  { all, heights, longest }: Parts,
  run: RunSeries,
  index: number,
): Panel['series'][number] {
  const size = longest <= 60 ? 6 : longest <= 300 ? 4.6 : 3.4;
  return {
    option: {
      type: 'scatter',
      data: run.points.map(({ iteration, value }) => [placeOf(run, iteration), heights.height(value)]),
      symbolSize: size,
      itemStyle: { color: accentOf(index), opacity: all.length === 1 ? 0.5 : 0.38 },
      emphasis: { disabled: true },
      clip: false,
      progressive: 0,
      z: 2,
    },
    hover: run.points.map(
      ({ iteration, value }) => `${run.name}, ${trialInWords(run, iteration)}: ${heights.text(value)}`,
    ),
  };
}

function bestLine({ heights }: Parts, run: RunSeries, index: number): Panel['series'][number] {
  return {
    option: {
      type: 'line',
      step: 'end',
      data: run.bestSoFar.map(({ iteration, value }) => [placeOf(run, iteration), heights.height(value)]),
      showSymbol: false,
      silent: true,
      clip: false,
      lineStyle: { color: accentOf(index), width: 1.8, type: dashOf(index) },
      z: 3,
    },
  };
}

/** Crosses on the axis line: a failed trial has no height. */
function failures({ heights }: Parts, run: RunSeries, index: number): Panel['series'][number] {
  return {
    option: {
      type: 'scatter',
      symbol: 'path://M-1,-1L1,1M-1,1L1,-1',
      symbolSize: 7,
      data: run.failed.map((iteration) => [placeOf(run, iteration), heights.axis.min]),
      itemStyle: { color: 'transparent', borderColor: accentOf(index), borderWidth: 1.5 },
      emphasis: { disabled: true },
      clip: false,
      progressive: 0,
      z: 6,
    },
    hover: run.failed.map((iteration) => `${run.name}, trial ${iteration}: failed`),
  };
}

function bestRing({ all, heights, end }: Parts, run: RunSeries, index: number): Panel['series'][number] {
  const { best } = run;
  if (best === undefined) return { option: { type: 'scatter', silent: true, data: [] } };
  // Towards the middle, so that the label stays inside the panel.
  const place = placeOf(run, best.iteration);
  const right = place > end * 0.55;
  const position = heights.bestAtTop ? 'top' : 'bottom';
  return {
    option: {
      type: 'scatter',
      data: [[place, heights.height(best.score)]],
      symbolSize: 9,
      itemStyle: { color: PAPER, borderColor: accentOf(index), borderWidth: 2, opacity: 1 },
      label: {
        show: all.length === 1,
        formatter: `${heights.text(best.score)} (trial ${best.iteration})`,
        position,
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
    hover: [`${run.name}, best: ${trialInWords(run, best.iteration)}, ${heights.text(best.score)}`],
  };
}

/** The meaning of the marks, right-aligned in the heading's line. */
function key(box: Box, anyFailed: boolean): Mark[] {
  const y = box.top - 16;
  const right = box.left + box.width;
  const word = (x: number, text: string): Mark => ({ kind: 'text', x, y, text, size: 11, colour: GREY });
  const shift = anyFailed ? 58 : 0;
  const marks: Mark[] = [
    { kind: 'dot', x: right - 128 - shift, y, radius: 3, colour: '#B4B8BE' },
    word(right - 120 - shift, 'trial'),
    { kind: 'line', from: [right - 86 - shift, y], to: [right - 68 - shift, y], colour: GREY },
    word(right - 62 - shift, 'best so far'),
  ];
  if (anyFailed) marks.push(word(right - 46, '× failed'));
  return marks;
}
