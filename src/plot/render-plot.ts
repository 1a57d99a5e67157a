/** Runs in, one file out: SVG, PNG or a page. */
import { figureOf } from './figure.ts';
import type { PlotView } from './figure.ts';
import { pageOf } from './page.ts';
import { pngOf } from './png.ts';
import { seriesOf } from './series.ts';
import type { PlotAxis, PlotRun } from './series.ts';
import { svgOf } from './svg.ts';

export interface PlotOptions {
  readonly format: 'svg' | 'png' | 'html';
  /** Default: the name of a single run, or the number of runs. */
  readonly title?: string;
  /** Which of the score and the loss by iteration; distribution and weights are always there. */
  readonly view: PlotView;
  /** What score and loss are drawn over: see `seriesOf`. */
  readonly x?: PlotAxis | undefined;
}

/**
 * Draws the runs: score and loss by iteration with best-so-far, the distribution of the scores, the weights of the
 * best. The same input gives the same bytes. SVG and HTML are text and ask for no other file; PNG is twice the size
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
