/** The whole run on one page: prepare, plan, search, finish. */
import type { SearchConfig } from '../config/schema.ts';
import { isExpected, messageOf, usageError } from '../shared/errors.ts';
import { reopenJournal, withdrawJournal, type Journal } from '../journal/append.ts';
import { filesOf, type RunFiles } from '../journal/find.ts';
import { readJournal } from '../journal/read.ts';
import type { RecordOf } from '../journal/record.ts';
import { ABORTED_BY_RATER } from '../score/manual/index.ts';
import type { Judge } from '../score/score-image.ts';
import type { StopReason } from '../stop/stop-rule.ts';
import { prepare, type Found, type Prepared } from './1-prepare.ts';
import { makePlan, type Place, type PlanParts } from './2-plan.ts';
import { search } from './3-search.ts';
import { closeJudge, finish, type RunSummary } from './4-finish.ts';
import { readBeginning } from './warm-start.ts';
import { remember, type EarlierPass } from './chain/memory.ts';
import { closeRenderers } from './close-renderers.ts';
import type { Environment } from './environment.ts';
import { checkWritable } from '../journal/name-run.ts';
import { openNewRun } from './new-run.ts';
import { openSession } from './open-session.ts';
import { PICTURES_UNCHANGED } from './repeated-images.ts';
import { makeRequests } from './requests.ts';
import { checkSaving } from './saving.ts';
import { checkRater, identifyScorers, makeJudge } from '../judging/scoring.ts';
import {
  checkSameModels,
  checkSameScorers,
  checkSameSettings,
  checkSameWay,
  explainMissingWay,
  resumeConfig,
  type ResumeOverrides,
} from './resume.ts';
import { record, timestamp, type Session } from './session.ts';

export interface RunOptions {
  /** What a log or an older run has found already: data for the optimizer, and iterations of this run. */
  readonly learnt?: readonly RecordOf<'learnt'>[];
  /** Added to the seeds of all payloads. */
  readonly seedShift?: number;
  /** Which search of a chain it is. */
  readonly place?: Place;
  /** Passes over the same models, whose findings this one is to know. */
  readonly earlier?: readonly EarlierPass[];
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
  const { learnt = [], seedShift = 0, place, earlier = [] } = options;
  const requests = await makeRequests(config, { seedShift, onWarning: environment.onRemark });
  const beginning = await remember(
    await readBeginning(config, environment.onRemark),
    earlier,
    config,
    requests,
  );
  const known = [...beginning.priors, ...learnt];
  await identifyScorers(config, environment.signal);
  // Mistakes in the configuration are found before a server is bothered.
  makePlan(config, { requests, beginning });
  checkWritable(config.folder);
  checkRater(config, environment.terminal);
  const judge = makeJudge(config, environment.terminal);
  const prepared = await prepare(config, requests, environment, judge, async (found) => {
    await checkSaving(config, found, environment, options.isNeeded);
    makePlan(config, { requests, beginning, server: factsOf(found), place });
  });
  try {
    const plan = makePlan(config, { requests, beginning, server: factsOf(prepared), place });
    const opened = openNewRun(config, plan, environment.clock, options.recipeName);
    const { files, recipe } = opened;
    return await withJournal(opened.journal, async (journal) => {
      const parts = { plan, config, files, journal, recipe, prepared, judge, environment };
      const session = openSession({ ...parts, records: known });
      const time = timestamp(environment.clock);
      record(session, { kind: 'plan', version: 1, plan, recipe, time });
      for (const entry of known) record(session, entry);
      options.onBegin?.(files);
      return carryOut(session, prepared);
    });
  } catch (error) {
    await release(prepared, judge, environment, error);
    throw error;
  }
}

/** Goes on with a run as if it had never stopped. */
export async function resumeRun(
  journalFile: string,
  overrides: ResumeOverrides,
  environment: Environment,
): Promise<RunSummary> {
  const { records } = await readJournal(journalFile);
  const [first] = records;
  if (first?.kind !== 'plan') {
    throw usageError(
      'journal-has-no-plan',
      `The journal ${journalFile} was recovered from a log and has no plan: say what to generate with --payload or --config.`,
    );
  }
  const { plan } = first;
  const { config, limits, remark } = resumeConfig(plan, overrides);
  if (remark !== undefined) environment.onRemark(remark);
  checkRater(config, environment.terminal);
  await identifyScorers(config, environment.signal);
  checkSameScorers(plan, config);
  // The lock comes first: the server belongs to whoever has the journal.
  return withJournal(reopenJournal(journalFile), async (journal) => {
    const judge = makeJudge(config, environment.terminal);
    const prepared = await prepare(config, plan.requests, environment, judge, async (found) => {
      checkSameWay(plan, found.server);
      checkSameModels(plan, found.server);
      checkSameSettings(plan, found.server);
      await checkSaving(config, found, environment);
    }).catch((error: unknown) => {
      throw explainMissingWay(plan, error);
    });
    try {
      // Some servers know a hash only once the file was loaded.
      checkSameModels(plan, prepared.server);
      const files = filesOf(journalFile);
      const { recipe } = first;
      const parts = { plan, config, files, journal, recipe, prepared, judge, environment };
      const session = openSession({ ...parts, records });
      record(session, { kind: 'resumed', limits, time: timestamp(environment.clock) });
      return await carryOut(session, prepared);
    } catch (error) {
      await release(prepared, judge, environment, error);
      throw error;
    }
  });
}

/** A run that ends before its own end leaves servers and scorers as they were found, and says what it could not put back. */
async function release(
  { renderers }: Prepared,
  judge: Judge,
  { onRemark }: Environment,
  error: unknown,
): Promise<void> {
  await judge.close().catch((failure: unknown) => onRemark(messageOf(failure)));
  await closeRenderers(renderers, onRemark, { isHurried: !isExpected(error) });
}

/** However it ends, the journal is closed and its lock gone; one that holds nothing yet goes too. */
async function withJournal<T>(journal: Journal, work: (journal: Journal) => Promise<T>): Promise<T> {
  try {
    return await work(journal);
  } catch (error) {
    withdrawJournal(journal);
    throw error;
  }
}

/**
 * The loop and what follows; an error that ends the run still leaves the files of what was found so far. So does a mistake of
 * ours, which is thrown again after that.
 */
async function carryOut(session: Session, { proofs }: Prepared): Promise<RunSummary> {
  try {
    for (const proof of proofs) record(session, { kind: 'proof', proof: { ...proof } });
    let reason: StopReason;
    try {
      reason = await search(session);
    } catch (error) {
      if (!isExpected(error)) throw error;
      reason = { code: STOP_CODES[error.code] ?? 'error', message: messageOf(error) };
    }
    return await finish(session, reason);
  } catch (error) {
    if (!isExpected(error) && !session.signal.aborted) await salvage(session, error);
    throw error;
  } finally {
    await session.images.flush();
    const left = session.journal.close();
    if (left !== undefined) session.observers.onNotice({ level: 'warn', message: left });
    await closeJudge(session);
  }
}

const STOP_CODES: Readonly<Record<string, StopReason['code']>> = {
  [ABORTED_BY_RATER]: 'interrupted',
  [PICTURES_UNCHANGED]: 'pictures-unchanged',
};

/** What can still be done when something is wrong with this program itself: nothing of it may hide what that was. */
async function salvage(session: Session, error: unknown): Promise<void> {
  session.observers.onDefect(error);
  try {
    await finish(
      session,
      { code: 'error', message: `autombw failed: ${messageOf(error)}` },
      { isHurried: true },
    );
  } catch (second) {
    session.observers.onDefect(second);
  }
}

function factsOf({ server, renderers }: Found): PlanParts['server'] {
  const [first] = renderers;
  return first && { report: server, capabilities: first.capabilities };
}
