/** The files of a finished (or stopped) run beside its journal: recipe, plot, a row in the history of all runs. */
import fs from 'node:fs';
import path from 'node:path';
import { upsertHistoryTsv } from '../outputs/history-tsv.ts';
import { pythonDatetime } from '../outputs/python-datetime.ts';
import { FileRefused, readTextFileSync } from '../shared/read-file.ts';
import { renderPlot } from '../plot/render-plot.ts';
import type { Best, BlockWeights } from '../types.ts';
import { recipeText, trialsCsv, writeWhole } from './projections.ts';
import type { Session } from './session.ts';

/** @returns path by kind of file; what has no content (no score yet) is left out */
export async function writeOutputs(
  session: Session,
  best: Best | undefined,
): Promise<Record<string, string>> {
  const { files, ledger, plan, recipe, observers } = session;
  writeWhole(files.csv, trialsCsv(ledger.trials));
  if (best === undefined) return { csv: files.csv };
  const recipeFile = path.join(files.folder, recipe);
  writeWhole(recipeFile, recipeText(plan, best.weights));
  try {
    writeHistoryRow(session, best);
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    // Somebody's editor saved it in another way; it would be garbled for good.
    observers.onNotice({
      level: 'warn',
      message: `${files.historyTsv} got no row for this run (${error.message}).`,
    });
  }
  const written = { csv: files.csv, recipe: recipeFile };
  try {
    const trials = ledger.trials.map((trial) => ({
      score: trial.state === 'scored' ? trial.score : null,
      weights: trial.weights,
      images: trial.images,
    }));
    const svg = await renderPlot([{ name: plan.config.output, trials }], { format: 'svg', view: 'both' });
    writeWhole(files.plot, svg);
    return { ...written, plot: files.plot };
  } catch (error) {
    // A plot can be drawn again from the CSV; a run must not fail over it.
    observers.onNotice({ level: 'warn', message: `The plot could not be drawn (${String(error)}).` });
    return written;
  }
}

function writeHistoryRow({ plan, files }: Session, best: Best): void {
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
    warmStart: config.warmStart.length > 0 || plan.pass > 0,
  };
  writeWhole(files.historyTsv, upsertHistoryTsv(old, pass));
}
