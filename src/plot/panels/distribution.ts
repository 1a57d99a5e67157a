/** Histograms lying on the score axis: one column a run, so that many of them do not cover each other. */
import type { CustomSeriesOption } from 'echarts';
import { binsOf } from '../distribution.ts';
import type { Bin } from '../distribution.ts';
import type { AxisSpec, Box, Panel } from '../panel.ts';
import { emptiness, heading, xAxisOf, yAxisOf } from '../panel.ts';
import { accentOf } from '../palette.ts';
import type { Scale } from '../scale.ts';
import { formatNumber, niceStep } from '../scale.ts';
import type { RunSeries } from '../series.ts';
import { baselineLines } from '../baselines.ts';
import { baselineSeries } from './baseline-marks.ts';
import { scoreAxis } from './progress.ts';
import { counted } from '../../shared/counted.ts';

/** `beside`: the panel continues the score panel on its left, whose axis it shares. */
export function distributionPanel(all: readonly RunSeries[], scale: Scale, box: Box, beside: boolean): Panel {
  const bins = binsOf(all);
  const longest = Math.max(0, ...bins.flat().map(({ count }) => count));
  const shared = scoreAxis(scale);
  const axis = all.length === 1 ? countAxis(longest) : runAxis(all.length, box.width);
  const columns = all.map((run, index) => ({
    option: column(bins[index] ?? [], scale, index, all.length),
    hover: (bins[index] ?? []).map(
      ({ low, high, count }) =>
        `${run.name}: ${count} of ${counted(run.points.length, 'iteration')} between ` +
        `${formatNumber(low, scale.digits + 1)} and ${formatNumber(high, scale.digits + 1)}`,
    ),
  }));
  return {
    box,
    xAxis: xAxisOf(axis),
    yAxis: yAxisOf(beside ? { min: shared.min, max: shared.max, ticks: hidden(shared) } : shared),
    series: [
      ...columns,
      ...baselineSeries(baselineLines(all), (score) => score, [axis.min, axis.max], all.length),
    ],
    marks: [
      ...heading(box, 'Distribution'),
      ...(longest === 0 && !beside ? [emptiness(box, 'no scored iteration')] : []),
    ],
  };
}

function column(bins: readonly Bin[], scale: Scale, index: number, runs: number): CustomSeriesOption {
  // Of several runs, run r spans r + 0.06 to r + 0.94 and its longest bar fills that: runs differ in length.
  const longest = Math.max(1, ...bins.map(({ count }) => count));
  const from = runs === 1 ? 0 : index + 0.06;
  const perIteration = runs === 1 ? 1 : 0.88 / longest;
  return {
    type: 'custom',
    clip: false,
    data: bins.map(({ low, high, count }) => [from + count * perIteration, low, high]),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_, api) => {
      const [left = 0, bottom = 0] = api.coord([from, Math.max(scale.min, Number(api.value(1)))]);
      const [right = 0, top = 0] = api.coord([api.value(0), Math.min(scale.max, Number(api.value(2)))]);
      const shape = { x: left, y: top + 0.5, width: right - left, height: Math.max(1, bottom - top - 1) };
      return {
        type: 'rect',
        shape,
        style: { fill: accentOf(index, runs), opacity: 0.8 },
        emphasisDisabled: true,
      };
    },
  };
}

function countAxis(longest: number): AxisSpec {
  const step = Math.max(1, niceStep(Math.max(1, longest) / 3));
  const count = Math.floor(Math.max(1, longest) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => ({ at: i * step, text: String(i * step) }));
  return { min: 0, max: Math.max(1, longest) * 1.06, ticks, name: 'iterations' };
}

/** Numbers of the runs, as the legend has them, as far as they have room. */
function runAxis(runs: number, width: number): AxisSpec {
  const every = Math.ceil((18 * runs) / Math.max(1, width));
  const ticks = Array.from({ length: runs }, (_, index) => index)
    .filter((index) => index % every === 0)
    .map((index) => ({ at: index + 0.5, text: String(index + 1) }));
  const name = width < 200 ? 'run' : 'run, each on its own scale';
  return { min: 0, max: runs, ticks, name, grid: false };
}

/** Grid lines go on where the neighbour's labels stand. */
function hidden(spec: AxisSpec): AxisSpec['ticks'] {
  return spec.ticks.map(({ at }) => ({ at, text: '' }));
}
