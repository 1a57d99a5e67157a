/** The loss view: the same trials, turned round so that down is good. */
import { extentOf, formatNumber, formatSignificant, logTicks, scaleOf } from './scale.ts';
import { drawnScores } from './series.ts';
import type { RunSeries } from './series.ts';

export interface LossView {
  /** What the axis shows, in words. */
  readonly label: string;
  readonly log: boolean;
  /** The loss of a score, as a number. */
  readonly of: (score: number) => number;
  /** The height of a loss on the axis: its logarithm on a log axis. */
  readonly height: (loss: number) => number;
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly { readonly height: number; readonly text: string }[];
}

/** Air under and over the losses, as shares of their range; the label of the best stands below it. */
const BELOW = 0.13;
const ABOVE = 0.06;

/** Orders of magnitude shown at most: smaller losses are rounding errors. */
const DEPTH = 1e-6;

/**
 * 1 − score where all scores lie in [0, 1], otherwise the distance to the best score of all runs and their baselines. The axis is
 * logarithmic where best-so-far falls by more than a factor of 20 in at least four steps. A loss of 0 has no
 * logarithm: it is drawn on the axis' lower end, which is then labelled 0.
 */
export function lossOf(all: readonly RunSeries[]): LossView {
  const scores = all.flatMap((run) => drawnScores(run));
  const extent = extentOf(scores);
  const best = extent?.[1] ?? 0;
  const unit = extent === undefined || (extent[0] >= 0 && extent[1] <= 1);
  const of = unit ? (score: number) => 1 - score : (score: number) => best - score;
  const label = unit ? '1 − score' : 'best score − score';
  const losses = scores.map(of);
  return logHelps(all, of) ? logView(label, of, losses) : linearView(label, of, losses);
}

function logHelps(all: readonly RunSeries[], of: (score: number) => number): boolean {
  return all.some(({ bestSoFar }) => {
    const levels = new Set(bestSoFar.map(({ value }) => of(value)).filter((loss) => loss > 0));
    const extent = extentOf(levels);
    return extent !== undefined && levels.size >= 4 && extent[1] >= 20 * extent[0];
  });
}

function linearView(label: string, of: LossView['of'], losses: readonly number[]): LossView {
  const { min, max, ticks, digits } = scaleOf(extentOf(losses), BELOW, ABOVE);
  const marks = ticks.map((tick) => ({ height: tick, text: formatNumber(tick, digits) }));
  return { label, log: false, of, height: (loss) => loss, min, max, ticks: marks };
}

function logView(label: string, of: LossView['of'], losses: readonly number[]): LossView {
  const high = extentOf(losses)?.[1] ?? 1;
  const smallest = extentOf(losses.filter((loss) => loss >= high * DEPTH))?.[0] ?? high;
  const below = losses.some((loss) => loss < smallest);
  const floor = Math.log10(smallest) - (below ? 0.4 : 0);
  const range = Math.log10(high) - floor;
  const height = (loss: number): number => (loss < smallest ? floor : Math.log10(loss));
  const ticks = logTicks(smallest, high).map((tick) => ({
    height: Math.log10(tick),
    text: formatSignificant(tick),
  }));
  if (below) ticks.unshift({ height: floor, text: '0' });
  return {
    label: `${label} (log scale)`,
    log: true,
    of,
    height,
    min: floor - range * BELOW,
    max: Math.log10(high) + range * ABOVE,
    ticks,
  };
}
