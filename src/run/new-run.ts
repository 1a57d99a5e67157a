/** A new run takes its place on the disk: a name that is free, its journal with its lock, and the name of its recipe. */
import type { SearchConfig } from '../config/schema.ts';
import { isExpected } from '../shared/errors.ts';
import { createJournal, withdrawJournal, type Journal } from '../journal/append.ts';
import type { RunFiles } from '../journal/name-run.ts';
import type { SearchPlan } from '../journal/record.ts';
import { recipeExtension } from '../outputs/projections.ts';
import { nameRun, reserveRecipe } from '../journal/name-run.ts';
import type { Clock } from '../shared/clock.ts';

/** @param recipeName of the recipe's file, which usually is that of the merged model */
export function openNewRun(
  config: SearchConfig,
  plan: SearchPlan,
  clock: Clock,
  recipeName: string,
): { files: RunFiles; journal: Journal; recipe: string } {
  const name = {
    folder: config.folder,
    modelA: plan.server?.modelA.file ?? config.modelA,
    modelB: plan.server?.modelB.file ?? config.modelB,
    output: config.output,
    pass: plan.pass,
    date: new Date(clock.now()),
  };
  for (;;) {
    const files = nameRun(name);
    let journal: Journal;
    try {
      journal = createJournal(files.journal);
    } catch (error) {
      // Another run took the name between the look and the creation: the next one is free.
      if (!isExpected(error) || error.code !== 'journal-exists') throw error;
      continue;
    }
    try {
      return { files, journal, recipe: reserveRecipe(config.folder, recipeName, recipeExtension(plan)) };
    } catch (error) {
      withdrawJournal(journal);
      throw error;
    }
  }
}
