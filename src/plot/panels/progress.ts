/** Points by iteration, or by the images made until then, with best-so-far as a step line: the score panel and the loss panel. */
import { baselineLines } from '../baselines.ts';
import { strokeOf } from '../equal-runs.ts';
import type { LossView } from '../loss.ts';
import type { AxisSpec, Box, Mark, Panel } from '../panel.ts';
import { emptiness, heading, headingWidth, widthOf, xAxisOf, yAxisOf } from '../panel.ts';
import { accentOf, GREY } from '../palette.ts';
import type { Scale } from '../scale.ts';
import { formatNumber, formatSignificant, iterationScale, scoreDigits } from '../scale.ts';
import type { RunSeries } from '../series.ts';
import { baselineLabels, baselineSeries, DOTTED } from './baseline-marks.ts';
import { bestLine, bestRing, failures, points } from './progress-series.ts';
import type { DrawnRun, Heights } from './progress-series.ts';

/** Score by iteration; `scale` is shared with the distribution beside it. */
export function scoreHeights(scale: Scale): Heights {
  const digits = scoreDigits(scale);
  return {
    title: 'Score',
    axis: scoreAxis(scale),
    height: (score) => score,
    number: (score) => formatNumber(score, digits),
    bestAtTop: true,
  };
}

/** @param digits decimals of a score */
export function lossHeights(loss: LossView, digits: number): Heights {
  const ticks = loss.ticks.map(({ height, text }) => ({ at: height, text }));
  return {
    title: 'Loss',
    axis: { min: loss.min, max: loss.max, ticks, name: loss.label },
    height: (score) => loss.height(loss.of(score)),
    number: (score) => (loss.log ? formatSignificant(loss.of(score)) : formatNumber(loss.of(score), digits)),
    bestAtTop: false,
  };
}

export function scoreAxis(scale: Scale): AxisSpec {
  const ticks = scale.ticks.map((at) => ({ at, text: formatNumber(at, scale.digits) }));
  return { min: scale.min, max: scale.max, ticks, name: 'score' };
}

export function progressPanel(all: readonly RunSeries[], heights: Heights, box: Box): Panel {
  const longest = Math.max(...all.map(({ length }) => length));
  const end = Math.max(...all.map((run) => run.end));
  const across = iterationScale(end, box.width > 600 ? 10 : box.width > 300 ? 6 : 4);
  const ticks = across.ticks.map((at) => ({ at, text: String(at) }));
  const scored = all.some(({ points }) => points.length > 0);
  const drawn = all.map((run, index): DrawnRun => {
    return { run, colour: accentOf(index, all.length), stroke: strokeOf(all, index) };
  });
  const size = longest <= 60 ? 6 : longest <= 300 ? 4.6 : 3.4;
  const lines = baselineLines(all);
  const keys = key(box, headingWidth(heights.title), {
    failed: all.some(({ failed }) => failed.length > 0),
    baseline: lines.length > 0,
  });
  return {
    box,
    xAxis: xAxisOf({ min: across.min, max: across.max, ticks, name: axisName(all), grid: false }),
    yAxis: yAxisOf(heights.axis),
    // Layer by layer over all runs, so that no run's points cover another one's line.
    series: [
      ...drawn.map((one) => points(one, heights, size, all.length === 1 ? 0.5 : 0.38)),
      ...drawn.map((one) => bestLine(one, heights, 1.8)),
      ...drawn.map((one) => failures(one, heights)),
      ...drawn.map((one) => bestRing(one, heights, { end, labelled: all.length === 1 })),
      ...baselineSeries(lines, heights.height, [across.min, across.max], all.length),
    ],
    marks: [
      ...heading(box, heights.title),
      ...keys,
      ...baselineLabels(lines, box, heights.axis, heights.height, heights.number, all.length),
      ...(scored ? [] : [emptiness(box, longest === 0 ? 'no iteration yet' : 'no scored iteration')]),
    ],
  };
}

export function axisName(all: readonly RunSeries[]): string {
  return all[0]?.axis === 'images' ? 'images' : 'iteration';
}

/** The meaning of the marks, right-aligned in the heading's line; what has no room is left out, the most obvious first. */
export function key(
  box: Box,
  taken: number,
  shown: { readonly failed: boolean; readonly baseline: boolean },
): Mark[] {
  const all = [
    { word: 'iteration', sample: 'dot', shown: true },
    { word: 'best so far', sample: 'line', shown: true },
    { word: 'baseline', sample: 'dotted', shown: shown.baseline },
    { word: 'failed', sample: '×', shown: shown.failed },
  ] as const;
  let room = box.width - taken;
  const marks: Mark[] = [];
  const y = box.top - 16;
  let right = box.left + box.width;
  for (const { word, sample } of all.filter((item) => item.shown).toReversed()) {
    const width = widthOf(word, 11);
    const before = sample === 'dot' || sample === '×' ? 11 : 26;
    if ((room -= width + before + 14) < 0) break;
    const left = right - width - before;
    const text = (x: number, label: string): Mark => ({
      kind: 'text',
      x,
      y,
      text: label,
      size: 11,
      colour: GREY,
    });
    if (sample === 'dot') marks.push({ kind: 'dot', x: left + 3, y, radius: 3, colour: '#B4B8BE' });
    else if (sample === '×') marks.push(text(left, sample));
    else {
      const dash = sample === 'dotted' ? DOTTED : undefined;
      marks.push({ kind: 'line', from: [left, y], to: [left + 20, y], colour: GREY, dash });
    }
    marks.push(text(left + before, word));
    right = left - 14;
  }
  return marks;
}
