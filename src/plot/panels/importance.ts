/** How much each block matters, under the weights of the best and on the same axis of blocks. */
import type { CustomSeriesOption } from 'echarts';
import type { Box, Panel } from '../panel.ts';
import { heading, yAxisOf } from '../panel.ts';
import { GREY, INK } from '../palette.ts';
import type { PlotImportance } from '../plot-run.ts';
import { niceStep } from '../scale.ts';
import { blocksShown } from '../series.ts';
import type { RunSeries } from '../series.ts';
import { blockAxis, rowNames, withGaps } from './block-slots.ts';
import type { Slot } from './block-slots.ts';

/** A single run that knows it: runs are not compared by it. */
export function hasImportance(all: readonly RunSeries[]): boolean {
  return all.length === 1 && (all[0]?.importance.length ?? 0) > 0;
}

/** Blocks that share a weight all have the bar of that weight, and blocks on a curve that of the nearest knot. */
export function importancePanel(all: readonly RunSeries[], box: Box): Panel {
  const slots = withGaps(blocksShown(all));
  const run = all[0];
  const bars = slots.flatMap((block, slot) => {
    const found = importanceOf(run?.importance ?? [], block);
    return found === undefined ? [] : [{ slot, ...found }];
  });
  const highest = Math.max(0.01, ...bars.flatMap(({ total, high }) => [total, high]));
  const step = niceStep(highest / 3);
  const ticks = Array.from({ length: Math.floor(highest / step + 1e-9) + 1 }, (_, i) => {
    return { at: i * step, text: percent(i * step) };
  });
  return {
    box,
    xAxis: blockAxis(slots, box.width, undefined),
    yAxis: yAxisOf({ min: 0, max: highest * 1.06, ticks, name: 'importance' }),
    series: [
      {
        option: barsOf(bars, box.width / Math.max(1, slots.length)),
        hover: bars.map(
          ({ slot, total, low, high }) =>
            `${slots[slot] ?? ''}: ${percent(total)} (${percent(low)} to ${percent(high)})`,
        ),
      },
      { option: whiskersOf(bars) },
    ],
    marks: [
      ...heading(box, 'Importance of the blocks', [
        'share of the score variance explained by the weight',
        'lines: uncertainty interval',
        ...(run?.importance.some(isKnot) === true ? ['blocks on a curve: value of the nearest knot'] : []),
      ]),
      ...rowNames(slots, box),
    ],
  };
}

/** Named by its depth, which is no name of its blocks. */
function isKnot({ name, blocks = [] }: PlotImportance): boolean {
  return blocks.length > 0 && !name.split('+').some((part) => blocks.includes(part));
}

interface Bar extends PlotImportance {
  readonly slot: number;
}

function importanceOf(all: readonly PlotImportance[], block: Slot): PlotImportance | undefined {
  if (block === undefined) return undefined;
  return all.find(
    ({ name, blocks }) =>
      name === block || name.split('+').includes(block) || blocks?.includes(block) === true,
  );
}

/** `12 %`, `0.4 %`. */
function percent(share: number): string {
  const value = share * 100;
  return `${value >= 1 || value === 0 ? Math.round(value) : value.toFixed(1)} %`;
}

function barsOf(bars: readonly Bar[], slotWidth: number): CustomSeriesOption {
  const width = slotWidth * 0.66;
  return {
    type: 'custom',
    clip: false,
    z: 2,
    data: bars.map(({ slot, total }) => [slot, total]),
    encode: { x: 0, y: 1 },
    renderItem: (_, api) => {
      const [x = 0, top = 0] = api.coord([api.value(0), api.value(1)]);
      const [, bottom = 0] = api.coord([api.value(0), 0]);
      const shape = { x: x - width / 2, y: top, width, height: Math.max(1, bottom - top) };
      return { type: 'rect', shape, style: { fill: GREY, opacity: 0.75 } };
    },
  };
}

function whiskersOf(bars: readonly Bar[]): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: false,
    z: 3,
    data: bars.map(({ slot, low, high }) => [slot, low, high]),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_, api) => {
      const [x = 0, bottom = 0] = api.coord([api.value(0), api.value(1)]);
      const [, top = 0] = api.coord([api.value(0), api.value(2)]);
      const style = { stroke: INK, lineWidth: 1.1, opacity: 0.8 };
      const line = (x1: number, y1: number, x2: number, y2: number) =>
        ({ type: 'line', shape: { x1, y1, x2, y2 }, style }) as const;
      return {
        type: 'group',
        children: [line(x, bottom, x, top), line(x - 3, bottom, x + 3, bottom), line(x - 3, top, x + 3, top)],
      };
    },
  };
}
