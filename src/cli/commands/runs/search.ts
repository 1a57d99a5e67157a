import { madeBefore, planChain, type Chain } from '../../../config/chain.ts';
import { readChain } from '../../../config/load.ts';
import { serversOf } from '../../../config/servers.ts';
import { titleOf } from '../../../run/chain/run-chain.ts';
import { takenNameDry } from '../../../run/native-merge.ts';
import { planSearch } from '../../../run/plan-search.ts';
import { runSearch } from '../../../run/run.ts';
import { NEVER_ABORTED } from '../../../shared/abort/never-aborted.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { judgingLine } from '../judging-line.ts';
import { describePlan, PLAN_HEADING } from './describe-plan.ts';
import { deviceOf } from './device-of.ts';
import type { PageOption } from './run-page.ts';
import { watchChain } from './watch-chain.ts';
import { watchRun } from './watch.ts';

export interface SearchCommandOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly page?: PageOption;
  readonly waitForServer?: boolean;
  readonly metrics?: number;
}

export async function searchCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
  options: SearchCommandOptions,
): Promise<number> {
  const raw = await readChain(flags, options.config);
  const chain = planChain(raw);
  const json = options.json === true;
  const { metrics } = options;
  if (options.dryRun === true) return dryRun(context, chain, json);
  const use = { work: 'search', waits: options.waitForServer };
  const [only, ...others] = chain.steps;
  if (only !== undefined && others.length === 0 && chain.merges === 1)
    return watchRun(context, json, (environment) => runSearch(only.config, environment), options.page, use, {
      metrics,
    });
  return watchChain(context, json, { chain, raw }, options.page, use, { metrics });
}

async function dryRun(context: CommandContext, chain: Chain, json: boolean): Promise<number> {
  const plans = await Promise.all(
    chain.steps.map(async (step) => {
      const made = madeBefore(step, chain);
      const plan = await planSearch(step.config, {
        seedShift: step.seedShift,
        made,
        onWarning: (sentence) => context.note(sentence),
      });
      const checkpoint = await takenNameDry(step.config, made, NEVER_ABORTED);
      return { title: titleOf(step, chain), plan, checkpoint };
    }),
  );
  if (json) {
    context.printJson(plans.length === 1 ? plans[0]?.plan : plans);
    return EXIT.ok;
  }
  const [first] = plans;
  // All steps of a chain run on the same servers.
  const servers = first === undefined ? [] : await serversOf(first.plan.config);
  const [server] = servers;
  const device = server && (await deviceOf(server));
  const texts = await Promise.all(
    plans.map(async ({ title, plan, checkpoint }) => {
      const text = describePlan(plan, device, await judgingLine(plan.scorers), servers, checkpoint);
      const folded = text.split('\n').flatMap((line) => context.fold(line, PLAN_HEADING));
      return [...(plans.length > 1 ? [title] : []), ...folded].join('\n');
    }),
  );
  context.print(texts.join('\n\n'));
  return EXIT.ok;
}
