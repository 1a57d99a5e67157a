/** Two goals against each other: every trial a dot, the front a line of steps from its one end to the other. */
import type { CustomSeriesOption, ScatterSeriesOption } from 'echarts';
import type { AxisSpec, Box, Panel } from '../panel.ts';
import { HALO, heading, xAxisOf, yAxisOf } from '../panel.ts';
import { accentOf, FONT, GREY, INK, PAPER } from '../palette.ts';
import type { PlotGoalPoint, PlotGoals } from '../plot-run.ts';
import { baselineInWords } from '../payload-scores.ts';
import { extentOf, formatNumber, formatShort, scaleOf, scoreDigits, type Scale } from '../scale.ts';
import type { RunSeries } from '../series.ts';
import { shorten } from '../words.ts';
import { counted } from '../../shared/counted.ts';

/** A single run that has them: fronts of several runs are not compared. */
export function hasGoals(all: readonly RunSeries[]): boolean {
  return goalPairs(all).length > 0;
}

/** Which goals a panel each is drawn of: one pair of two goals, three of three. */
export function goalPairs(all: readonly RunSeries[]): readonly (readonly [number, number])[] {
  const goals = all.length === 1 ? all[0]?.goals : undefined;
  if (goals === undefined || goals.points.length === 0) return [];
  return goals.names.flatMap((_, x) => goals.names.flatMap((__, y) => (x < y ? [[x, y] as const] : [])));
}

/** @param pair positions of the goals along and up the panel */
export function goalsPanel(all: readonly RunSeries[], [x, y]: readonly [number, number], box: Box): Panel {
  const goals = all[0]?.goals ?? { names: [], points: [] };
  const of = (point: PlotGoalPoint): [number, number] => [point.values[x] ?? 0, point.values[y] ?? 0];
  const along = scaleOf(extentOf(goals.points.map((point) => of(point)[0])));
  const up = scaleOf(extentOf(goals.points.map((point) => of(point)[1])));
  const front = goals.points.filter(({ isOnFront }) => isOnFront).toSorted((a, b) => of(a)[0] - of(b)[0]);
  const rest = goals.points.filter(({ isOnFront, baseline }) => !isOnFront && baseline === undefined);
  const words = (point: PlotGoalPoint): string => inWords(point, goals, [along, up], [x, y]);
  const isPair = goals.names.length === 2;
  return {
    box,
    xAxis: xAxisOf(axisOf(along, shorten(goals.names[x] ?? '', 40))),
    yAxis: yAxisOf(axisOf(up, shorten(goals.names[y] ?? '', 40))),
    series: [
      // Of three goals, what is on the front need not be on the edge of a pair.
      ...(isPair ? [{ option: stepsOf(front.map(of)) }] : []),
      { option: dotsOf(rest.map(of), { color: GREY, opacity: 0.45 }, 5), hover: rest.map(words) },
      {
        option: dotsOf(front.map(of), { color: accentOf(0, 1), borderColor: PAPER, borderWidth: 1 }, 8),
        hover: front.map(words),
      },
      baselinesOf(goals, of, words),
    ],
    marks: heading(box, isPair ? 'Front' : `Front: ${goals.names[x] ?? ''}, ${goals.names[y] ?? ''}`, [
      `${front.length} of ${counted(goals.points.length, 'trial')} not beaten in every goal`,
    ]),
  };
}

function axisOf(scale: Scale, name: string): AxisSpec {
  const { min, max, ticks, digits } = scale;
  return { min, max, ticks: ticks.map((at) => ({ at, text: formatNumber(at, digits) })), name };
}

function inWords(
  { iteration, baseline, values, isOnFront }: PlotGoalPoint,
  { names, knee }: PlotGoals,
  scales: readonly [Scale, Scale],
  pair: readonly [number, number],
): string {
  const name = baseline === undefined ? `iteration ${iteration}` : baselineInWords(baseline);
  const numbers = names.map((goal, k) => {
    const scale = scales[pair.indexOf(k)];
    const value = values[k] ?? 0;
    return `${goal} ${scale === undefined ? formatShort(value, 4) : formatNumber(value, scoreDigits(scale))}`;
  });
  const place = iteration === knee ? ' (knee of the front)' : isOnFront ? ' (on the front)' : '';
  return `${name}${place}: ${numbers.join(', ')}`;
}

function dotsOf(
  data: readonly (readonly [number, number])[],
  itemStyle: ScatterSeriesOption['itemStyle'],
  symbolSize: number,
): ScatterSeriesOption {
  return {
    type: 'scatter',
    z: 3,
    symbolSize,
    data: data.map(([a, b]) => [a, b]),
    ...(itemStyle && { itemStyle }),
  };
}

/** The edge of what is reached: from one point down to the height of the next, then along to it. */
function stepsOf(front: readonly (readonly [number, number])[]): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: false,
    z: 2,
    data: front.slice(1).map(([x, y], i) => [front[i]?.[0] ?? x, front[i]?.[1] ?? y, x, y]),
    encode: { x: [0, 2], y: [1, 3] },
    renderItem: (_, api) => {
      const [x1 = 0, y1 = 0] = api.coord([api.value(0), api.value(1)]);
      const [x2 = 0, y2 = 0] = api.coord([api.value(2), api.value(3)]);
      const points = [
        [x1, y1],
        [x1, y2],
        [x2, y2],
      ];
      return {
        type: 'polyline',
        shape: { points },
        style: { stroke: accentOf(0, 1), lineWidth: 1.5, fill: 'none' },
      };
    },
  };
}

const SHORT: Readonly<Record<string, string>> = { half: '½' };

function baselinesOf(
  { points }: PlotGoals,
  of: (point: PlotGoalPoint) => [number, number],
  words: (point: PlotGoalPoint) => string,
): Panel['series'][number] {
  const known = points.filter(({ baseline }) => baseline !== undefined);
  const option: ScatterSeriesOption = {
    type: 'scatter',
    z: 4,
    symbol: 'diamond',
    symbolSize: 9,
    data: known.map((point) => ({
      value: of(point),
      label: {
        show: true,
        position: 'right',
        formatter: SHORT[point.baseline ?? ''] ?? point.baseline ?? '',
        color: INK,
        fontFamily: FONT,
        fontSize: 12,
        ...HALO,
      },
    })),
    itemStyle: { color: INK, borderColor: PAPER, borderWidth: 1 },
  };
  return { option, hover: known.map(words) };
}
