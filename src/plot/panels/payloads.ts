/** The score by payload: where the best gains and where it loses. */
import type { CustomSeriesOption, ScatterSeriesOption } from 'echarts';
import type { Box, Mark, Panel } from '../panel.ts';
import { heading, headingWidth, widthOf, xAxisOf } from '../panel.ts';
import { accentOf, AXIS, FONT, GREY, GRID, MOST_COLOURS, PAPER, scoreColour } from '../palette.ts';
import { meanScore, payloadsOf, referenceOf } from '../payload-scores.ts';
import { extentOf, formatNumber, formatShort, scaleOf, scoreDigits } from '../scale.ts';
import type { RunSeries } from '../series.ts';
import { cleanName, shorten } from '../words.ts';
import { heatMap, heatMapHeight, mapHeading } from './heat-map.ts';
import { counted } from '../../shared/counted.ts';

/** Pixels that a row needs to be read. */
const LOWEST_ROW = 15;
const LONGEST_NAME = 22;

/** A single payload's score is the score itself. */
export function hasPayloads(all: readonly RunSeries[]): boolean {
  return payloadsOf(all).length > 1;
}

/** Pixels left of the panel for the names of the payloads. */
export function payloadRoom(all: readonly RunSeries[]): number {
  if (all.length > MOST_COLOURS) return 48;
  return (
    16 + Math.max(0, ...payloadsOf(all).map((name) => widthOf(shorten(cleanName(name), LONGEST_NAME), 11)))
  );
}

/** Pixels that the panel wants: fewer rows are cut than in a given height, but never hundreds of them drawn. */
export function payloadsWanted(all: readonly RunSeries[]): number {
  if (all.length > MOST_COLOURS) return heatMapHeight(all.length);
  return Math.min(40, Math.max(3, payloadsOf(all).length)) * 22;
}

export function payloadsPanel(all: readonly RunSeries[], box: Box): Panel {
  return all.length > MOST_COLOURS ? mapOf(all, box) : rowsOf(all, box);
}

interface Row {
  readonly payload: string;
  /** Score of each run's best; undefined where it has no image of the payload. */
  readonly best: readonly (number | undefined)[];
  /** Of a single run. */
  readonly reference: number | undefined;
}

function rowsOf(all: readonly RunSeries[], box: Box): Panel {
  const only = all.length === 1 ? all[0] : undefined;
  const reference = only === undefined ? undefined : referenceOf(only);
  const rows = payloadsOf(all).map((payload): Row => {
    const best = all.map(({ best }) => (best === undefined ? undefined : meanScore([best.trial], payload)));
    return {
      payload,
      best,
      reference: reference === undefined ? undefined : meanScore([reference.trial], payload),
    };
  });
  const room = Math.max(1, Math.floor(box.height / LOWEST_ROW));
  const shown = rows.length <= room ? rows : largestChanges(rows, room);
  const scale = scaleOf(extentOf(shown.flatMap((row) => scoresOf(row))), 0.08, 0.08);
  const digits = scoreDigits(scale);
  const few = box.width < 300 ? scale.ticks.filter((_, i) => i % 2 === 0) : scale.ticks;
  const ticks = few.map((at) => ({ at, text: formatNumber(at, scale.digits) }));
  const left = rows.length - shown.length;
  const notes = left === 0 ? [] : [`the ${shown.length} with the largest differences of ${rows.length}`];
  const words = only === undefined ? undefined : reference?.words;
  const title = 'Score by payload';
  const key = words === undefined ? { marks: [], width: 0 } : referenceKey(box, title, words);
  return {
    box,
    xAxis: xAxisOf({ min: scale.min, max: scale.max, ticks, name: 'score' }),
    yAxis: {
      type: 'category',
      inverse: true,
      data: shown.map(({ payload }) => shorten(cleanName(payload), LONGEST_NAME)),
      silent: true,
      axisLine: { show: false, lineStyle: { color: AXIS } },
      axisTick: { show: false },
      splitLine: { show: true, lineStyle: { color: GRID } },
      axisLabel: { interval: 0, margin: 8, color: GREY, fontSize: 11, fontFamily: FONT },
    },
    series: [
      { option: lines(shown) },
      ...(words === undefined
        ? []
        : [
            {
              option: dots(
                shown.map((row) => row.reference),
                GREY,
                true,
              ),
              hover: hovers(shown, (row) => row.reference, words, digits),
            },
          ]),
      ...all.map((run, index) => ({
        option: dots(
          shown.map(({ best }) => best[index]),
          accentOf(index, all.length),
          false,
        ),
        hover: hovers(shown, ({ best }) => best[index], `${run.name}, best`, digits),
      })),
    ],
    marks: [...heading(box, title, notes, key.width), ...key.marks],
  };
}

function scoresOf({ best, reference }: Row): readonly number[] {
  return [...best, reference].filter((score) => score !== undefined);
}

function spanOf(row: Row): number {
  const [low, high] = extentOf(scoresOf(row)) ?? [0, 0];
  return high - low;
}

/** In their old order. */
function largestChanges(rows: readonly Row[], count: number): readonly Row[] {
  const kept = new Set(rows.toSorted((a, b) => spanOf(b) - spanOf(a)).slice(0, count));
  return rows.filter((row) => kept.has(row));
}

function hovers(
  rows: readonly Row[],
  score: (row: Row) => number | undefined,
  whose: string,
  digits: number,
): string[] {
  return rows.flatMap((row) => {
    const value = score(row);
    return value === undefined ? [] : [`${cleanName(row.payload)}, ${whose}: ${formatNumber(value, digits)}`];
  });
}

/** From the lowest to the highest score of a row. */
function lines(rows: readonly Row[]): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: false,
    z: 1,
    data: rows.flatMap((row, index) => {
      const extent = extentOf(scoresOf(row));
      return extent === undefined ? [] : [[...extent, index]];
    }),
    encode: { x: [0, 1], y: 2 },
    renderItem: (_, api) => {
      const [x1 = 0, y = 0] = api.coord([api.value(0), api.value(2)]);
      const [x2 = 0] = api.coord([api.value(1), api.value(2)]);
      const style = { stroke: AXIS, lineWidth: 2 };
      return { type: 'line', shape: { x1, y1: y, x2, y2: y }, style };
    },
  };
}

function dots(scores: readonly (number | undefined)[], colour: string, hollow: boolean): ScatterSeriesOption {
  return {
    type: 'scatter',
    data: scores.flatMap((score, row) => (score === undefined ? [] : [[score, row]])),
    symbolSize: hollow ? 8 : 9,
    itemStyle: hollow
      ? { color: PAPER, borderColor: colour, borderWidth: 1.6, opacity: 1 }
      : { color: colour, opacity: 1 },
    emphasis: { disabled: true },
    clip: false,
    z: hollow ? 2 : 3,
  };
}

/** `○ model B  ● best`, right-aligned; nothing where it has no room. */
function referenceKey(
  box: Box,
  title: string,
  words: string,
): { readonly marks: Mark[]; readonly width: number } {
  const width = 24 + widthOf(words, 11) + 14 + widthOf('best', 11);
  if (headingWidth(title) + width > box.width) return { marks: [], width: 0 };
  const y = box.top - 16;
  const left = box.left + box.width - width;
  const text = (x: number, label: string): Mark => ({
    kind: 'text',
    x,
    y,
    text: label,
    size: 11,
    colour: GREY,
  });
  const best = left + 12 + widthOf(words, 11) + 14;
  return {
    marks: [
      { kind: 'dot', x: left + 4, y, radius: 4, colour: GREY },
      { kind: 'dot', x: left + 4, y, radius: 2.4, colour: PAPER },
      text(left + 12, words),
      { kind: 'dot', x: best + 4, y, radius: 4, colour: accentOf(0, 1) },
      text(best + 12, 'best'),
    ],
    width: width + 10,
  };
}

function mapOf(all: readonly RunSeries[], box: Box): Panel {
  const payloads = payloadsOf(all);
  const value = ({ best }: RunSeries, column: number): number | undefined =>
    best === undefined ? undefined : meanScore([best.trial], payloads[column] ?? '');
  const scores = all.flatMap((run) => payloads.flatMap((_, column) => value(run, column) ?? []));
  const [low, high] = extentOf(scores) ?? [0, 1];
  const { digits } = scaleOf([low, high]);
  const colour = (score: number): string => scoreColour(high > low ? (score - low) / (high - low) : 0.5);
  const width = box.width / payloads.length;
  const letters = Math.max(1, Math.floor((width - 6) / widthOf('x', 10)));
  const map = heatMap(
    {
      all,
      columns: payloads.length,
      xAxis: {
        type: 'category',
        data: payloads.map((_, index) => String(index)),
        silent: true,
        axisTick: { show: false },
        axisLabel: {
          interval: Math.max(0, Math.ceil(26 / width) - 1),
          color: GREY,
          fontSize: 10,
          fontFamily: FONT,
          formatter: (_: string, index: number) => shorten(cleanName(payloads[index] ?? ''), letters),
        },
        name: counted(payloads.length, 'payload'),
        nameLocation: 'middle',
        nameGap: 26,
        nameTextStyle: { fontSize: 11, fontFamily: FONT },
      },
      value,
      colour,
      text: (score) => formatShort(score, digits + 1),
      hover: (run, column, score) =>
        `${run.name}, best: ${cleanName(payloads[column] ?? '')} ${formatShort(score, 4)}`,
    },
    box,
  );
  const ends = [formatNumber(low, digits), formatNumber(high, digits)] as const;
  return { ...map, marks: mapHeading(box, ['Score by payload', 'Payloads'], scoreColour, ends) };
}
