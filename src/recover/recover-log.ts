/** Weights and scores out of whatever a search left behind. */
import type { RecipeOrder } from '../formats/recipe.ts';
import { learnWidths, readEvents } from './console-log.ts';
import { LogText } from './log-text.ts';
import { RunBuilder } from './run-builder.ts';
import type { Recovered } from './types.ts';

export interface RecoverOptions {
  /** How to read the lists of recipes; `legacy` for those of the first extension. Default `recipe`. */
  readonly order?: RecipeOrder;
}

/**
 * Recovers the runs of a log: the Python tool's console (wrapped, coloured, interleaved, cut anywhere, several runs
 * in one file), a recipe with or without a log below, and autombw's own JSON lines (log or journal). Whatever is not
 * certain is left out and told in the notes. Never throws; a text with nothing in it gives no runs.
 * @param log the decoded text (see `decodeLogBytes`), or its lines without line breaks
 */
export function recoverLog(log: string | Iterable<string>, options: RecoverOptions = {}): Recovered {
  const text = new LogText(typeof log === 'string' ? log : `${[...log].join('\n')}\n`);
  learnWidths(text);
  const builder = new RunBuilder();
  for (const event of readEvents(text, options.order ?? 'recipe')) builder.add(event);
  return builder.finish();
}
