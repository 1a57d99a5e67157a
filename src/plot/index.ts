/** Drawings of finished and running searches. */
export type { PlotAxis, PlotGoals, PlotRun, PlotTrial, PlotView } from './plot-run.ts';
export type { TerminalOptions } from './terminal.ts';
export { drawnScore, ordinary } from './plot-run.ts';
export { renderPlot } from './render-plot.ts';
export { drawInTerminal } from './terminal.ts';
export { drawGoalsInTerminal } from './terminal-goals.ts';
export { panelSvgs } from './panel-svgs.ts';
export type { PanelSvgs } from './panel-svgs.ts';
export { PLOT_COLOURS, runColour } from './theme.ts';
