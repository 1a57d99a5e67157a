/** Turns what a log still tells into the files of a run: recipe, CSV, and a journal that `resume` goes on with. */
import path from 'node:path';
import { writeJournal } from '../journal/append.ts';
import { journalFromLog } from '../journal/from-log.ts';
import { trialsOf } from '../journal/read.ts';
import { JOURNAL_VERSION, type JournalRecord } from '../journal/record.ts';
import { formatBlockJson } from '../formats/block-json.ts';
import { formatHistoryCsv } from '../formats/history-csv.ts';
import { formatRecipe } from '../formats/recipe.ts';
import { toTrials, type PlainTrials, type Recovered, type RecoveredIteration } from '../recover/index.ts';
import { hasListedBlock } from '../architectures/sd-lists.ts';
import type { BlockWeights } from '../types.ts';
import { checkWritable, nameRun, reserveRecipe } from '../journal/name-run.ts';
import { writeWhole } from '../outputs/projections.ts';
import { trialsCsv } from '../outputs/run-csv.ts';

export interface RecoveredFiles {
  readonly text: string;
  readonly recovered: Recovered;
  /** Name of the log. */
  readonly source: string;
  readonly folder: string;
}

/** @returns path by kind of file */
export function writeRecovered({ text, recovered, source, folder }: RecoveredFiles): Record<string, string> {
  const { best, iterations } = toTrials(recovered);
  const known = withBest(iterations, best);
  const whole = journalFromLog(text, source);
  const run = recovered.runs.findLast(({ modelA, modelB }) => modelA !== undefined && modelB !== undefined);
  const plan = whole?.[0]?.kind === 'plan' ? whole[0].plan : undefined;
  const names = {
    modelA: plan?.server?.modelA.file ?? run?.recipe?.modelA ?? run?.modelA ?? null,
    modelB: plan?.server?.modelB.file ?? run?.recipe?.modelB ?? run?.modelB ?? null,
    output: plan?.config.output ?? run?.recipe?.modelO ?? run?.modelO ?? null,
  };
  const output = names.output ?? `${path.basename(source).replace(/(\.recipe)?\.\w+$/, '')}-recovered`;
  checkWritable(folder);
  const files = nameRun({
    folder,
    modelA: names.modelA ?? 'unknown A',
    modelB: names.modelB ?? 'unknown B',
    output,
    pass: 0,
    date: new Date(),
  });
  // A log that is cut may name weights and no plan.
  const isNamed = best !== undefined && !hasListedBlock(Object.keys(best.weights));
  const recipe = reserveRecipe(folder, output, isNamed ? 'json' : 'txt');
  const records = whole === undefined ? learntRecords() : withRecipe(whole, recipe);
  writeJournal(files.journal, records);
  writeWhole(files.csv, whole === undefined ? learntCsv() : trialsCsv(trialsOf(whole).finished, plan));
  const recipeFile = path.join(folder, recipe);
  writeWhole(recipeFile, recipeOf());
  return { journal: files.journal, csv: files.csv, recipe: recipeFile };

  function learntRecords(): JournalRecord[] {
    const queue = recovered.runs.at(-1)?.unfinished ?? [];
    return [
      {
        kind: 'recovered',
        version: JOURNAL_VERSION,
        source: path.basename(source),
        ...names,
        queue: best === undefined || best.score !== null ? [...queue] : [best.weights, ...queue],
      },
      ...known.map(({ weights, score }, index) => ({
        kind: 'learnt' as const,
        trial: index + 1,
        weights,
        score,
      })),
    ];
  }

  function learntCsv(): string {
    return formatHistoryCsv(
      known.map(({ weights, score }) => ({
        weights,
        score,
        evalTimes: null,
        iterTimes: null,
        extra: {},
      })),
    );
  }

  function recipeOf(): string {
    if (isNamed) return formatBlockJson(best.weights);
    return formatRecipe({
      modelA: names.modelA ?? '',
      modelB: names.modelB ?? '',
      modelO: output,
      positionIdFix: run?.recipe?.positionIdFix ?? 'Keep Original',
      outputMode: run?.recipe?.outputMode ?? 'Max Precision',
      weights: best?.weights ?? {},
      order: 'recipe',
    });
  }
}

/** The end block knows the best score also where the iterations themselves were cut away. */
function withBest(
  iterations: readonly RecoveredIteration[],
  best: PlainTrials['best'],
): RecoveredIteration[] {
  const score = best?.score ?? null;
  if (best === undefined || score === null) return [...iterations];
  const isKnown = iterations.some(({ weights }) => sameWeights(weights, best.weights));
  return isKnown ? [...iterations] : [...iterations, { weights: best.weights, score }];
}

/** A block without a weight is model A's. */
function sameWeights(one: BlockWeights, other: BlockWeights): boolean {
  return [...Object.keys(one), ...Object.keys(other)].every(
    (name) => (one[name] ?? 0) === (other[name] ?? 0),
  );
}

function withRecipe(records: readonly JournalRecord[], recipe: string): JournalRecord[] {
  return records.map((entry) => (entry.kind === 'plan' ? { ...entry, recipe } : entry));
}
