/** The files of a finished (or stopped) run beside its journal: recipe, plot, a row in the history of all runs. */
import fs from 'node:fs';
import path from 'node:path';
import { upsertHistoryTsv } from '../outputs/history-tsv.ts';
import { pythonDatetime } from '../outputs/python-datetime.ts';
import { renderPlot } from '../plot/render-plot.ts';
import { FileRefused, readTextFileSync } from '../shared/read-file.ts';
import type { Best, BlockWeights } from '../types.ts';
import { recipeText, trialsCsv, writeWhole } from './projections.ts';
import type { Session } from './session.ts';

/**
 * @param attempt carries out one of the writes, and says whether it came off
 * @returns path by kind of file; what has no content (no score yet) or could not be written is left out
 */
export async function writeOutputs(
  session: Session,
  best: Best | undefined,
  attempt: (file: string, write: () => void) => boolean,
): Promise<Record<string, string>> {
  const { files, ledger, plan, recipe } = session;
  const written: Record<string, string> = {};
  const give = (kind: string, file: string, content: string | Uint8Array): void => {
    if (attempt(file, () => writeWhole(file, content))) written[kind] = file;
  };
  give('csv', files.csv, trialsCsv(ledger.trials));
  if (best === undefined) return written;
  give('recipe', path.join(files.folder, recipe), recipeText(plan, best.weights));
  attempt(files.historyTsv, () => addHistoryRow(session, best));
  const plot = await drawPlot(session);
  if (plot !== undefined) give('plot', files.plot, plot);
  return written;
}

/** It can be drawn again from the CSV; a run must not fail over it. */
async function drawPlot({ ledger, plan, observers }: Session): Promise<string | Uint8Array | undefined> {
  const trials = ledger.trials.map((trial) => ({
    score: trial.state === 'scored' ? trial.score : null,
    weights: trial.weights,
    images: trial.images,
  }));
  try {
    return await renderPlot([{ name: plan.config.output, trials }], { format: 'svg', view: 'both' });
  } catch (error) {
    observers.onNotice({ level: 'warn', message: `The plot could not be drawn (${String(error)}).` });
    return undefined;
  }
}

/** Somebody's editor saved it in another way: it would be garbled for good. */
function addHistoryRow(session: Session, best: Best): void {
  const { files, observers } = session;
  try {
    writeHistoryRow(session, best);
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    observers.onNotice({
      level: 'warn',
      message: `${files.historyTsv} got no row for this run (${error.message}).`,
    });
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
