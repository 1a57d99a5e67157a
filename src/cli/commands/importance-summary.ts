/** What a finished search has learned about its blocks, below its summary. */
import { explainFile, importanceSummary } from '../../importance/index.ts';
import type { RunSummary } from '../../run/5-finish.ts';
import { isExpected } from '../../shared/errors.ts';
import type { CommandContext } from '../cli-process.ts';
import { barStyleOf } from './runs/explain.ts';

/** Nothing after a run that was stopped: whoever stopped it does not want to wait. */
export async function printImportance(
  context: CommandContext,
  { reason, best, files }: RunSummary,
): Promise<void> {
  const { journal } = files;
  if (reason.kind !== 'goal' || best === undefined || journal === undefined) return;
  try {
    const importance = await explainFile(journal);
    const lines = importanceSummary(importance, barStyleOf(context.process));
    context.printInColour(
      ['', ...lines, ...(importance.enough ? [`More: autombw explain "${journal}"`] : [])].join('\n'),
    );
  } catch (error) {
    // A journal that cannot be read has been complained of where it was written.
    if (!isExpected(error)) throw error;
  }
}
