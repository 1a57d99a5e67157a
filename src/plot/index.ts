/** Drawings of finished and running searches. */
export type { PlotAxis, PlotRun } from './series.ts';
export type { PlotView } from './figure.ts';
export type { TerminalOptions } from './terminal.ts';
export { drawnScore } from './series.ts';
export { renderPlot } from './render-plot.ts';
export { drawInTerminal } from './terminal.ts';
