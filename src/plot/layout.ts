/** Where the panels stand in the figure: header, scores, payloads, weights. */
import { baselineLines } from './baselines.ts';
import { figureWith } from './figure.ts';
import type { Figure } from './figure.ts';
import { headerOf } from './header.ts';
import { lossOf } from './loss.ts';
import type { Box, Panel } from './panel.ts';
import { baselineRoom } from './panels/baseline-marks.ts';
import { distributionPanel } from './panels/distribution.ts';
import { FACET_NAMES, facetPanels, facetsHeight } from './panels/facets.ts';
import { goalPairs, goalsPanel, hasGoals } from './panels/goals.ts';
import { hasImportance, importancePanel } from './panels/importance.ts';
import { hasPayloads, payloadRoom, payloadsPanel } from './panels/payloads.ts';
import { lossHeights, progressPanel, scoreHeights } from './panels/progress.ts';
import type { Heights } from './panels/progress-series.ts';
import { uprightRoom, withGaps } from './panels/block-slots.ts';
import { heatMapHeight } from './panels/heat-map.ts';
import { weightsHeight, weightsPanel } from './panels/weights.ts';
import { MOST_COLOURS } from './palette.ts';
import type { PlotView } from './plot-run.ts';
import { extentOf, scaleOf, scoreDigits } from './scale.ts';
import type { Scale } from './scale.ts';
import { blocksShown, drawnScores } from './series.ts';
import type { RunSeries } from './series.ts';

const WIDTH = 1280;
const RIGHT = 28;
const PROGRESS = 300;
const IMPORTANCE = 130;
const GOALS = 280;
/** Between the score panel and the distribution on the same axis. */
const BESIDE = 22;
/** Over a panel for its heading, under it for the names of its axis. */
const ABOVE = 46;
const BELOW = 54;

export function figureOf(all: readonly RunSeries[], view: PlotView, title: string | undefined): Figure {
  const scale = commonScale(all);
  const header = headerOf(all, scoreDigits(scale), title, { left: 24, width: WIDTH - 24 - RIGHT });
  const drawn = drawnHeights(all, view, scale);
  const left = Math.max(...drawn.map(axisRoom));
  const column = { left, width: WIDTH - RIGHT - left };
  const rows = { all, scale, drawn, column };
  const scores = all.length > MOST_COLOURS ? manyRuns(rows, header.height) : fewRuns(rows, header.height);
  const weightsTop = scores.bottom + ABOVE;
  const weights = { ...column, top: weightsTop, height: weightsHeight(all, column.width) };
  const panels = [...scores.panels, weightsPanel(all, weights)];
  const names = uprightRoom(withGaps(blocksShown(all)), column.width) ?? 0;
  let bottom = weightsTop + weights.height + Math.max(62, names - 8);
  if (hasImportance(all)) {
    panels.push(importancePanel(all, { ...column, top: bottom + ABOVE - 14, height: IMPORTANCE }));
    bottom += ABOVE - 14 + IMPORTANCE + Math.max(46, names);
  }
  if (hasGoals(all)) {
    panels.push(...goalRow(all, column, bottom + ABOVE - 14));
    bottom += ABOVE - 14 + GOALS + BELOW;
  }
  const { title: name, subtitle } = header;
  return figureWith(panels, header.marks, { width: WIDTH, height: Math.ceil(bottom), title: name, subtitle });
}

/** Side by side, each no wider than is easily read. */
function goalRow(all: readonly RunSeries[], column: Rows['column'], top: number): Panel[] {
  const pairs = goalPairs(all);
  const each = (column.width + GOAL_AXIS) / Math.max(2, pairs.length);
  return pairs.map((pair, i) =>
    goalsPanel(all, pair, {
      left: Math.round(column.left + i * each),
      top,
      width: Math.round(each - GOAL_AXIS),
      height: GOALS,
    }),
  );
}

/** Pixels for the numbers and the name left of a panel that is not the first. */
const GOAL_AXIS = 84;

/** The label of the best stands above it: more air there. */
export function commonScale(all: readonly RunSeries[]): Scale {
  return scaleOf(extentOf(all.flatMap((run) => drawnScores(run))), 0.06, 0.09);
}

function drawnHeights(all: readonly RunSeries[], view: PlotView, scale: Scale): readonly Heights[] {
  const score = scoreHeights(scale);
  if (view === 'reward') return [score];
  const loss = lossHeights(lossOf(all), scoreDigits(scale));
  return view === 'loss' ? [loss] : [score, loss];
}

/** Pixels left of an axis: its tick labels, its name, some air. */
export function axisRoom({ axis }: Pick<Heights, 'axis'>): number {
  return Math.max(64, 32 + 6.4 * Math.max(0, ...axis.ticks.map(({ text }) => text.length)));
}

interface Rows {
  readonly all: readonly RunSeries[];
  readonly scale: Scale;
  /** Score, loss or both. */
  readonly drawn: readonly Heights[];
  readonly column: { readonly left: number; readonly width: number };
}

interface Placed {
  readonly panels: readonly Panel[];
  readonly bottom: number;
}

/** The panel at the right end of the row, and the room that it needs besides its own width. */
interface End {
  /** Share of the row that it gets, and that the first panel gets with its labels. */
  readonly share: number;
  readonly first: number;
  readonly before: number;
  readonly after: number;
  readonly draw: (box: Box) => Panel;
}

/** One row: score or loss with the distribution beside it, then the loss if both are asked for, else the payloads. */
function fewRuns({ all, scale, drawn, column }: Rows, under: number): Placed {
  const top = under + ABOVE;
  const [first, second] = drawn;
  if (first === undefined) return { panels: [], bottom: under };
  const score = scoreHeights(scale);
  const isScore = first.title === score.title;
  const labels = baselineRoom(baselineLines(all), first.number);
  const end = endOf(all, second, isScore);
  const inside = column.width - (end?.after ?? 0);
  const box = (from: number, width: number): Box => {
    return { left: column.left + from, top, width, height: PROGRESS };
  };
  const width = Math.round(inside * (end?.first ?? (isScore ? 0.72 : 0.66))) - labels;
  const from = width + labels + (isScore ? BESIDE : 20 + axisRoom(score));
  const last = end === undefined ? 0 : Math.round(inside * end.share);
  const to = inside - last - (end?.before ?? 0);
  return {
    panels: [
      progressPanel(all, first, box(0, width)),
      distributionPanel(all, scale, box(from, to - from), isScore),
      ...(end === undefined ? [] : [end.draw(box(inside - last, last))]),
    ],
    bottom: top + PROGRESS + BELOW,
  };
}

function endOf(all: readonly RunSeries[], second: Heights | undefined, isScore: boolean): End | undefined {
  if (second !== undefined) {
    return {
      share: 0.37,
      first: 0.37,
      before: 20 + axisRoom(second),
      after: baselineRoom(baselineLines(all), second.number),
      draw: (box) => progressPanel(all, second, box),
    };
  }
  // The loss is turned round: scores beside it would be read the wrong way.
  if (!isScore || !hasPayloads(all)) return undefined;
  const before = 24 + payloadRoom(all);
  return { share: 0.27, first: 0.49, before, after: 0, draw: (box) => payloadsPanel(all, box) };
}

/** A small chart each, then all distributions side by side and, where they are known, the payloads. */
function manyRuns({ all, scale, drawn, column }: Rows, under: number): Placed {
  const panels: Panel[] = [];
  let top = under + ABOVE + FACET_NAMES;
  for (const heights of drawn) {
    panels.push(...facetPanels(all, heights, { ...column, top }));
    top += facetsHeight(all.length, column.width) + BELOW + ABOVE + FACET_NAMES;
  }
  top -= FACET_NAMES;
  const payloads = hasPayloads(all);
  const height = payloads ? Math.max(180, heatMapHeight(all.length)) : 180;
  const width = payloads ? Math.round(column.width * 0.5) : column.width;
  panels.push(distributionPanel(all, scale, { left: column.left, top, width, height }, false));
  if (payloads) {
    const left = column.left + width + 24 + payloadRoom(all);
    panels.push(payloadsPanel(all, { left, top, width: column.left + column.width - left, height }));
  }
  return { panels, bottom: top + height + BELOW };
}
