/** Where the people are whom the scorer asks, if it asks any. */
import type { SearchConfig } from '../config/schema.ts';
import { checkRater } from '../judging/scoring.ts';
import { usageError } from '../shared/errors.ts';
import type { Environment } from './environment.ts';

/**
 * Before a server is bothered and a file written; who rates on the page is told how to open it.
 * @param hasRun there is a journal, beside which a page finds the questions
 * @throws usage error `manual-needs-terminal`
 */
export function findRater(
  config: SearchConfig,
  { terminal, hasPage, onWarning }: Pick<Environment, 'terminal' | 'hasPage' | 'onWarning'>,
  hasRun = true,
): void {
  const isOnPage = checkRater(config, { terminal, hasPage });
  if (!isOnPage) return;
  if (!hasRun) {
    throw usageError(
      'manual-needs-terminal',
      'The scorer manual can only use the page during a run: here it needs a terminal; leave out manual.where=page.',
    );
  }
  if (hasPage !== true)
    onWarning(`Rate the images on the live page: autombw watch ${config.output} opens it.`);
}
