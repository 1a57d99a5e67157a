/** Proves what a run has found on fresh images, later or by another scorer. */
import { findJournal } from '../../../journal/find.ts';
import type { Environment } from '../../../run/environment.ts';
import { proveRun } from '../../../run/prove-run.ts';
import { isExpected } from '../../../shared/errors.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { JUDGING_KEYS } from '../../search-options.ts';
import { proofLines } from '../summary.ts';
import { watchWork } from './watch.ts';

export interface ProveCommandOptions {
  readonly iteration?: number;
  readonly json?: boolean;
  readonly waitForServer?: boolean;
}

/** @returns 0 when the winner is better than all that it was compared with, 3 when that is not proved */
export async function proveCommand(
  context: CommandContext,
  run: string,
  flags: Readonly<Record<string, unknown>>,
  { iteration, json = false, waitForServer }: ProveCommandOptions,
): Promise<number> {
  const { folder = '.', ...settings } = flags;
  const journal = findJournal(run, String(folder));
  const isScoring = (key: string): boolean => SCORING_KEYS.some((scoring) => scoring === key);
  const entries = Object.entries(settings);
  const use = { work: 'proof', waits: waitForServer };
  const work = async (environment: Environment, signalCode: () => number | undefined): Promise<number> => {
    const wish = {
      overrides: Object.fromEntries(entries.filter(([key]) => !isScoring(key))),
      scoring: Object.fromEntries(entries.filter(([key]) => isScoring(key))),
      iteration,
    };
    const summary = await proveRun(journal, wish, environment).catch((error: unknown) => {
      if (isExpected(error) && error.code === 'proof-stopped') return error;
      throw error;
    });
    if (summary instanceof Error) {
      context.note(summary.message);
      return EXIT.interrupted;
    }
    if (json) context.printJson({ journal, ...summary });
    else context.print(proofLines(summary).join('\n'));
    return signalCode() ?? (summary.verdict.isProved ? EXIT.ok : EXIT.notProved);
  };
  return watchWork(context, work, undefined, use);
}

const SCORING_KEYS: readonly string[] = JUDGING_KEYS.filter((key) => key !== 'scoreCache');
