/**
 * What a run writes for people and other programs, out of its journal: CSV after every iteration (in a run of
 * thousands after every few), recipe at every gain.
 */
import path from 'node:path';
import { architectureRow } from '../architectures/registry.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { RunObserver, RunProgress } from '../observers/observer.ts';
import { formatBlockJson } from '../formats/block-json.ts';
import { formatRecipe } from '../formats/recipe.ts';
import { parametersOfSpace } from '../space/space.ts';
import type { BlockWeights } from '../types.ts';
import type { RunFiles } from '../journal/name-run.ts';
import { replaceFile } from '../shared/files/replace-file.ts';
import { makeFolder } from '../shared/files/make-folder.ts';
import { RunCsv } from './run-csv.ts';

export interface ProjectionSettings {
  readonly plan: SearchPlan;
  readonly files: RunFiles;
  readonly recipe: string;
}

/** A file of so many rows is not written whole for one more; at the end it is. */
const ROWS_AT_ONCE = 2000;

export function createProjections({ plan, files, recipe }: ProjectionSettings): RunObserver {
  let bestTrial: number | undefined;
  let rows = 0;
  const csv = new RunCsv(plan);
  const writeCsv = ({ trials }: RunProgress): void => {
    writeWhole(files.csv, csv.text(trials));
    rows = trials.length;
  };
  const writeRecipe = ({ best }: RunProgress): void => {
    if (best === undefined || best.trial === bestTrial) return;
    writeWhole(path.join(files.folder, recipe), recipeText(plan, best.weights));
    // One that could not be written is tried again after the next iteration.
    bestTrial = best.trial;
  };
  return {
    name: 'CSV and recipe',
    onBegin: ({ progress }) => writeCsv(progress),
    onTrial: (_trial, progress) => {
      const { length } = progress.trials;
      if (length - rows >= length / ROWS_AT_ONCE || length < ROWS_AT_ONCE) writeCsv(progress);
      writeRecipe(progress);
    },
    onDoubt: (_trials, progress) => {
      writeCsv(progress);
      writeRecipe(progress);
    },
  };
}

/** Do the lists that recipe files of the field and history.tsv hold say all of such a merge? The family has them, and no parameter is beside the blocks. */
export function hasLists({ space }: Pick<SearchPlan, 'space'>): boolean {
  return architectureRow(space.architecture).lists !== undefined && parametersOfSpace(space).length === 0;
}

/** Without such lists, a recipe is weights by name. */
export function recipeExtension(plan: Pick<SearchPlan, 'space'>): 'txt' | 'json' {
  return hasLists(plan) ? 'txt' : 'json';
}

export function recipeText({ config, server, space }: SearchPlan, weights: BlockWeights): string {
  if (!hasLists({ space })) return formatBlockJson(weights);
  return formatRecipe({
    modelA: server?.modelA.file ?? config.modelA,
    modelB: server?.modelB.file ?? config.modelB,
    modelO: config.output,
    positionIdFix: 'Keep Original',
    outputMode: 'Max Precision',
    weights,
    order: 'recipe',
  });
}

/** Readers see the old file or the new one, never half of it. Makes the folders above it. @throws an error with `errno` */
export function writeWhole(file: string, content: string | Uint8Array): void {
  makeFolder(path.dirname(file));
  replaceFile(file, content);
}
