/** The two ways into a run: a new search, and one that goes on. */
import type { SearchConfig } from '../config/schema.ts';
import { usageError } from '../shared/errors.ts';
import { reopenJournal } from '../journal/append.ts';
import { filesOf, isReserved, recipeName, type RunFiles } from '../journal/name-run.ts';
import { pauseOf, readJournal } from '../journal/read.ts';
import type { RecordOf } from '../journal/record.ts';
import { recipeExtension } from '../outputs/projections.ts';
import { proofsIn } from './prove-server.ts';
import { makeScoring } from '../judging/scoring.ts';
import { planOffline, type OfflineOptions } from './1-plan.ts';
import type { Found } from './2-connect.ts';
import type { RunSummary } from './5-finish.ts';
import { RunControl } from './control.ts';
import type { Environment } from './environment.ts';
import { completePlan, type ServerFacts } from './make-plan.ts';
import { checkEqualMerges, checkSameMerges } from './same-merges.ts';
import { findRater } from './rater.ts';
import { openNewRun } from './new-run.ts';
import { savedIn } from './open-session.ts';
import {
  checkSameModels,
  checkSameScorers,
  checkSameSettings,
  checkSameWay,
  explainMissingWay,
  resumeConfig,
  type ResumeOverrides,
} from './resume.ts';
import { checkSaving } from './saving.ts';
import { timestamp } from './session.ts';
import { isStanding, StandingPauses } from './standing-pauses.ts';
import { start, type Begun } from './start.ts';

export interface RunOptions extends OfflineOptions {
  /** What a log or an older run has found already: data for the optimizer, and iterations of this run. */
  readonly learnt?: readonly RecordOf<'learnt'>[];
  /** A later search needs the merged checkpoint. */
  readonly isNeeded?: boolean;
  /** Name of the recipe's file, where it is not that of the merged model. */
  readonly recipeName?: string;
  /** Told when the journal holds the plan and what is known: from then on it can be resumed. */
  readonly onBegin?: (files: RunFiles) => void;
}

export async function runSearch(
  config: SearchConfig,
  environment: Environment,
  options: RunOptions = {},
): Promise<RunSummary> {
  const { learnt = [], isNeeded = false, recipeName: nameOfRecipe = config.output, onBegin } = options;
  const { clock } = environment;
  const offline = await planOffline(config, options, environment);
  findRater(config, environment);
  const { requests, warmStart, scoring } = offline;
  let plan = offline.plan;
  const check = async (found: Found): Promise<void> => {
    await checkSaving(config, found, environment, { isNeeded });
    plan = completePlan(plan, config, { warmStart, server: factsOf(found) });
    checkEqualMerges(plan, found.renderers);
  };
  const begin = ({ report }: Found): Begun => {
    // Some servers know a hash only once the file was loaded.
    plan = { ...plan, server: structuredClone(report) };
    const place = openNewRun(config, plan, clock, nameOfRecipe);
    const { recipe } = place;
    const usual = recipeName(nameOfRecipe, recipeExtension(plan));
    if (recipe !== usual)
      environment.onWarning(
        `${usual} ${isReserved(config.folder, usual) ? 'is empty (reserved by a search that has found nothing yet, or left by one that never began)' : 'exists'}, so this run will write ${recipe}.`,
      );
    const known = [...warmStart.priors, ...learnt];
    const first = { kind: 'plan' as const, version: 1 as const, plan, recipe, time: timestamp(clock) };
    const control = new RunControl(place.files.journal, [], new StandingPauses(config));
    return { ...place, control, plan, known, first: [first, ...known] };
  };
  const { judge } = scoring;
  return start({ config, requests, judge, check, begin }, environment, onBegin);
}

/** Goes on with a run as if it had never stopped. */
export async function resumeRun(
  journalFile: string,
  overrides: ResumeOverrides,
  environment: Environment,
): Promise<RunSummary> {
  const { records } = await readJournal(journalFile);
  const [planned] = records;
  if (planned?.kind !== 'plan') {
    throw usageError(
      'journal-has-no-plan',
      `The journal ${journalFile} was recovered from a log and has no plan: give what to generate with --payload or --config.`,
    );
  }
  const { plan, recipe } = planned;
  const { config, limits, warning } = resumeConfig(plan, overrides);
  if (warning !== undefined) environment.onWarning(warning);
  const { signal, clock } = environment;
  findRater(config, environment);
  const { scorers, judge } = await makeScoring(config, signal, environment);
  checkSameScorers(plan, scorers);
  const journal = reopenJournal(journalFile);
  // What comes while the servers are connected is followed; what came before is over.
  const control = new RunControl(journalFile, records, new StandingPauses(config));
  const paused = pauseOf(records);
  if (paused !== undefined && !isStanding(paused))
    environment.onWarning(`The run was paused by ${paused.by}; continuing now.`);
  const check = async (found: Found): Promise<void> => {
    checkSameWay(plan, found.report);
    checkSameModels(plan, found.report);
    checkSameSettings(plan, found.report);
    checkSameMerges(plan, found.renderers);
    await checkSaving(config, found, environment, { own });
  };
  const own = savedIn(records).map(({ checkpoint }) => checkpoint);
  const known = [records];
  const begin = ({ report }: Found): Begun => {
    // Some servers know a hash only once the file was loaded.
    checkSameModels(plan, report);
    const resumed = { kind: 'resumed' as const, limits, time: timestamp(clock) };
    const files = filesOf(journalFile);
    // Nobody but the caller has them then: what a long run has recorded is large, and it knows what it makes of it.
    const [all = []] = known.splice(0);
    return { plan, files, journal, control, recipe, known: all, first: [resumed] };
  };
  const explain = (error: unknown): unknown => explainMissingWay(plan, error);
  const proofs = proofsIn(records);
  return start(
    { config, requests: plan.requests, judge, journal, proofs, check, explain, begin },
    environment,
  );
}

function factsOf({ report, renderers }: Found): ServerFacts {
  const [first] = renderers;
  if (first === undefined) throw new Error('a run needs at least one WebUI');
  return { report, capabilities: first.capabilities };
}
