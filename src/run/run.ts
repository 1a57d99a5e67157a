/** The whole run on one page: prepare, plan, search, finish. */
import type { SearchConfig } from '../config/schema.ts';
import { isExpected, messageOf, usageError } from '../errors.ts';
import { createJournal, reopenJournal, withdrawJournal, type Journal } from '../journal/append.ts';
import { filesOf, type RunFiles } from '../journal/find.ts';
import { readJournal } from '../journal/read.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../journal/record.ts';
import { Broadcast } from '../observers/broadcast.ts';
import { pictureCount } from '../payload/requests.ts';
import { ABORTED_BY_RATER } from '../score/manual/index.ts';
import type { StopReason } from '../stop/stop-rule.ts';
import type { Renderer } from '../renderers/index.ts';
import { pixelHash, prepare, type Prepared } from './1-prepare.ts';
import { makePlan, makeRules, type Place, type PlanParts } from './2-plan.ts';
import { search } from './3-search.ts';
import { closeJudge, finish, type RunSummary } from './4-finish.ts';
import { readBeginning } from './beginning.ts';
import { remember, type EarlierPass } from './chain/memory.ts';
import { closeRenderers } from './close-renderers.ts';
import type { Environment } from './environment.ts';
import { checkWritable, nameRun, reserveRecipe } from './files.ts';
import { MergeGuard, type KnownPoint } from './guard.ts';
import { Ledger } from './ledger.ts';
import { createProjections } from './projections.ts';
import { createPictureKeeper } from './pictures/keeper.ts';
import { makeRequests } from './requests.ts';
import { checkRater, identifyScorers, makeJudge } from './scoring.ts';
import {
  checkSameModels,
  checkSameScorers,
  resumeConfig,
  trialsBeforeMending,
  type ResumeOverrides,
} from './resume.ts';
import { record, standingOf, timestamp, type Lane, type Session } from './session.ts';

export interface RunOptions {
  /** What a log or an older run has found already: data for the optimizer, and iterations of this run. */
  readonly learnt?: readonly RecordOf<'learnt'>[];
  /** Added to the seeds of all payloads. */
  readonly seedShift?: number;
  /** Which search of a chain it is. */
  readonly place?: Place;
  /** Passes over the same models, whose findings this one is to know. */
  readonly earlier?: readonly EarlierPass[];
  /** Name of the recipe's file, where it is not that of the merged model. */
  readonly recipeName?: string;
  /** Told when the journal holds the plan and what is known: from then on it can be resumed. */
  readonly onBegin?: (files: RunFiles) => void;
}

/** The plan alone, without asking any server: `--dry-run`. */
export async function planSearch(
  config: SearchConfig,
  { seedShift = 0, onWarning }: { seedShift?: number; onWarning?: (sentence: string) => void } = {},
): Promise<SearchPlan> {
  const requests = await makeRequests(config, {
    seedShift,
    ...(onWarning === undefined ? {} : { onWarning }),
  });
  return makePlan(config, { requests, beginning: await readBeginning(config, onWarning) });
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
  const prepared = await prepare(config, requests, environment);
  try {
    const plan = makePlan(config, { requests, beginning, server: factsOf(prepared), place });
    const opened = openNewRun(config, plan, environment, options);
    const { files, recipe } = opened;
    return await withJournal(opened.journal, async (journal) => {
      const session = openSession({
        plan,
        config,
        files,
        journal,
        recipe,
        prepared,
        environment,
        records: known,
      });
      record(session, {
        kind: 'plan',
        version: 1,
        plan,
        recipe,
        time: timestamp(environment.clock),
      });
      for (const entry of known) record(session, entry);
      options.onBegin?.(files);
      return carryOut(session, prepared);
    });
  } catch (error) {
    await closeRenderers(prepared.renderers, environment.onRemark, { isHurried: !isExpected(error) });
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
  const { config, limits } = resumeConfig(plan, overrides);
  checkRater(config, environment.terminal);
  await identifyScorers(config, environment.signal);
  // Before the server is bothered: it belongs to whoever has the journal.
  return withJournal(reopenJournal(journalFile), async (journal) => {
    const prepared = await prepare(config, plan.requests, environment);
    try {
      checkSameModels(plan, prepared.server);
      checkSameScorers(plan, config);
      const session = openSession({
        plan,
        config,
        files: filesOf(journalFile),
        journal,
        recipe: first.recipe,
        prepared,
        environment,
        records,
      });
      record(session, { kind: 'resumed', limits, time: timestamp(environment.clock) });
      return await carryOut(session, prepared);
    } catch (error) {
      await closeRenderers(prepared.renderers, environment.onRemark, { isHurried: !isExpected(error) });
      throw error;
    }
  });
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
    await session.judge.open(session.signal);
    let reason: StopReason;
    try {
      reason = await search(session);
    } catch (error) {
      if (!isExpected(error)) throw error;
      const code = error.code === ABORTED_BY_RATER ? 'interrupted' : 'error';
      reason = { code, message: messageOf(error) };
    }
    return await finish(session, reason);
  } catch (error) {
    if (!isExpected(error) && !session.signal.aborted) await salvage(session, error);
    throw error;
  } finally {
    await session.pictures.flush();
    const left = session.journal.close();
    if (left !== undefined) session.observers.onNotice({ level: 'warn', message: left });
    await closeJudge(session);
  }
}

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

interface Parts {
  readonly plan: SearchPlan;
  /** The plan's configuration with what this session was given in its place. */
  readonly config: SearchConfig;
  readonly files: RunFiles;
  readonly journal: Journal;
  readonly recipe: string;
  readonly prepared: Prepared;
  readonly environment: Environment;
  readonly records: readonly JournalRecord[];
}

function openSession({
  plan,
  config,
  files,
  journal,
  recipe,
  prepared,
  environment,
  records,
}: Parts): Session {
  const ledger = new Ledger(plan);
  const faithful = ledger.replay(records);
  const { clock, signal } = environment;
  const observers = new Broadcast([
    ...environment.createObservers(config, files),
    createProjections({ plan, files, recipe }),
  ]);
  const lanes = prepared.renderers.map((renderer, i) => laneOf(renderer, prepared.known[i], config));
  observers.onBegin({
    output: config.output,
    modelA: plan.server?.modelA.file ?? config.modelA,
    modelB: plan.server?.modelB.file ?? config.modelB,
    optimizer: plan.optimizer.name,
    iterations: config.iterations,
    picturesPerTrial: pictureCount(plan.requests),
    journal: files.journal,
    standing: standingOf({ ledger, plan: { ...plan, config } }),
  });
  if (!faithful) {
    observers.onNotice({
      level: 'warn',
      message:
        'This version of the optimizer proposes other points than the one that began the run; it has learnt all scores and goes on in its own way.',
    });
  }
  const seconds = ledger.trials.reduce((sum, trial) => sum + trial.time.iteration, 0);
  return {
    plan: { ...plan, config },
    files,
    recipe,
    ledger,
    journal,
    lanes,
    judge: makeJudge(config, environment.terminal),
    pictures: createPictureKeeper({
      folder: files.images,
      requests: plan.requests,
      config,
      onTrouble: (message) => observers.onNotice({ level: 'warn', message }),
    }),
    rules: makeRules(config, trialsBeforeMending(records)),
    observers,
    signal,
    clock,
    began: clock.now(),
    minutesBefore: seconds / 60 / Math.max(1, lanes.length),
  };
}

function laneOf(
  renderer: Renderer,
  known: KnownPoint | undefined,
  { checkEvery: every }: SearchConfig,
): Lane {
  const { name } = renderer;
  if (known === undefined) return { name, renderer };
  return { name, renderer, guard: new MergeGuard({ renderer, known, every, hash: pixelHash }) };
}

function openNewRun(
  config: SearchConfig,
  plan: SearchPlan,
  { clock }: Environment,
  { recipeName = config.output }: RunOptions,
): { files: RunFiles; journal: Journal; recipe: string } {
  const name = {
    folder: config.folder,
    modelA: plan.server?.modelA.file ?? config.modelA,
    modelB: plan.server?.modelB.file ?? config.modelB,
    output: config.output,
    pass: plan.pass,
    date: new Date(clock.now()),
  };
  for (;;) {
    const files = nameRun(name);
    let journal: Journal;
    try {
      journal = createJournal(files.journal);
    } catch (error) {
      // Another run took the name between the look and the creation: the next one is free.
      if (!isExpected(error) || error.code !== 'journal-exists') throw error;
      continue;
    }
    try {
      return { files, journal, recipe: reserveRecipe(config.folder, recipeName) };
    } catch (error) {
      withdrawJournal(journal);
      throw error;
    }
  }
}

function factsOf({ server, renderers }: Prepared): PlanParts['server'] {
  const [first] = renderers;
  return first && { report: server, capabilities: first.capabilities };
}
