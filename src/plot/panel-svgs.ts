/** Every panel as a drawing of its own, for pages that place them themselves. */
import { figureWith } from './figure.ts';
import { axisRoom, commonScale } from './layout.ts';
import { baselineLines } from './baselines.ts';
import type { Box, Panel } from './panel.ts';
import { baselineRoom } from './panels/baseline-marks.ts';
import { distributionPanel } from './panels/distribution.ts';
import { FACET_NAMES, facetPanels, facetsHeight } from './panels/facets.ts';
import { goalPairs, goalsPanel } from './panels/goals.ts';
import { hasImportance, importancePanel } from './panels/importance.ts';
import { hasPayloads, payloadRoom, payloadsPanel, payloadsWanted } from './panels/payloads.ts';
import { scoreHeights, progressPanel } from './panels/progress.ts';
import { uprightRoom, withGaps } from './panels/block-slots.ts';
import { weightsHeight, weightsPanel } from './panels/weights.ts';
import { MOST_COLOURS } from './palette.ts';
import type { PlotAxis, PlotRun } from './plot-run.ts';
import { blocksShown, seriesOf } from './series.ts';
import type { RunSeries } from './series.ts';
import { svgOf } from './svg.ts';
import { themed } from './theme.ts';

export interface PanelSvgs {
  readonly score: string;
  readonly distribution: string;
  readonly weights: string;
  /** Where at least two payloads have scored images. */
  readonly payloads: string | undefined;
  /** Where a single run tells it. */
  readonly importance: string | undefined;
  /** Where a single run has several goals: one drawing of two goals, three of three. */
  readonly goals: readonly string[];
}

export interface PanelOptions {
  /** Pixels; at least 320 are used. Texts keep their size whatever the width. */
  readonly width: number;
  /** What the score is drawn over: see `seriesOf`. */
  readonly x?: PlotAxis | undefined;
  /** Of all ids in the drawings, default `plot`: one page with several calls needs several. */
  readonly prefix?: string | undefined;
}

const TOP = 40;
const RIGHT = 12;
const UNDER_NUMBERS = 48;
/** Numbers of a goal, and its name beside them. */
const GOAL_AXIS = 84;

/**
 * The panels of `renderPlot` in the same shapes, each as SVG text with hover texts, to be put into a page: colours are
 * CSS variables (`PLOT_COLOURS`), so that the page decides between light and dark. The background is the page's. The legend
 * of several runs is the page's too: see `runColour`; more than eight runs are told apart by their numbers.
 * @throws usage error `plot-no-runs`, `plot-no-images` or `plot-not-finite`
 */
export async function panelSvgs(runs: readonly PlotRun[], options: PanelOptions): Promise<PanelSvgs> {
  const all = seriesOf(runs, options.x);
  const width = Math.max(320, Math.floor(options.width));
  const scale = commonScale(all);
  const heights = scoreHeights(scale);
  const left = axisRoom(heights);
  const inside = width - left - RIGHT;
  const box = (room: number, height: number): Box => {
    return { left: room, top: TOP, width: width - room - RIGHT, height };
  };
  const draw = (panels: readonly Panel[], bottom: number, title: string): Promise<string> =>
    drawn(
      panels,
      { width, height: Math.ceil(bottom) },
      title,
      `${options.prefix ?? 'plot'}-${title.toLowerCase().replaceAll(' ', '-')}`,
    );

  const labels = baselineRoom(baselineLines(all), heights.number);
  const many = all.length > MOST_COLOURS;
  const scores = many
    ? facetPanels(all, heights, { left, top: TOP + FACET_NAMES, width: inside - RIGHT })
    : [progressPanel(all, heights, { ...box(left, 280), width: inside - labels })];
  const scoresBottom = many ? TOP + FACET_NAMES + facetsHeight(all.length, inside - RIGHT) : TOP + 280;
  const under = underBlocks(all, inside);
  const weights = weightsHeight(all, inside);
  const payloads = payloadsWanted(all);
  return {
    score: await draw(scores, scoresBottom + UNDER_NUMBERS, 'Score'),
    distribution: await draw(
      [distributionPanel(all, scale, box(left, 220), false)],
      TOP + 220 + UNDER_NUMBERS,
      'Distribution of the scores',
    ),
    weights: await draw(
      [weightsPanel(all, box(left, weights))],
      TOP + weights + under,
      'Weights of the best',
    ),
    payloads: hasPayloads(all)
      ? await draw(
          [payloadsPanel(all, box(payloadRoom(all), payloads))],
          TOP + payloads + UNDER_NUMBERS,
          'Score by payload',
        )
      : undefined,
    importance: hasImportance(all)
      ? await draw([importancePanel(all, box(left, 130))], TOP + 130 + under, 'Importance of the blocks')
      : undefined,
    goals: await Promise.all(
      goalPairs(all).map((pair, i) =>
        draw(
          [goalsPanel(all, pair, box(GOAL_AXIS, 280))],
          TOP + 280 + UNDER_NUMBERS,
          i === 0 ? 'Front' : `Front ${i + 1}`,
        ),
      ),
    ),
  };
}

/** Pixels for the names of the blocks: upright ones need as much as the longest. */
function underBlocks(all: readonly RunSeries[], width: number): number {
  const slots = withGaps(blocksShown(all));
  return uprightRoom(slots, width) ?? 52;
}

async function drawn(
  panels: readonly Panel[],
  size: { readonly width: number; readonly height: number },
  title: string,
  prefix: string,
): Promise<string> {
  const figure = figureWith(panels, [], { ...size, title, subtitle: '' });
  const svg = await svgOf(figure, true, `${prefix}-`);
  // The ground is the page's.
  return themed(svg.replace(/<rect [^>]*fill="#FFFFFF"><\/rect>\n?/, ''));
}
