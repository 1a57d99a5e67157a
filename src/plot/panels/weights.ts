/** The weights of the best trial, block by block: bars side by side for several runs. */
import type { CustomSeriesOption, XAXisComponentOption } from 'echarts';
import type { Box, Panel } from '../panel.ts';
import { emptiness, heading, yAxisOf } from '../panel.ts';
import { accentOf, AXIS, FONT, GREY, INK } from '../palette.ts';
import { extentOf, formatNumber, formatShort, scaleOf } from '../scale.ts';
import type { Scale } from '../scale.ts';
import { blocksShown, topTenth } from '../series.ts';
import type { RunSeries } from '../series.ts';
import type { BlockName } from '../../types.ts';

/** A block, or `undefined` for the gap between two groups. */
type Slot = BlockName | undefined;

export function weightsPanel(all: readonly RunSeries[], box: Box): Panel {
  const blocks = blocksShown(all);
  const slots = withGaps(blocks);
  const only = all.length === 1 ? all[0] : undefined;
  const spread = only === undefined ? [] : spreadOf(only, slots);
  const scale = weightScale(all, spread);
  const ticks = scale.ticks.map((at) => ({ at, text: formatNumber(at, scale.digits) }));
  const notes = ['0 = model A, 1 = model B'];
  if (only !== undefined && spread.length > 0) {
    const tenth = topTenth(only)?.length ?? 0;
    notes.push(`dark marks: median and middle half of the ${tenth} best trials`);
  }
  const anyBest = all.some(({ best }) => best !== undefined);
  const empty = blocks.length === 0 ? 'no weights' : anyBest ? '' : 'no scored trial';
  return {
    box,
    xAxis: blockAxis(slots, only),
    yAxis: yAxisOf({ min: scale.min, max: scale.max, ticks, name: 'weight' }),
    series: [
      ...all.map((run, index) => bars(run, index, slots, only !== undefined)),
      ...(spread.length > 0 ? [{ option: whiskers(spread) }] : []),
    ],
    marks: [
      ...heading(
        box,
        all.length === 1 ? 'Weights of the best trial' : 'Weights of the best trials',
        notes.join(' · '),
      ),
      ...(empty === '' ? [] : [emptiness(box, empty)]),
    ],
  };
}

/** An empty slot wherever the group changes: IN | M | OUT00.. | OUT, TIME_EMBED. */
function withGaps(blocks: readonly BlockName[]): readonly Slot[] {
  return blocks.flatMap((block, index): Slot[] => {
    const before = blocks[index - 1];
    return before !== undefined && groupOf(before) !== groupOf(block) ? [undefined, block] : [block];
  });
}

function groupOf(block: BlockName): string {
  return /\d$/.test(block) ? block.replace(/\d+$/, '') : 'rest';
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

function blockAxis(slots: readonly Slot[], only: RunSeries | undefined): XAXisComponentOption {
  const best = only?.best?.trial.weights;
  return {
    type: 'category',
    data: slots.map((_, index) => String(index)),
    silent: true,
    axisTick: { show: false },
    axisLine: { onZero: true, lineStyle: { color: AXIS, width: 1 } },
    splitLine: { show: false },
    axisLabel: {
      interval: 0,
      hideOverlap: false,
      margin: 8,
      color: GREY,
      fontSize: 10,
      lineHeight: 13,
      fontFamily: FONT,
      formatter: (_: string, index: number) => {
        const block = slots[index];
        if (block === undefined) return '';
        // The underscore is where a narrow slot can break the name.
        const name = block.replace('_', '_\n');
        const value = best?.[block];
        return value === undefined ? name : `{value|${formatShort(value)}}\n${name}`;
      },
      rich: { value: { color: INK, fontWeight: 600, fontSize: 11, lineHeight: 16, fontFamily: FONT } },
    },
  };
}

function bars(
  run: RunSeries,
  index: number,
  slots: readonly Slot[],
  alone: boolean,
): Panel['series'][number] {
  const weights = run.best?.trial.weights;
  const values = slots.map((block) => (block === undefined ? undefined : weights?.[block]));
  return {
    option: {
      type: 'bar',
      data: values.map((value) => value ?? '-'),
      // A weight of 0 stays visible as a stub: it is not the same as no weight.
      barMinHeight: 1.5,
      barGap: '0%',
      barCategoryGap: alone ? '34%' : '22%',
      itemStyle: { color: accentOf(index), opacity: alone ? 0.8 : 1 },
      emphasis: { disabled: true },
      z: 2,
    },
    hover: values.map((value, slot) =>
      value === undefined ? '' : `${run.name}, best: ${slots[slot] ?? ''} ${formatShort(value, 4)}`,
    ),
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
