/** Runs in, one file out: SVG, PNG or a page. */
import { figureOf } from './layout.ts';
import { pageOf } from './page.ts';
import type { PlotAxis, PlotRun, PlotView } from './plot-run.ts';
import { pngOf } from './png.ts';
import { seriesOf } from './series.ts';
import { svgOf } from './svg.ts';

export interface PlotOptions {
  readonly format: 'svg' | 'png' | 'html';
  /** Default: the name of a single run, or the number of runs. */
  readonly title?: string;
  /** Which of the score and the loss by iteration. Distribution and weights are always there; payloads stand beside the score alone. */
  readonly view: PlotView;
  /** What score and loss are drawn over: see `seriesOf`. */
  readonly x?: PlotAxis | undefined;
}

/**
 * Draws the runs: score or loss by iteration with best-so-far and baselines, the distribution of the scores, the score by
 * payload, the weights of the best and their importance, as far as they are known; runs that are more than colours
 * have a small chart each. The same input gives the same bytes. SVG and HTML are text and ask for no other file; PNG is twice the size
 * of the SVG, with the bundled font, and needs no font of the system.
 * @throws usage error `plot-no-runs`, `plot-no-images` or `plot-not-finite`
 */
export function renderPlot(
  runs: readonly PlotRun[],
  options: PlotOptions & { readonly format: 'png' },
): Promise<Uint8Array>;
export function renderPlot(
  runs: readonly PlotRun[],
  options: PlotOptions & { readonly format: 'svg' | 'html' },
): Promise<string>;
export function renderPlot(runs: readonly PlotRun[], options: PlotOptions): Promise<Uint8Array | string>;
export async function renderPlot(
  runs: readonly PlotRun[],
  options: PlotOptions,
): Promise<Uint8Array | string> {
  const all = seriesOf(runs, options.x);
  const figure = figureOf(all, options.view, options.title);
  const svg = await svgOf(figure, options.format === 'html');
  if (options.format === 'svg') return svg;
  return options.format === 'png' ? pngOf(svg) : pageOf(all, figure, svg);
}
