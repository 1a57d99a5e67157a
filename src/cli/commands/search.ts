import { loadSearchConfig } from '../../config/load.ts';
import { planSearch, runSearch } from '../../run/run.ts';
import { EXIT, type CommandContext } from '../cli-process.ts';
import { describePlan } from './describe-plan.ts';
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
  return watchRun(context, options.json === true, (environment) => runSearch(config, environment));
}
