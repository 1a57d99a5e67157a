/** Panels at their places as one echarts option. */
import type { EChartsOption } from 'echarts';
import type { Mark, Panel } from './panel.ts';
import { gridOf } from './panel.ts';
import { FONT, INK, PAPER } from './palette.ts';

export interface Figure {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsOption;
  /** Hover texts by series of the option, then by datum. */
  readonly hover: readonly (readonly string[])[];
  readonly title: string;
  readonly subtitle: string;
}

/** @param marks of the figure itself, besides those of its panels */
export function figureWith(
  panels: readonly Panel[],
  marks: readonly Mark[],
  rest: Omit<Figure, 'option' | 'hover'>,
): Figure {
  return {
    ...rest,
    option: optionOf(panels, marks),
    hover: panels.flatMap(({ series }) => series.map(({ hover }) => hover ?? [])),
  };
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
  if (mark.kind === 'bar') {
    const { x, y, width, height } = mark;
    return {
      type: 'rect',
      silent: true,
      shape: { x, y, width, height },
      style: { fill: mark.colour },
    } as const;
  }
  const [x1, y1] = mark.from;
  const [x2, y2] = mark.to;
  const style = {
    stroke: mark.colour,
    lineWidth: mark.width ?? 2,
    lineDash: mark.dash === undefined ? null : [...mark.dash],
  };
  return { type: 'line', silent: true, shape: { x1, y1, x2, y2 }, style } as const;
}
