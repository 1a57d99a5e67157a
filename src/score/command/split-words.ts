import { usageError } from '../../shared/errors.ts';
import { CommandFault, splitWords as wordsOf } from '../../shared/process/split-words.ts';

/** The command of a scorer in words. @throws usage error `scorer-command` when it is empty or a quote is never closed */
export function splitWords(line: string, platform: NodeJS.Platform): readonly string[] {
  return asScorerFault(() => wordsOf(line, platform));
}

/** What is wrong with a command is told of the scorer that it is. */
export function asScorerFault<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    const advice = error.message === 'is empty' ? '; give it as run, for example "python scorer.py".' : '';
    throw usageError('scorer-command', `The command of scorer "command" ${error.message}${advice}`, {
      cause: error,
    });
  }
}
