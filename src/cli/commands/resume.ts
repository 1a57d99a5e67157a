import { loadSearchConfig } from '../../config/load.ts';
import { readJournal } from '../../journal/read.ts';
import type { RecordOf } from '../../journal/record.ts';
import { weightsToList } from '../../space/blocks.ts';
import { findJournal } from '../../run/files.ts';
import { resumeRun, runSearch } from '../../run/run.ts';
import { EXIT, type CommandContext } from '../cli-process.ts';
import { exitCodeOf, printSummary } from './summary.ts';
import { watchRun } from './watch.ts';

export interface ResumeCommandOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export async function resumeCommand(
  context: CommandContext,
  run: string,
  flags: Readonly<Record<string, unknown>>,
  options: ResumeCommandOptions,
): Promise<number> {
  const journal = findJournal(run, '.');
  const { records } = await readJournal(journal);
  const [first] = records;
  const { environment, interrupt } = watchRun(context);
  try {
    const summary =
      first?.kind === 'recovered'
        ? await runSearch(
            await loadSearchConfig(flags, options.config, known(first)),
            environment,
            records.filter((record) => record.kind === 'learnt'),
          )
        : await resumeRun(journal, flags, environment);
    printSummary(context, summary, options.json === true);
    return exitCodeOf(summary, interrupt.exitCode());
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode() ?? EXIT.interrupted;
    throw error;
  } finally {
    interrupt.dispose();
  }
}

/** What the log said; flags and config file beat it. */
function known({ modelA, modelB, output, queue }: RecordOf<'recovered'>): Record<string, unknown> {
  return {
    ...(modelA === null ? {} : { modelA }),
    ...(modelB === null ? {} : { modelB }),
    ...(output === null ? {} : { output }),
    ...(queue.length === 0
      ? {}
      : { warmStart: queue.map((weights) => weightsToList(weights, 'search').join(',')) }),
  };
}
