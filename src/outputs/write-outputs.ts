/** The files of a finished (or stopped) run beside its journal: recipe, plot, a row in the history of all runs. */
import fs from 'node:fs';
import path from 'node:path';
import { unlistedInWords } from '../architectures/sd-lists.ts';
import { upsertHistoryTsv } from '../formats/history-tsv.ts';
import { pythonDatetime } from '../formats/python-datetime.ts';
import { plotGoals } from '../goals/plot-goals.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import { explain, importanceBars, type Importance } from '../importance/index.ts';
import { renderPlot } from '../plot/render-plot.ts';
import { FileRefused, readTextFileSync } from '../shared/files/read-file.ts';
import type { RunFiles } from '../journal/name-run.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { Broadcast } from '../observers/broadcast.ts';
import { isBaseline, type Best, type BlockWeights, type FinishedTrial } from '../types.ts';
import { drawContactSheet } from './contact-sheet.ts';
import { drawReport } from './report-page.ts';
import { hasLists, recipeText, writeWhole } from './projections.ts';
import { trialsCsv } from './run-csv.ts';

/** What a run has come to. */
export interface RunToWrite {
  readonly plan: SearchPlan;
  readonly files: RunFiles;
  /** Relative to the working folder. */
  readonly recipe: string;
  readonly trials: readonly FinishedTrial[];
  readonly best: Best | undefined;
  readonly observers: Broadcast;
  /** Somebody wants it to end: what takes seconds is left to the commands that make it. */
  readonly isHurried?: boolean | undefined;
}

/**
 * @param attempt carries out one of the writes, and says whether it came off
 * @returns path by kind of file; what has no content (no score yet) or could not be written is left out
 */
export async function writeOutputs(
  run: RunToWrite,
  attempt: (file: string, write: () => void) => boolean,
): Promise<Record<string, string>> {
  const { best, files, plan, recipe, trials } = run;
  const written: Record<string, string> = {};
  const give = (kind: string, file: string, content: string | Uint8Array): void => {
    if (attempt(file, () => writeWhole(file, content))) written[kind] = file;
  };
  give('csv', files.csv, trialsCsv(trials, plan));
  if (best === undefined) return written;
  give('recipe', path.join(files.folder, recipe), recipeText(plan, best.weights));
  if (hasLists(plan)) {
    attempt(files.historyTsv, () => addHistoryRow(run, best));
    warnOfUnlisted(run, best);
  }
  const importance = run.isHurried === true ? undefined : explained(run);
  const plot = await drawPlot(run, importance);
  if (plot !== undefined) give('plot', files.plot, plot);
  if (run.isHurried === true) return written;
  const sheet = await drawContactSheet(run, best.trial);
  if (sheet !== undefined) give('sheet', files.sheet, sheet);
  const report = await drawReport(run, { best, importance });
  if (report !== undefined) give('report', files.report, report);
  return written;
}

/** Once, at the end: what the files of the field leave out of the result. */
function warnOfUnlisted({ files, observers }: RunToWrite, { weights }: Best): void {
  const lost = unlistedInWords(weights);
  if (lost === undefined) return;
  observers.onNotice({
    level: 'warn',
    message: `The recipe file and history.tsv cannot store ${lost}; the journal and the CSV can. To merge with it: autombw merge --run "${files.journal}"`,
  });
}

/** A run must not fail over it. */
function explained({ plan, trials, observers }: RunToWrite): Importance | undefined {
  try {
    return explain(plan, trials, comparableIn(plan, trials));
  } catch (error) {
    observers.onNotice({
      level: 'warn',
      message: `The importance of the blocks could not be computed (${String(error)}).`,
    });
    return undefined;
  }
}

/** It can be drawn again from the CSV; a run must not fail over it. */
async function drawPlot(
  { plan, trials, observers }: RunToWrite,
  importance: Importance | undefined,
): Promise<string | Uint8Array | undefined> {
  const comparable = comparableIn(plan, trials);
  const inOrder = trials.toSorted((one, other) => one.id - other.id);
  const points = inOrder.map((trial) => ({
    iteration: trial.id,
    ...(isBaseline(trial) && { baseline: trial.baseline }),
    score: trial.state === 'scored' ? trial.score : null,
    comparable: comparable.get(trial.id),
    weights: trial.weights,
    images: trial.images,
  }));
  try {
    return await renderPlot(
      [
        {
          name: plan.config.output,
          trials: points,
          importance: importanceBars(importance),
          goals: plotGoals(plan, inOrder),
        },
      ],
      {
        format: 'svg',
        view: 'reward',
      },
    );
  } catch (error) {
    observers.onNotice({ level: 'warn', message: `The plot could not be drawn (${String(error)}).` });
    return undefined;
  }
}

/** Somebody's editor saved it in another way: it would be garbled for good. */
function addHistoryRow(run: RunToWrite, best: Best): void {
  const { files, observers } = run;
  try {
    writeHistoryRow(run, best);
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    observers.onNotice({
      level: 'warn',
      message: `Could not add this run to ${files.historyTsv} (${error.message}).`,
    });
  }
}

function writeHistoryRow({ plan, files }: RunToWrite, best: Best): void {
  const { config, space } = plan;
  const old = fs.existsSync(files.historyTsv) ? readTextFileSync(files.historyTsv) : '';
  const bounds = (side: 'low' | 'high'): BlockWeights => ({
    ...space.fixed,
    ...Object.fromEntries(space.dimensions.flatMap((d) => d.blocks.map((block) => [block, d[side]]))),
  });
  const pass = {
    datetime: pythonDatetime(files.stem),
    currentPass: plan.pass,
    modelA: plan.server?.modelA.file ?? config.modelA,
    modelB: plan.server?.modelB.file ?? config.modelB,
    modelO: config.output,
    weights: best.weights,
    clampLower: bounds('low'),
    clampUpper: bounds('high'),
    searchTypeA: plan.optimizer.name,
    searchTypeB: plan.optimizer.second?.name ?? plan.optimizer.name,
    classifier: plan.scorers.map(({ id }) => id).join('+'),
    tallyType: plan.tally,
    initGrid: config.initGrid ?? 0,
    initVertices: config.initVertices ?? 0,
    initRandom: config.initRandom ?? 0,
    warmStart: (config.warmStart ?? []).length > 0 || plan.pass > 0,
  };
  writeWhole(files.historyTsv, upsertHistoryTsv(old, pass));
}
