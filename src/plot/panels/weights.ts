/** The weights of the best iteration, block by block: bars, side by side for a few runs, a heat map for many. */
import type { CustomSeriesOption } from 'echarts';
import type { Box, Panel } from '../panel.ts';
import { emptiness, heading, yAxisOf } from '../panel.ts';
import { accentOf, INK, MOST_COLOURS, weightColour } from '../palette.ts';
import { extentOf, formatNumber, formatShort, scaleOf } from '../scale.ts';
import type { Scale } from '../scale.ts';
import { blocksShown, topTenth } from '../series.ts';
import type { RunSeries } from '../series.ts';
import { blockAxis, rowNames, withGaps } from './block-slots.ts';
import type { Slot } from './block-slots.ts';
import { heatMap, heatMapHeight, mapHeading } from './heat-map.ts';

/** Pixels of the panel with bars. */
const BARS = 210;
/** Share of a slot that the bars of several runs fill. */
const FILLED = 0.78;
/** Narrower bars are hairlines: nobody can tell whose they are. */
const NARROWEST_BAR = 4;

const MEANING = '0 = model A, 1 = model B';

/** Do runs get bars side by side in a panel of this width, or a row each? */
function hasBars(all: readonly RunSeries[], slots: number, width: number): boolean {
  if (all.length === 1) return true;
  return all.length <= MOST_COLOURS && ((width / Math.max(1, slots)) * FILLED) / all.length >= NARROWEST_BAR;
}

/** Pixels that the panel wants in this width. */
export function weightsHeight(all: readonly RunSeries[], width: number): number {
  const slots = withGaps(blocksShown(all)).length;
  return slots === 0 || hasBars(all, slots, width) ? BARS : heatMapHeight(all.length);
}

export function weightsPanel(all: readonly RunSeries[], box: Box): Panel {
  const slots = withGaps(blocksShown(all));
  const anyBest = all.some(({ best }) => best !== undefined);
  const empty = slots.length === 0 ? 'no weights' : anyBest ? '' : 'no scored iteration';
  const panel =
    empty !== '' || hasBars(all, slots.length, box.width)
      ? barPanel(all, slots, box)
      : mapPanel(all, slots, box);
  return empty === '' ? panel : { ...panel, marks: [...panel.marks, emptiness(box, empty)] };
}

function barPanel(all: readonly RunSeries[], slots: readonly Slot[], box: Box): Panel {
  const only = all.length === 1 ? all[0] : undefined;
  const spread = only === undefined ? [] : spreadOf(only, slots);
  const scale = weightScale(all, spread);
  const ticks = scale.ticks.map((at) => ({ at, text: formatNumber(at, scale.digits) }));
  const notes = [MEANING];
  if (only !== undefined && spread.length > 0) {
    const tenth = topTenth(only)?.length ?? 0;
    notes.push(`marks: median and middle half of the ${tenth} best iterations`);
  }
  return {
    box,
    xAxis: blockAxis(slots, box.width, only?.best?.trial.weights),
    yAxis: yAxisOf({ min: scale.min, max: scale.max, ticks, name: 'weight' }),
    series: [
      ...all.map((run, index) => bars(run, index, slots, all.length)),
      ...(spread.length > 0 ? [{ option: whiskers(spread) }] : []),
    ],
    marks: [...heading(box, titleOf(all), notes), ...rowNames(slots, box, only?.best !== undefined)],
  };
}

function mapPanel(all: readonly RunSeries[], slots: readonly Slot[], box: Box): Panel {
  const map = heatMap(
    {
      all,
      columns: slots.length,
      xAxis: blockAxis(slots, box.width, undefined),
      value: ({ best }, column) => {
        const block = slots[column];
        return block === undefined ? undefined : best?.trial.weights[block];
      },
      colour: weightColour,
      text: (weight) => formatShort(weight),
      hover: (run, column, weight) => hoverOf(run, slots[column], weight),
    },
    box,
  );
  const titles = [titleOf(all), 'Weights'] as const;
  return {
    ...map,
    marks: [
      ...mapHeading(box, titles, weightColour, ['model A', 'model B'], ['one row per run']),
      ...rowNames(slots, box),
    ],
  };
}

function titleOf(all: readonly RunSeries[]): string {
  return all.length === 1 ? 'Weights of the best iteration' : 'Weights of the best iterations';
}

function hoverOf(run: RunSeries, block: Slot, weight: number): string {
  return `${run.name}, best: ${block ?? ''} ${formatShort(weight, 4)}`;
}

interface Spread {
  readonly slot: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

function spreadOf(run: RunSeries, slots: readonly Slot[]): readonly Spread[] {
  const top = topTenth(run);
  if (top === undefined) return [];
  return slots.flatMap((block, slot): Spread[] => {
    if (block === undefined) return [];
    const values = top.flatMap(({ weights }) => weights[block] ?? []).sort((a, b) => a - b);
    if (values.length === 0) return [];
    return [
      { slot, low: quantile(values, 0.25), median: quantile(values, 0.5), high: quantile(values, 0.75) },
    ];
  });
}

/** Of sorted values, linear between neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const before = sorted[Math.floor(place)] ?? 0;
  const after = sorted[Math.ceil(place)] ?? before;
  return before + (after - before) * (place - Math.floor(place));
}

/** 0 to 1, wider only where weights leave it. */
function weightScale(all: readonly RunSeries[], spread: readonly Spread[]): Scale {
  const shown = all.flatMap(({ best }) => (best === undefined ? [] : Object.values(best.trial.weights)));
  const [low, high] = extentOf([0, 1, ...shown, ...spread.flatMap(({ low, high }) => [low, high])]) ?? [0, 1];
  if (low === 0 && high === 1) {
    return { min: 0, max: 1, step: 0.25, ticks: [0, 0.25, 0.5, 0.75, 1], digits: 2 };
  }
  return scaleOf([low, high]);
}

function bars(run: RunSeries, index: number, slots: readonly Slot[], runs: number): Panel['series'][number] {
  const alone = runs === 1;
  const weights = run.best?.trial.weights;
  const values = slots.map((block) => (block === undefined ? undefined : weights?.[block]));
  return {
    option: {
      type: 'bar',
      data: values.map((value) => value ?? '-'),
      // A weight of 0 stays visible as a stub: it is not the same as no weight.
      barMinHeight: 1.5,
      barGap: '0%',
      barCategoryGap: alone ? '34%' : `${Math.round((1 - FILLED) * 100)}%`,
      itemStyle: { color: accentOf(index, runs), opacity: alone ? 0.8 : 1 },
      emphasis: { disabled: true },
      z: 2,
    },
    hover: values.map((value, slot) => (value === undefined ? '' : hoverOf(run, slots[slot], value))),
  };
}

/** The middle half with end caps, and a dot at the median. */
function whiskers(spread: readonly Spread[]): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: false,
    z: 3,
    data: spread.map(({ slot, low, median, high }) => [slot, low, median, high]),
    encode: { x: 0, y: [1, 2, 3] },
    renderItem: (_, api) => {
      const slot = api.value(0);
      const [x = 0, bottom = 0] = api.coord([slot, api.value(1)]);
      const [, median = 0] = api.coord([slot, api.value(2)]);
      const [, top = 0] = api.coord([slot, api.value(3)]);
      const style = { stroke: INK, lineWidth: 1.1, fill: 'none', opacity: 0.75 };
      const line = (x1: number, y1: number, x2: number, y2: number) =>
        ({ type: 'line', shape: { x1, y1, x2, y2 }, style }) as const;
      return {
        type: 'group',
        children: [
          line(x, bottom, x, top),
          line(x - 3, bottom, x + 3, bottom),
          line(x - 3, top, x + 3, top),
          { type: 'circle', shape: { cx: x, cy: median, r: 2.4 }, style: { fill: INK } },
        ],
      };
    },
  };
}
