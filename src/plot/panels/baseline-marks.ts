/** The baselines in a score or loss panel: thin lines across it, named at its right edge. */
import { spreadOut } from '../baselines.ts';
import type { BaselineLine } from '../baselines.ts';
import type { AxisSpec, Box, Mark, Panel } from '../panel.ts';
import { widthOf } from '../panel.ts';
import { accentOf, GREY, INK } from '../palette.ts';

export const DOTTED = [2, 3] as const;

/** Between the panel's edge and a label: a short line leads from the one to the other. */
const LEAD = 12;
const SIZE = 11;

/** Pixels right of the panel that the labels take; 0 without baselines. */
export function baselineRoom(lines: readonly BaselineLine[], text: (score: number) => string): number {
  if (lines.length === 0) return 0;
  return LEAD + 4 + Math.max(...lines.map((line) => widthOf(labelOf(line, text), SIZE)));
}

/** Dotted lines from end to end of a panel, one a baseline, at their heights on its axis. */
export function baselineSeries(
  lines: readonly BaselineLine[],
  height: (score: number) => number,
  [from, to]: readonly [number, number],
  runs: number,
): Panel['series'] {
  return lines.map((line) => ({
    option: {
      type: 'line',
      data: [
        [from, height(line.score)],
        [to, height(line.score)],
      ],
      showSymbol: false,
      silent: true,
      clip: false,
      lineStyle: { color: colourOf(line, runs), width: 1.2, type: [...DOTTED] },
      z: 1,
    },
  }));
}

/** Every label at its line's height or, where another one stands there, as near as it can. */
export function baselineLabels(
  lines: readonly BaselineLine[],
  box: Box,
  axis: AxisSpec,
  height: (score: number) => number,
  text: (score: number) => string,
  runs: number,
): Mark[] {
  const heights = lines.map(
    ({ score }) => box.top + ((axis.max - height(score)) / (axis.max - axis.min)) * box.height,
  );
  const places = spreadOut(heights, SIZE + 3, [box.top, box.top + box.height]);
  const edge = box.left + box.width;
  return lines.flatMap((line, index): Mark[] => {
    const at = heights[index] ?? 0;
    const y = places[index] ?? at;
    const colour = colourOf(line, runs);
    return [
      { kind: 'line', from: [edge, at], to: [edge + LEAD - 3, y], colour, width: 1, dash: DOTTED },
      { kind: 'text', x: edge + LEAD, y, text: labelOf(line, text), size: SIZE, colour: INK, halo: true },
    ];
  });
}

function labelOf({ name, score }: BaselineLine, text: (score: number) => string): string {
  return `${name} ${text(score)}`;
}

function colourOf({ run }: BaselineLine, runs: number): string {
  return run === undefined ? GREY : accentOf(run, runs);
}
