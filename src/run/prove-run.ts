/** Proves what a run has found once it is over: with more images, by another scorer, or another of its iterations. */
import { parseRecordedScoring } from '../config/recorded-config.ts';
import type { SearchConfig } from '../config/schema.ts';
import { proofImageFile } from '../images/names.ts';
import { reopenJournal } from '../journal/append.ts';
import { filesOf } from '../journal/name-run.ts';
import { readJournal } from '../journal/read.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import { readKept } from '../judging/judge-kept.ts';
import { makeScoring } from '../judging/scoring.ts';
import { Broadcast } from '../observers/broadcast.ts';
import { createStatusFile } from '../observers/status-file.ts';
import { imageCount } from '../payload/requests.ts';
import { usualCount } from '../proof/fresh-requests.ts';
import {
  goOn,
  isMeasuredBy,
  knownImages,
  openProof,
  planProof,
  type Measure,
  type ProofStart,
} from '../proof/plan-proof.ts';
import { writeProofOutputs } from '../outputs/write-proof-outputs.ts';
import { proofsOf, type RecordedProof } from '../proof/read-proofs.ts';
import type { Judge } from '../score/score-image.ts';
import { afterColon } from '../shared/after-colon.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import { stopFor, recordedReason } from '../stop/stop-reason.ts';
import { prove, summaryOf, type ProofSummary } from './4-prove.ts';
import { proofsIn } from './prove-server.ts';
import { connect, type Connecting, type Found } from './2-connect.ts';
import type { ConnectedServers } from './connected-servers.ts';
import { withClosing, type Closing } from './closing.ts';
import { RunControl } from './control.ts';
import type { Environment } from './environment.ts';
import { describeScorers } from './make-plan.ts';
import { proofCandidates } from './proof-candidates.ts';
import { beginProof, PROOF_STOPPED, stoppedProof, type EndReason } from './proof-session.ts';
import type { ProofSession } from './proof-lanes.ts';
import { measureOf } from './prove-search.ts';
import { StandingPauses } from './standing-pauses.ts';
import {
  checkSameModels,
  checkSameScorers,
  checkSameSettings,
  checkSameWay,
  explainMissingWay,
  resumeConfig,
  type ResumeOverrides,
} from './resume.ts';
import { RunState } from './run-state.ts';
import { findRater } from './rater.ts';
import { checkSameMerges } from './same-merges.ts';
import { progressOf } from './session.ts';

export interface ProveOptions {
  /** Where the WebUI is, how many images: what a resume may change. */
  readonly overrides: ResumeOverrides;
  /** Scoring options under the keys of the search configuration; none = the run's own scorers. */
  readonly scoring: Readonly<Record<string, unknown>>;
  /** In place of the merge that the run recommends. */
  readonly iteration?: number | undefined;
}

/**
 * Images that are there are judged from their files, and no server is asked where none is missing.
 * @throws usage errors `journal-has-no-plan`, `nothing-to-prove`, `iteration-unknown`, and those of a resume; what ends a run,
 *   and run error `proof-stopped` where somebody stopped it: then the same again goes on
 */
export async function proveRun(
  journalFile: string,
  options: ProveOptions,
  environment: Environment,
): Promise<ProofSummary> {
  const { signal, onWarning } = environment;
  const { plan } = await readPlanned(journalFile);
  const { config: own, warning } = resumeConfig(plan, options.overrides);
  if (warning !== undefined) onWarning(warning);
  const config = withScoring(plan, own, options.scoring);
  findRater(config, environment);
  const { scorers, judge } = await makeScoring(config, signal, environment);
  if (options.scoring['scorer'] === undefined) checkSameScorers(plan, scorers);
  const measure = measureOf(describeScorers(scorers, plan.requests), config);
  return withClosing(onWarning, async (closing) => {
    // The lock comes first: nobody else writes the journal that is read now.
    const journal = reopenJournal(journalFile);
    closing.addJournal(journal);
    const { records } = await readPlanned(journalFile);
    const proofs = proofsOf(records);
    const state = new RunState(plan);
    state.replay(records);
    // A plan without a proof says nothing about one that is asked for later.
    const given = options.overrides['prove'] === undefined ? undefined : config.prove;
    const usual = own.prove === undefined || own.prove === 0 ? usualCount(plan.requests) : own.prove;
    const wish = { plan, state, proofs, measure, given, usual, iteration: options.iteration };
    const files = filesOf(journalFile);
    judge.attach?.(files.journal);
    let start = startOf(wish, undefined);
    const done = proofs.find((one) => one.plan.proof === start.plan.proof);
    if (done?.verdict != null) return summaryOf(start.plan, done.verdict, done.words);
    const isThere = await areAllThere({ start, proofs, measure, folder: files.images, signal });
    let servers: ConnectedServers | undefined;
    if (isThere) await openJudge(judge, closing, signal);
    else {
      servers = await connectAgain({ plan, config, judge, start, journal, records }, environment, closing);
      if (start.isNew) start = startOf(wish, servers);
    }
    const observers = new Broadcast([
      ...environment.createObservers(config, files),
      createStatusFile(files.status),
    ]);
    for (const { renderer } of servers?.all ?? [])
      renderer.onWarning = (sentence) =>
        observers.onNotice({ level: 'warn', message: `${renderer.name}: ${afterColon(sentence)}` });
    const { clock } = environment;
    const control = new RunControl(journalFile, records, new StandingPauses(config));
    const session: ProofSession = {
      plan: { ...plan, config },
      files,
      journal,
      control,
      observers,
      signal,
      clock,
    };
    observers.onBegin({
      output: config.output,
      modelA: plan.server?.modelA.file ?? config.modelA,
      modelB: plan.server?.modelB.file ?? config.modelB,
      optimizer: plan.optimizer.name,
      iterations: state.trials.length,
      imagesPerTrial: imageCount(plan.requests),
      journal: files.journal,
      progress: progressOf({ state, plan: session.plan }),
    });
    const say = (message: string): void => observers.onNotice({ level: 'warn', message });
    const end = beginProof(session, records, start.plan.proof);
    let ending: EndReason = recordedReason(stopFor('interrupted', 'Interrupted.'));
    try {
      const { createEvaluator } = environment;
      const summary = await prove(session, { start, records, servers, judge, createEvaluator, ...measure });
      if (summary === undefined) throw stoppedProof(control.stopAsked, journalFile);
      ending = end(true);
      await closing.close('servers', { say });
      await writeProofOutputs({ plan, files, observers, best: state.recommended()?.best });
      return summary;
    } catch (error) {
      if (isExpected(error))
        ending = recordedReason(
          stopFor(error.code === PROOF_STOPPED ? 'interrupted' : 'error', error.message),
        );
      end(false);
      if (!isExpected(error) && !signal.aborted) observers.onDefect(error);
      throw error;
    } finally {
      await closing.close('servers', { say });
      await observers.onEnd({ reason: ending, best: state.best(), weights: undefined });
    }
  });
}

async function readPlanned(
  journalFile: string,
): Promise<{ readonly plan: SearchPlan; readonly records: readonly JournalRecord[] }> {
  const { records } = await readJournal(journalFile);
  const [planned] = records;
  if (planned?.kind === 'plan') return { plan: planned.plan, records };
  throw usageError(
    'journal-has-no-plan',
    `The journal ${journalFile} was recovered from a log: it has no plan, so it cannot be proved.`,
  );
}

/** Other scorers begin without the settings of the old ones. */
function withScoring(
  { config: recorded }: SearchPlan,
  config: SearchConfig,
  given: ProveOptions['scoring'],
): SearchConfig {
  if (Object.keys(given).length === 0) return config;
  const fresh =
    given['scorer'] === undefined
      ? {}
      : { scorerOptions: {}, scoreMap: {}, combine: 'arithmetic', calibration: undefined };
  const {
    webui: _,
    port: __,
    calibration,
    ...scoring
  } = parseRecordedScoring(recorded, { ...fresh, ...given });
  const { calibration: ___, ...others } = config;
  return { ...others, ...scoring, ...(calibration !== undefined && { calibration }) };
}

interface ProofWish {
  readonly plan: SearchPlan;
  readonly state: RunState;
  readonly proofs: readonly RecordedProof[];
  readonly measure: Measure;
  /** Images that are asked for now. */
  readonly given: number | undefined;
  /** Where nobody says how many. */
  readonly usual: number;
  readonly iteration: number | undefined;
}

/** @param servers undefined as long as none was asked */
function startOf(
  { plan, state, proofs, measure, given, usual, iteration }: ProofWish,
  servers: ConnectedServers | undefined,
): ProofStart {
  const capabilities = servers?.all[0]?.renderer.capabilities;
  const candidates = proofCandidates({ plan, state, proofs, capabilities, iteration });
  const open = openProof(proofs, measure, candidates[0]);
  if (open !== undefined && (given ?? open.plan.images.length) === open.plan.images.length)
    return goOn(proofs, open, measure);
  // What was drawn once is judged whole.
  const count = given ?? Math.max(usual, ...proofs.map((one) => one.plan.images.length));
  if (candidates.length > 0 && count > 0)
    return planProof(plan, proofs, { count, candidates, asksAgain: true, ...measure });
  throw usageError(
    'nothing-to-prove',
    candidates.length === 0
      ? 'No iteration of the run has a score: there is nothing to prove.'
      : 'A proof needs images: give --prove a number above 0.',
  );
}

interface Looking {
  readonly start: ProofStart;
  readonly proofs: readonly RecordedProof[];
  readonly measure: Measure;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Has every candidate all images, with their scores or with a file that can be judged? */
async function areAllThere({ start: { plan }, proofs, measure, folder, signal }: Looking): Promise<boolean> {
  const done = proofs.find((one) => one.plan.proof === plan.proof)?.results ?? [];
  for (const candidate of plan.candidates) {
    if (done.some((result) => result.candidate.name === candidate.name)) continue;
    const known = knownImages(proofs, plan, candidate);
    for (const { request } of plan.images) {
      const there = known.get(request);
      if (there === undefined) return false;
      const { proof, record: image } = there;
      if (isMeasuredBy(proof, measure)) continue;
      const file = proofImageFile(folder, proof.plan, there.candidate.name, image);
      if (file === undefined || (await readKept({ file, image, signal })) === undefined) return false;
    }
  }
  return true;
}

async function openJudge(judge: Judge, closing: Closing, signal: AbortSignal): Promise<void> {
  closing.addJudge(judge);
  await judge.open(signal);
}

interface Reconnecting {
  readonly plan: SearchPlan;
  readonly config: SearchConfig;
  readonly judge: Judge;
  readonly start: ProofStart;
  readonly journal: Connecting['journal'];
  readonly records: readonly JournalRecord[];
}

/** The server must be the one that the search had: its models, settings and backend. */
async function connectAgain(
  { plan, config, judge, start, journal, records }: Reconnecting,
  environment: Environment,
  closing: Closing,
): Promise<ConnectedServers> {
  const check = ({ report, renderers }: Found): void => {
    checkSameWay(plan, report);
    checkSameModels(plan, report);
    checkSameSettings(plan, report);
    checkSameMerges(plan, renderers);
  };
  const { requests } = start.plan;
  try {
    const searched = plan.requests;
    const proofs = proofsIn(records);
    const opening = { config, requests, searched, ...(journal && { journal }), proofs, judge, check };
    const servers = await connect(opening, environment, closing);
    checkSameModels(plan, servers.report);
    return servers;
  } catch (error) {
    throw explainMissingWay(plan, error);
  }
}
