/** A chain of searches on this terminal: which one it is at, the end of each, and what became of all of them. */
import { madeBefore, type Chain } from '../../../config/chain.ts';
import { withAbsolutePaths } from '../../../config/load.ts';
import { withoutSecrets } from '../../../config/without-secrets.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { resumeChain } from '../../../run/chain/resume-chain.ts';
import {
  runChain,
  type ChainSummary,
  type ChainWatcher,
  type StepResult,
} from '../../../run/chain/run-chain.ts';
import type { Environment } from '../../../run/environment.ts';
import type { ResumeOverrides } from '../../../run/resume.ts';
import { planSearch } from '../../../run/plan-search.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { exitCodeOf, printSummary, summaryJson } from '../summary.ts';
import type { ServerUse } from './claimed-servers.ts';
import type { PageOption } from './run-page.ts';
import { watchWork, type WatchedWork } from './watch.ts';

export interface GivenChain {
  readonly chain: Chain;
  /** The configuration as it was given. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** @returns the exit code: 1 when any of its searches was not done */
export async function watchChain(
  context: CommandContext,
  json: boolean,
  { chain, raw }: GivenChain,
  page?: PageOption,
  use?: ServerUse,
  more?: WatchedWork,
): Promise<number> {
  // A mistake in the last search is found before the first one begins.
  for (const step of chain.steps) await planSearch(step.config, { made: madeBefore(step, chain) });
  const open = withoutSecrets(withAbsolutePaths(raw, context.process.cwd()));
  const work = async (environment: Environment, signalCode: () => number | undefined): Promise<number> => {
    const summary = await runChain(chain, open, environment, watcherOf(context, json));
    return conclude(context, json, summary, signalCode());
  };
  return watchWork(context, work, page, use, more);
}

export async function watchResumedChain(
  context: CommandContext,
  json: boolean,
  file: string,
  overrides: ResumeOverrides,
  page?: PageOption,
  use?: ServerUse,
  more?: WatchedWork,
): Promise<number> {
  const work = async (environment: Environment, signalCode: () => number | undefined): Promise<number> => {
    const summary = await resumeChain(file, overrides, environment, watcherOf(context, json));
    return conclude(context, json, summary, signalCode());
  };
  return watchWork(context, work, page, use, more);
}

function watcherOf(context: CommandContext, json: boolean): ChainWatcher {
  return {
    onStep: (title, isResumed) => context.note(`\n${title}${isResumed ? ' (resumed)' : ''}`),
    onResult: async ({ state, message, summary }) => {
      if (summary !== undefined && !json) await printSummary(context, summary, false);
      else if (summary === undefined && state !== 'done') context.note(`${state}: ${message}`);
    },
  };
}

function conclude(
  context: CommandContext,
  json: boolean,
  { journal, results }: ChainSummary,
  signalCode: number | undefined,
): number {
  const isDone = results.every(({ state }) => state === 'done');
  if (json) {
    const steps = results.map(({ step, title, state, message, summary }) => ({
      id: step.id,
      title,
      state,
      message,
      summary: summary === undefined ? null : summaryJson(summary),
    }));
    context.printJson({ journal, isDone, steps });
  } else {
    context.print(['', 'All of them', ...results.map(resultLine)].join('\n'));
    if (!isDone) context.print(`Continue with: autombw resume "${journal}"`);
  }
  const isWell = results.every(
    ({ summary }) => summary === undefined || exitCodeOf(summary, undefined) === EXIT.ok,
  );
  if (isDone) return isWell ? EXIT.ok : EXIT.failed;
  return signalCode ?? (results.some(({ state }) => state === 'stopped') ? EXIT.interrupted : EXIT.failed);
}

function resultLine({ title, state, message, summary }: StepResult): string {
  const score = summary?.recommended === undefined ? '' : `  ${scoreText(summary.recommended.score)}`;
  return `  ${state.padEnd(8)}${title}${score}${state === 'done' ? '' : `  ${message}`}`;
}
