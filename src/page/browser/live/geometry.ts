/** Where everything of the chart lies, in CSS pixels. Pure. */
import type { PageSummary } from '../../state.ts';
import { baselineText } from '../words.ts';
import type { Ends } from './ends.ts';
import { labelWidth, placeLabels, type Label, type PlacedLabel } from './labels.ts';
import { axisOf, type Axis, type Point, type Scale } from './points.ts';

export interface Geometry extends Scale {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly labels: readonly PlacedLabel[];
}

/** Below it, the drawing is that of a phone. */
const NARROW = 600;
const LEFT = 56;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 34;
/** From a line to its label. */
const GAP = 4;

export function geometryOf(
  width: number,
  points: readonly Point[],
  lines: PageSummary['lines'],
  { marks }: Ends,
): Geometry {
  const height = width < NARROW ? 260 : 300;
  const y = axisOf([
    ...points.map(({ score }) => score),
    ...lines.map(({ score }) => score),
    ...marks.flatMap(({ needed }) => needed ?? []),
    ...(points.length + lines.length === 0 ? [0, 1] : []),
  ]);
  const x = axisOf([0, ...points.map(({ at }) => at), ...marks.map(({ at }) => at)]);
  const [left, right, top, bottom] = [LEFT, width - RIGHT, TOP, height - BOTTOM];
  const toX = (at: number): number => left + ((at - x.low) / (x.high - x.low)) * (right - left);
  const toY = (score: number): number => bottom - ((score - y.low) / (y.high - y.low)) * (bottom - top);
  const area = { left, right, top, bottom };
  const labels = placeLabels([
    ...lines.map(({ name, score }) => lineLabel(baselineText(name), toY(score), area)),
    // These have room all along their lines.
    ...marks.map(({ at, label }) => markLabel(label, toX(at), area)),
  ]);
  return { width, height, ...area, x, y, toX, toY, labels };
}

type Area = Pick<Geometry, 'left' | 'right' | 'top' | 'bottom'>;

/** At the right end of its line, above or below it, or further to the left. */
function lineLabel(text: string, y: number, { left, right, top, bottom }: Area): Label {
  const width = labelWidth(text);
  const spots: [number, number][] = [];
  for (let x = right - width; x >= left; x -= 20) {
    if (y - GAP - 10 >= top) spots.push([x, y - GAP]);
    if (y + 14 <= bottom) spots.push([x, y + 14]);
  }
  return { text, spots };
}

/** Beside its line, at the top or further down. */
function markLabel(text: string, x: number, { left, right, top, bottom }: Area): Label {
  const width = labelWidth(text);
  const spots: [number, number][] = [];
  for (let y = top + 10; y < bottom; y += 15) {
    if (x - GAP - width >= left) spots.push([x - GAP - width, y]);
    if (x + GAP + width <= right) spots.push([x + GAP, y]);
  }
  return { text, spots };
}
