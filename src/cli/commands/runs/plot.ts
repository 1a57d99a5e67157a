import fs from 'node:fs';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { usageError } from '../../../shared/errors.ts';
import { explainFile, importanceBars } from '../../../importance/index.ts';
import { plotGoals } from '../../../goals/plot-goals.ts';
import { readJournal, trialsOf } from '../../../journal/read.ts';
import { findJournal } from '../../../journal/find.ts';
import {
  drawGoalsInTerminal,
  drawInTerminal,
  drawnScore,
  ordinary,
  renderPlot,
  type PlotAxis,
  type PlotRun,
  type PlotView,
} from '../../../plot/index.ts';
import { readHistoryFile, unequalImages } from '../../../weights/history-file.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { writeNew } from '../write-new.ts';
import { highest } from '../../../shared/extremes.ts';
import { refuseExisting } from '../../../shared/files/refuse-existing.ts';

export interface PlotCommandOptions {
  readonly output?: string;
  readonly view: PlotView;
  readonly title?: string;
  readonly x?: PlotAxis;
  readonly force?: boolean;
  readonly json?: boolean;
}

const FORMATS = { '.svg': 'svg', '.png': 'png', '.html': 'html', '.htm': 'html' } as const;

export async function plotCommand(
  context: CommandContext,
  patterns: readonly string[],
  options: PlotCommandOptions,
): Promise<number> {
  const format = options.output === undefined ? undefined : formatOf(options.output);
  if (options.output !== undefined) refuseExisting([options.output], options.force === true);
  const files = await expand(patterns);
  const read = await Promise.all(files.map(async (file) => readRun(context, file)));
  const [only] = read;
  const isAlone = only !== undefined && read.length === 1;
  const known = isAlone ? [await withGoals(only)] : read;
  const [alone] = known;
  const runs = format !== undefined && isAlone && alone !== undefined ? [await withImportance(alone)] : known;
  if (options.output !== undefined && format !== undefined) {
    const plot = await renderPlot(runs, {
      format,
      view: options.view,
      x: options.x,
      ...(options.title === undefined ? {} : { title: options.title }),
    });
    writeNew(options.output, plot, options.force === true);
  }
  if (options.json === true) {
    context.printJson({ output: options.output ?? null, runs: runs.map(describeRun) });
  } else if (options.output === undefined) {
    const { stdout, env } = context.process;
    const colour = stdout.isTTY === true && env['NO_COLOR'] === undefined;
    const width = Math.max(40, Math.min(stdout.columns ?? 80, 120));
    const [goals] = runs.map((run) => run.goals);
    const charts = goals === undefined ? '' : drawGoalsInTerminal(goals, { width, height: 12, colour });
    const drawn = drawInTerminal(runs, { width, height: 32, colour, x: options.x });
    context.printInColour(charts === '' ? drawn : `${drawn}\n\n${charts}`);
  } else {
    context.print(options.output);
  }
  return EXIT.ok;
}

async function readRun(context: CommandContext, file: string): Promise<PlotRun> {
  const name = path.basename(file).replace(/(\.journal)?\.\w+$/, '');
  const trials = await readHistoryFile(file);
  const range = unequalImages(trials);
  if (range !== undefined)
    context.note(
      `! ${file}: its scores come from ${range.least} to ${range.most} images each, so a score from a few easy images may look like the best; plot the run's journal instead to make them comparable.`,
    );
  return { name, trials, origin: file };
}

/** Drawn for a single run whose journal is given. */
async function withImportance(run: PlotRun): Promise<PlotRun> {
  if (run.origin?.endsWith('.jsonl') !== true) return run;
  return { ...run, importance: importanceBars(await explainFile(run.origin)) };
}

/** The same: a CSV has one score only. */
async function withGoals(run: PlotRun): Promise<PlotRun> {
  if (run.origin?.endsWith('.jsonl') !== true) return run;
  const { records } = await readJournal(run.origin);
  const [first] = records;
  const goals = plotGoals(first?.kind === 'plan' ? first.plan : undefined, trialsOf(records).finished);
  return goals === undefined ? run : { ...run, goals };
}

/** Shells on Windows leave patterns to the program. */
async function expand(patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) {
    if (!/[*?[{]/.test(pattern)) {
      files.push(runFile(pattern));
      continue;
    }
    const found = await glob(pattern.replaceAll('\\', '/'), { absolute: false, expandDirectories: false });
    if (found.length === 0) throw usageError('no-such-file', `No file matches ${pattern}.`);
    for (const file of found.toSorted()) files.push(file);
  }
  return files;
}

/** A file as it is; else the newest run of that name. */
function runFile(name: string): string {
  const isNamed = path.extname(name) === '' && path.basename(name) === name;
  return isNamed && !fs.existsSync(name) ? findJournal(name, '.') : name;
}

function formatOf(output: string): (typeof FORMATS)[keyof typeof FORMATS] {
  const extension = path.extname(output).toLowerCase();
  for (const [known, format] of Object.entries(FORMATS)) if (known === extension) return format;
  throw usageError('plot-format', `--output ${output}: the file name must end in .svg, .png or .html.`);
}

function describeRun({ name, trials: all, origin, goals }: PlotRun): Record<string, unknown> {
  const trials = ordinary(all);
  const drawn = trials.map(drawnScore);
  const scores = drawn.filter((score) => score !== null);
  const best = scores.length === 0 ? null : highest(scores);
  const at = best === null ? -1 : drawn.indexOf(best);
  return {
    name,
    file: origin,
    iterations: trials.length,
    images: imagesOf(all),
    ...(goals !== undefined && { goals }),
    best,
    bestIteration: best === null ? null : (trials[at]?.iteration ?? at + 1),
    baselines: all.flatMap((trial) =>
      trial.baseline === undefined ? [] : [{ name: trial.baseline, score: drawnScore(trial) }],
    ),
  };
}

/** Null where a file does not say it of all iterations. */
function imagesOf(trials: PlotRun['trials']): number | null {
  let images = 0;
  for (const { imageCount } of trials) {
    if (imageCount === undefined) return null;
    images += imageCount;
  }
  return images;
}
