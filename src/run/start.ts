/** A run from its servers to its end: connect, search, finish. A new search and one that goes on differ in what they bring. */
import type { SearchConfig } from '../config/schema.ts';
import type { ErrorCode } from '../shared/error-codes.ts';
import { isExpected, messageOf } from '../shared/errors.ts';
import type { Journal } from '../journal/append.ts';
import { releaseRecipe, type RunFiles } from '../journal/name-run.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import { ABORTED_BY_RATER } from '../score/manual/index.ts';
import { stopFor, type StopCode, type StopReason } from '../stop/stop-reason.ts';
import { connect, type Connecting, type Found } from './2-connect.ts';
import { search } from './3-search.ts';
import type { ProofSummary } from './4-prove.ts';
import { finish, type RunSummary } from './5-finish.ts';
import { withClosing } from './closing.ts';
import type { Environment } from './environment.ts';
import { openSession, type SessionParts } from './open-session.ts';
import { proveSearch, type SearchProof } from './prove-search.ts';
import { PICTURES_UNCHANGED } from './repeated-images.ts';
import { record, type Control, type Session } from './session.ts';

export interface Opening extends Connecting {
  /** Of this session. */
  readonly config: SearchConfig;
  readonly journal?: Journal;
  /** What a failure to connect means for this run. */
  readonly explain?: (error: unknown) => unknown;
  /** The servers are proved: the run takes its place on the disk. */
  readonly begin: (found: Found) => Begun;
}

export interface Begun {
  readonly plan: SearchPlan;
  readonly files: RunFiles;
  readonly journal: Journal;
  readonly control: Control;
  readonly recipe: string;
  /** What the run knows already. */
  readonly known: readonly JournalRecord[];
  /** What it writes before its first trial. */
  readonly first: readonly JournalRecord[];
}

/**
 * @param onBegin told when the journal holds the plan and what is known: from then on it can be resumed
 * @throws what speaks against the run before it has begun, and mistakes of ours; servers, scorers and journal are closed, and
 *   what could not be put back is said
 */
export async function start(
  opening: Opening,
  environment: Environment,
  onBegin?: (files: RunFiles) => void,
): Promise<RunSummary> {
  return withClosing(environment.onWarning, async (closing) => {
    if (opening.journal !== undefined) closing.addJournal(opening.journal);
    const { judge } = opening;
    const servers = await connect(opening, environment, closing).catch((error: unknown) => {
      throw opening.explain?.(error) ?? error;
    });
    const session = await begin(opening, { servers, environment, closing });
    onBegin?.(session.files);
    return carryOut(session, { servers, judge, createEvaluator: environment.createEvaluator });
  });
}

/** By itself: what the run knew before is large, and is nobody's once this has returned. */
async function begin(
  opening: Opening,
  { servers, environment, closing }: Pick<SessionParts, 'servers' | 'environment' | 'closing'>,
): Promise<Session> {
  const { config, judge } = opening;
  const renderers = servers.all.map(({ renderer }) => renderer);
  const { plan, files, journal, control, recipe, known, first } = opening.begin({
    renderers,
    report: servers.report,
  });
  if (opening.journal === undefined) closing.addJournal(journal, () => releaseRecipe(files.folder, recipe));
  const parts = { plan, config, files, journal, control, recipe, servers, judge, environment, closing };
  const session = await openSession({ ...parts, records: known });
  for (const entry of first) record(session, entry);
  return session;
}

/**
 * The loop and what follows; an error that ends the run still leaves the files of what was found so far. So does a mistake of
 * ours, which is thrown again after that.
 */
async function carryOut(session: Session, parts: SearchProof): Promise<RunSummary> {
  try {
    for (const { proof } of parts.servers.all)
      if (proof !== undefined) record(session, { kind: 'proof', proof: { ...proof } });
    let reason: StopReason;
    let proof: ProofSummary | undefined;
    try {
      const endLanes = session.beginLanes(session);
      try {
        reason = await search(session);
      } finally {
        await endLanes();
      }
      if (reason.kind === 'goal') {
        try {
          proof = await proveSearch(session, parts);
          const { stopAsked } = session.control;
          if (proof === undefined && stopAsked !== undefined)
            reason = stopFor('interrupted', `Stopped by ${stopAsked} during the proof on fresh images.`);
        } catch (error) {
          if (!session.signal.aborted) throw error;
          reason = stopFor('interrupted', 'Interrupted.');
        }
      }
    } catch (error) {
      if (!isExpected(error)) throw error;
      reason = stopFor(STOP_CODES[error.code] ?? 'error', error.message);
    }
    return await finish(session, reason, { proof });
  } catch (error) {
    if (!isExpected(error) && !session.signal.aborted) await salvage(session, error);
    throw error;
  }
}

const STOP_CODES: Readonly<Partial<Record<ErrorCode, StopCode>>> = {
  [ABORTED_BY_RATER]: 'interrupted',
  [PICTURES_UNCHANGED]: 'pictures-unchanged',
};

/** What can still be done when something is wrong with this program itself: nothing of it may hide what that was. */
async function salvage(session: Session, error: unknown): Promise<void> {
  session.observers.onDefect(error);
  try {
    const reason = stopFor('error', `autombw failed: ${messageOf(error)}`);
    await finish(session, reason, { isHurried: true });
  } catch (second) {
    session.observers.onDefect(second);
  }
}
