/** The figure: header, layout of the panels, one echarts option for all of it. */
import type { EChartsOption } from 'echarts';
import { headerOf } from './header.ts';
import { lossOf } from './loss.ts';
import type { LossView } from './loss.ts';
import type { Box, Mark, Panel } from './panel.ts';
import { gridOf } from './panel.ts';
import { distributionPanel } from './panels/distribution.ts';
import { lossPanel, scoreAxis, scorePanel } from './panels/progress.ts';
import { weightsPanel } from './panels/weights.ts';
import { FONT, INK, PAPER } from './palette.ts';
import { extentOf, scaleOf, scoreDigits } from './scale.ts';
import type { Scale } from './scale.ts';
import type { RunSeries } from './series.ts';

export type PlotView = 'reward' | 'loss' | 'both';

export interface Figure {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsOption;
  /** Hover texts by series of the option, then by datum. */
  readonly hover: readonly (readonly string[])[];
  readonly title: string;
  readonly subtitle: string;
}

const WIDTH = 1280;
const RIGHT = 28;
const PROGRESS = 300;
const WEIGHTS = 210;
/** Between the score panel and the distribution on the same axis. */
const BESIDE = 22;

export function figureOf(all: readonly RunSeries[], view: PlotView, title: string | undefined): Figure {
  // The label of the best stands above it: more air there.
  const scale = scaleOf(extentOf(all.flatMap(({ points }) => points.map(({ value }) => value))), 0.06, 0.09);
  const loss = lossOf(all);
  const header = headerOf(all, scoreDigits(scale), title, { left: 24, width: WIDTH - 24 - RIGHT });
  const left = roomFor((view === 'loss' ? loss.ticks : scoreAxis(scale).ticks).map(({ text }) => text));
  const top = header.height + 46;
  const weightsTop = top + PROGRESS + 100;
  const panels = [
    ...progressRow(all, view, { scale, loss, left, top }),
    weightsPanel(all, { left, top: weightsTop, width: WIDTH - RIGHT - left, height: WEIGHTS }),
  ];
  return {
    width: WIDTH,
    height: weightsTop + WEIGHTS + 62,
    option: optionOf(panels, header.marks),
    hover: panels.flatMap(({ series }) => series.map(({ hover }) => hover ?? [])),
    title: header.title,
    subtitle: header.subtitle,
  };
}

/** Pixels left of an axis: its tick labels, its name, some air. */
function roomFor(labels: readonly string[]): number {
  return Math.max(64, 32 + 6.4 * Math.max(0, ...labels.map((text) => text.length)));
}

interface Row {
  readonly scale: Scale;
  readonly loss: LossView;
  readonly left: number;
  readonly top: number;
}

/** Score with its distribution beside it, then loss; a single view takes the other one's room. */
function progressRow(all: readonly RunSeries[], view: PlotView, { scale, loss, left, top }: Row): Panel[] {
  const inside = WIDTH - RIGHT - left;
  const box = (from: number, width: number): Box => ({ left: left + from, top, width, height: PROGRESS });
  if (view === 'reward') {
    const wide = Math.round(inside * 0.72);
    const rest = box(wide + BESIDE, inside - wide - BESIDE);
    return [scorePanel(all, scale, box(0, wide)), distributionPanel(all, scale, rest, true)];
  }
  if (view === 'loss') {
    const gap = 20 + roomFor(scoreAxis(scale).ticks.map(({ text }) => text));
    const wide = Math.round(inside * 0.66);
    const rest = box(wide + gap, inside - wide - gap);
    return [
      lossPanel(all, loss, scoreDigits(scale), box(0, wide)),
      distributionPanel(all, scale, rest, false),
    ];
  }
  const gap = 20 + roomFor(loss.ticks.map(({ text }) => text));
  const wide = Math.round(inside * 0.37);
  const narrow = inside - 2 * wide - gap - BESIDE;
  return [
    scorePanel(all, scale, box(0, wide)),
    distributionPanel(all, scale, box(wide + BESIDE, narrow), true),
    lossPanel(all, loss, scoreDigits(scale), box(inside - wide, wide)),
  ];
}

function optionOf(panels: readonly Panel[], header: readonly Mark[]): EChartsOption {
  return {
    animation: false,
    backgroundColor: PAPER,
    textStyle: { fontFamily: FONT, color: INK },
    grid: panels.map(({ box }) => gridOf(box)),
    xAxis: panels.map(({ xAxis }, gridIndex) => ({ ...xAxis, gridIndex })),
    yAxis: panels.map(({ yAxis }, gridIndex) => ({ ...yAxis, gridIndex })),
    series: panels.flatMap(({ series }, index) =>
      series.map(({ option }) => ({ ...option, xAxisIndex: index, yAxisIndex: index })),
    ),
    graphic: [...header, ...panels.flatMap(({ marks }) => marks)].map(elementOf),
  };
}

function elementOf(mark: Mark) {
  if (mark.kind === 'text') {
    const { text, size = 12, bold = false, colour = INK, align = 'left' } = mark;
    const font = { fontSize: size, fontWeight: bold ? 600 : 400, fontFamily: FONT } as const;
    const border = mark.halo === true ? { stroke: PAPER, lineWidth: 5 } : {};
    const style = { text, fill: colour, align, verticalAlign: 'middle', ...font, ...border } as const;
    return { type: 'text', x: mark.x, y: mark.y, z: 10, silent: true, style } as const;
  }
  if (mark.kind === 'dot') {
    const shape = { cx: mark.x, cy: mark.y, r: mark.radius };
    return { type: 'circle', silent: true, shape, style: { fill: mark.colour } } as const;
  }
  const [x1, y1] = mark.from;
  const [x2, y2] = mark.to;
  const style = {
    stroke: mark.colour,
    lineWidth: 2,
    lineDash: mark.dash === 'dashed' ? [5, 4] : null,
  } as const;
  return { type: 'line', silent: true, shape: { x1, y1, x2, y2 }, style } as const;
}
