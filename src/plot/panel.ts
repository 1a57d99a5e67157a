/** What a panel hands to the figure, and the pieces that all panels are built from. Types only from echarts: loading it is dear. */
import type {
  BarSeriesOption,
  CustomSeriesOption,
  GridComponentOption,
  LineSeriesOption,
  ScatterSeriesOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from 'echarts';
import { AXIS, FONT, GREY, GRID, INK, PAPER } from './palette.ts';

/** The inside of a panel's axes, in pixels of the figure. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type PanelSeries = ScatterSeriesOption | LineSeriesOption | CustomSeriesOption | BarSeriesOption;

/** One shape or text at its place in the figure. */
export type Mark =
  | {
      readonly kind: 'text';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly size?: number;
      readonly bold?: boolean;
      readonly colour?: string;
      readonly align?: 'left' | 'center' | 'right';
      /** White border, for text over grid lines. */
      readonly halo?: boolean;
    }
  | {
      readonly kind: 'line';
      readonly from: readonly [number, number];
      readonly to: readonly [number, number];
      readonly colour: string;
      /** Lengths of strokes and gaps in pixels; solid when left out. */
      readonly dash?: readonly number[] | undefined;
      readonly width?: number;
    }
  | {
      readonly kind: 'bar';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly colour: string;
    }
  | {
      readonly kind: 'dot';
      readonly x: number;
      readonly y: number;
      readonly radius: number;
      readonly colour: string;
    };

export interface Panel {
  readonly box: Box;
  readonly xAxis: XAXisComponentOption;
  readonly yAxis: YAXisComponentOption;
  /** Hover texts by datum, for the page. */
  readonly series: readonly { readonly option: PanelSeries; readonly hover?: readonly string[] }[];
  readonly marks: readonly Mark[];
}

/** Ticks by their place on the axis, with the text of each. */
export interface AxisSpec {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  readonly name?: string;
  readonly grid?: boolean;
}

export function gridOf(box: Box): GridComponentOption {
  // The default would shrink the panel by guessed label widths; the layout leaves room for them already.
  return { ...box, outerBoundsMode: 'none' };
}

export function xAxisOf(spec: AxisSpec): XAXisComponentOption {
  return { type: 'value', ...axisParts(spec), ...nameParts(spec.name, 26), axisTick: tickParts(spec, true) };
}

export function yAxisOf(spec: AxisSpec): YAXisComponentOption {
  const widest = Math.max(0, ...spec.ticks.map(({ text }) => text.length));
  return {
    type: 'value',
    ...axisParts(spec),
    ...nameParts(spec.name, 18 + widest * 6.4),
    axisLine: { show: false },
    axisTick: tickParts(spec, false),
  };
}

/** Pixels that a text of the bundled font takes, a little generously: nothing here can measure it. */
export function widthOf(text: string, size: number): number {
  return text.length * size * 0.54;
}

/**
 * The heading above a panel, and grey notes after it: as many of them as there is room for.
 * @param taken pixels at the right end of the line that something else needs
 */
export function heading(box: Box, title: string, notes: readonly string[] = [], taken = 0): Mark[] {
  const y = box.top - 16;
  const marks: Mark[] = [{ kind: 'text', x: box.left, y, text: title, size: 13, bold: true }];
  const x = box.left + headingWidth(title);
  const room = box.left + box.width - taken - x;
  const texts = notes.map((_, index) => notes.slice(0, index + 1).join(' · '));
  const note = texts.findLast((text) => widthOf(text, 11) <= room);
  if (note !== undefined) marks.push({ kind: 'text', x, y, text: note, size: 11, colour: GREY });
  return marks;
}

/** With the air after it. Pages show it in whatever font there is: bold letters of some are a fifth wider than the bundled ones. */
export function headingWidth(title: string): number {
  return 10 + widthOf(title, WIDEST_BOLD);
}

const WIDEST_BOLD = 14;

/** A word in the middle of an empty panel. */
export function emptiness(box: Box, text: string): Mark {
  const x = box.left + box.width / 2;
  return {
    kind: 'text',
    x,
    y: box.top + box.height / 2,
    text,
    size: 12,
    colour: GREY,
    align: 'center',
    halo: true,
  };
}

/** A white border keeps a text readable on top of points and lines. */
export const HALO = { textBorderColor: PAPER, textBorderWidth: 3 } as const;

const LABEL = { color: GREY, fontSize: 11, fontFamily: FONT } as const;

function axisParts({ min, max, ticks, grid = true }: AxisSpec) {
  const texts = new Map(ticks.map(({ at, text }) => [at, text]));
  return {
    min,
    max,
    silent: true,
    axisLine: { show: true, onZero: false, lineStyle: { color: AXIS, width: 1 } },
    splitLine: { show: grid, lineStyle: { color: GRID, width: 1 } },
    axisLabel: {
      ...LABEL,
      show: ticks.length > 0,
      customValues: ticks.map(({ at }) => at),
      hideOverlap: false,
      formatter: (value: number | string) => texts.get(Number(value)) ?? '',
    },
  };
}

function tickParts({ ticks }: AxisSpec, show: boolean) {
  const customValues = ticks.map(({ at }) => at);
  return { show: show && ticks.length > 0, length: 4, lineStyle: { color: AXIS }, customValues };
}

function nameParts(name: string | undefined, nameGap: number) {
  if (name === undefined) return {};
  return { name, nameLocation: 'middle', nameGap, nameTextStyle: { ...LABEL, color: INK } } as const;
}
