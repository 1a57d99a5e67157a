import path from 'node:path';
import { loadSearchConfig } from '../../../config/load.ts';
import { readJournal } from '../../../journal/read.ts';
import type { JournalRecord, RecordOf } from '../../../journal/record.ts';
import { weightsToList } from '../../../architectures/sd-lists.ts';
import { findJournal } from '../../../journal/find.ts';
import { filesOf } from '../../../journal/name-run.ts';
import { CHAIN_SUFFIX } from '../../../journal/chain-record.ts';
import type { RunSummary } from '../../../run/5-finish.ts';
import type { Environment } from '../../../run/environment.ts';
import { resumeRun, runSearch } from '../../../run/run.ts';
import type { CommandContext } from '../../cli-process.ts';
import type { PageOption } from './run-page.ts';
import { watchResumedChain } from './watch-chain.ts';
import { watchRun } from './watch.ts';

export interface ResumeCommandOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly page?: PageOption;
  readonly waitForServer?: boolean;
  readonly metrics?: number;
}

export async function resumeCommand(
  context: CommandContext,
  run: string,
  flags: Readonly<Record<string, unknown>>,
  options: ResumeCommandOptions,
): Promise<number> {
  // Where to look; where to write is where the journal lies.
  const { folder = '.', ...settings } = flags;
  const { page, metrics } = options;
  const more = { metrics };
  const use = { work: 'search', waits: options.waitForServer };
  const json = options.json === true;
  const journal = findJournal(run, String(folder));
  if (journal.endsWith(CHAIN_SUFFIX))
    return watchResumedChain(context, json, journal, settings, page, use, more);
  const { first, learned } = await beginningOf(journal);
  // A search of a chain goes on with the chain.
  if (first?.kind === 'plan' && first.plan.chain !== null) {
    const chain = path.join(filesOf(journal).folder, first.plan.chain);
    return watchResumedChain(context, json, chain, settings, page, use, more);
  }
  const work = async (environment: Environment): Promise<RunSummary> => {
    if (first?.kind !== 'recovered') return resumeRun(journal, settings, environment);
    const config = await loadSearchConfig(flags, options.config, known(first));
    return runSearch(config, environment, { learnt: learned });
  };
  return watchRun(context, json, work, page, use, more);
}

/** No more of the journal: the run that goes on reads it itself, and a long one is large. */
async function beginningOf(
  journal: string,
): Promise<{ readonly first: JournalRecord | undefined; readonly learned: readonly RecordOf<'learnt'>[] }> {
  const { records } = await readJournal(journal);
  return { first: records[0], learned: records.filter((record) => record.kind === 'learnt') };
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
