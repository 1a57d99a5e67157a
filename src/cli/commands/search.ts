import { loadSearchConfig } from '../../config/load.ts';
import { planSearch, runSearch } from '../../run/run.ts';
import { EXIT, type CommandContext } from '../cli-process.ts';
import { describePlan } from './describe-plan.ts';
import { exitCodeOf, printSummary } from './summary.ts';
import { watchRun } from './watch.ts';

export interface SearchCommandOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function searchCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
  options: SearchCommandOptions,
): Promise<number> {
  const config = await loadSearchConfig(flags, options.config);
  if (options.dryRun === true) {
    const plan = await planSearch(config);
    if (options.json === true) context.printJson(plan);
    else context.print(describePlan(plan));
    return EXIT.ok;
  }
  const { environment, interrupt } = watchRun(context);
  try {
    const summary = await runSearch(config, environment);
    printSummary(context, summary, options.json === true);
    return exitCodeOf(summary, interrupt.exitCode());
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode() ?? EXIT.interrupted;
    throw error;
  } finally {
    interrupt.dispose();
  }
}
