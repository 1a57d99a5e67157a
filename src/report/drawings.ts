/** The search as drawings, each for small and for wide places. */
import { plotGoals } from '../goals/plot-goals.ts';
import { isExpected } from '../shared/errors.ts';
import { panelSvgs, type PanelSvgs, type PlotRun } from '../plot/index.ts';
import type { Drawing, ReportRun } from './report.ts';

/** Pixels: a phone of 360 less its edges, and most of a wide page. */
const NARROW = 328;
const WIDE = 820;
/** Of more trials there is one drawing for all places: every trial is a dot with its text. */
const MOST_TRIALS_TWICE = 600;

/** Those of one run. @param ids in front of every id in them */
export async function drawingsOf(run: ReportRun, ids: string): Promise<Drawing[]> {
  return drawn([run], ids, ({ score, distribution, payloads, goals }) => [
    ...goals.map((svg) => ['Goals plotted against each other, with their front', svg] as const),
    ['Scores, with the best so far as a line', score],
    ['Distribution of the scores', distribution],
    ['Scores by payload', payloads],
  ]);
}

/** Those of several runs together. */
export async function drawingsTogether(runs: readonly ReportRun[], ids: string): Promise<Drawing[]> {
  return drawn(runs, ids, ({ score, weights }) => [
    ['Scores of all runs', score],
    ['Weights of their best merges', weights],
  ]);
}

type Chosen = readonly (readonly [title: string, svg: string | undefined])[];

/** None where nothing was scored, or a score is no number. */
async function drawn(
  runs: readonly ReportRun[],
  ids: string,
  choose: (svgs: PanelSvgs) => Chosen,
): Promise<Drawing[]> {
  if (!runs.some(({ trials }) => trials.some(({ state }) => state === 'scored'))) return [];
  const plots = runs.map(plotRunOf);
  const count = runs.reduce((sum, { trials }) => sum + trials.length, 0);
  try {
    const wide = choose(await panelSvgs(plots, { width: WIDE, prefix: `${ids}-wide` }));
    const narrow =
      count > MOST_TRIALS_TWICE
        ? wide
        : choose(await panelSvgs(plots, { width: NARROW, prefix: `${ids}-narrow` }));
    return wide.flatMap(([title, svg], i) => {
      const small = narrow[i]?.[1];
      return svg === undefined || small === undefined ? [] : [{ title, wide: svg, narrow: small }];
    });
  } catch (error) {
    if (!isExpected(error)) throw error;
    return [];
  }
}

function plotRunOf({ name, journal, plan, trials, comparable }: ReportRun): PlotRun {
  return {
    name,
    origin: journal,
    goals: plotGoals(plan, trials),
    trials: trials
      .toSorted((one, other) => one.id - other.id)
      .map((trial) => ({
        iteration: trial.id,
        score: trial.state === 'scored' ? trial.score : null,
        comparable: comparable.get(trial.id),
        weights: trial.weights,
        images: trial.images,
        ...('baseline' in trial && { baseline: trial.baseline }),
      })),
  };
}
