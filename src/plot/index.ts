/** Drawings of finished and running searches. */
export type { PlotRun, PlotTrial } from './series.ts';
export type { PlotView } from './figure.ts';
export type { PlotOptions } from './render-plot.ts';
export type { TerminalOptions } from './terminal.ts';
export { renderPlot } from './render-plot.ts';
export { drawInTerminal } from './terminal.ts';
