/** Numbers of many runs as colours: one row a run, one column each of what is compared. */
import type { CustomSeriesOption, XAXisComponentOption } from 'echarts';
import type { Box, Mark, Panel } from '../panel.ts';
import { heading, headingWidth } from '../panel.ts';
import { AXIS, FONT, GREY, inkOn } from '../palette.ts';
import type { RunSeries } from '../series.ts';

/** Pixels of a row: fewer runs get higher ones. */
const LOWEST = 12;
const HIGHEST = 24;

export interface HeatMap {
  readonly all: readonly RunSeries[];
  readonly columns: number;
  readonly xAxis: XAXisComponentOption;
  /** Undefined where a run has no number for a column. */
  readonly value: (run: RunSeries, column: number) => number | undefined;
  readonly colour: (value: number) => string;
  readonly text: (value: number) => string;
  readonly hover: (run: RunSeries, column: number, value: number) => string;
}

/** Pixels that a map of so many runs wants. */
export function heatMapHeight(runs: number): number {
  return runs * Math.max(LOWEST, Math.min(HIGHEST, 210 / Math.max(1, runs)));
}

/** Cells hold their numbers where those have room. Rows are named by the numbers of the legend. */
export function heatMap(map: HeatMap, box: Box): Pick<Panel, 'box' | 'xAxis' | 'yAxis' | 'series'> {
  const { all, columns } = map;
  const cells = all.flatMap((run, row) =>
    Array.from({ length: columns }, (_, column) => column).flatMap((column) => {
      const value = map.value(run, column);
      return value === undefined ? [] : [{ run, row, column, value }];
    }),
  );
  const size = { width: box.width / Math.max(1, columns), height: box.height / Math.max(1, all.length) };
  const longest = Math.max(0, ...cells.map(({ value }) => map.text(value).length));
  const font = Math.min(10, size.height - 4);
  const roomy = font >= 8.5 && longest * font * 0.6 + 4 <= size.width;
  const option: CustomSeriesOption = {
    type: 'custom',
    clip: false,
    data: cells.map(({ row, column, value }) => [column, row, value]),
    encode: { x: 0, y: 1 },
    renderItem: (_, api) => {
      const [x = 0, y = 0] = api.coord([api.value(0), api.value(1)]);
      const value = Number(api.value(2));
      const fill = map.colour(value);
      const shape = {
        x: x - size.width / 2 + 0.5,
        y: y - size.height / 2 + 0.5,
        width: Math.max(1, size.width - 1),
        height: Math.max(1, size.height - 1),
      };
      const cell = { type: 'rect', shape, style: { fill } } as const;
      if (!roomy) return cell;
      const style = {
        text: map.text(value),
        x,
        y,
        fill: inkOn(fill),
        align: 'center',
        verticalAlign: 'middle',
        fontSize: font,
        fontFamily: FONT,
      } as const;
      return { type: 'group', children: [cell, { type: 'text', silent: true, style }] };
    },
  };
  return {
    box,
    xAxis: { ...map.xAxis, axisLine: { show: false } },
    yAxis: {
      type: 'category',
      inverse: true,
      data: all.map((_, index) => String(index + 1)),
      silent: true,
      axisLine: { show: false, lineStyle: { color: AXIS } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: {
        interval: 0,
        margin: 8,
        color: GREY,
        fontSize: Math.min(11, size.height),
        fontFamily: FONT,
      },
      name: 'run',
      nameLocation: 'middle',
      nameGap: 32,
      nameTextStyle: { color: GREY, fontSize: 11, fontFamily: FONT },
    },
    series: [{ option, hover: cells.map(({ run, column, value }) => map.hover(run, column, value)) }],
  };
}

/**
 * The heading of a map, and right-aligned in its line the colours with what their ends mean. The shortest title leaves room
 * for them in all but the narrowest panels, which do without.
 * @param titles the longest first
 */
export function mapHeading(
  box: Box,
  titles: readonly [string, ...string[]],
  colour: (share: number) => string,
  ends: readonly [string, string],
  notes: readonly string[] = [],
): Mark[] {
  const bar = colourBar(box, colour, ends);
  const title = titles.find((one) => headingWidth(one) + bar.width <= box.width);
  if (title === undefined) return heading(box, titles.at(-1) ?? titles[0]);
  return [...heading(box, title, notes, bar.width), ...bar.marks];
}

function colourBar(
  box: Box,
  colour: (share: number) => string,
  [low, high]: readonly [string, string],
): { readonly marks: readonly Mark[]; readonly width: number } {
  const y = box.top - 16;
  const right = box.left + box.width;
  const steps = 24;
  const step = 4;
  const highWidth = high.length * 6.2 + 6;
  const left = right - highWidth - steps * step;
  const bars = Array.from({ length: steps }, (_, i): Mark => {
    // A hair wider than its step: no seams where the image is scaled.
    const width = step + (i < steps - 1 ? 0.5 : 0);
    return { kind: 'bar', x: left + i * step, y: y - 5, width, height: 10, colour: colour(i / (steps - 1)) };
  });
  const text = (x: number, label: string, align: 'left' | 'right'): Mark => {
    return { kind: 'text', x, y, text: label, size: 11, colour: GREY, align };
  };
  const marks = [...bars, text(left - 6, low, 'right'), text(right, high, 'right')];
  return { marks, width: right - left + low.length * 6.2 + 16 };
}
