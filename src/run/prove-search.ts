/** The proof at the end of a search that has reached its goal. */
import type { SearchConfig } from '../config/schema.ts';
import { readJournal } from '../journal/read.ts';
import { goOn, openProof, planProof, type Measure } from '../proof/plan-proof.ts';
import { proofsOf } from '../proof/read-proofs.ts';
import type { Judge } from '../score/score-image.ts';
import { afterColon } from '../shared/after-colon.ts';
import { isExpected, runError } from '../shared/errors.ts';
import { prove, type ProofSummary } from './4-prove.ts';
import type { ConnectedServers } from './connected-servers.ts';
import type { Environment } from './environment.ts';
import { proofCandidates } from './proof-candidates.ts';
import { proofCount } from './proof-count.ts';
import type { Session } from './session.ts';

export interface SearchProof {
  readonly servers: ConnectedServers;
  /** Open. */
  readonly judge: Judge;
  readonly createEvaluator: Environment['createEvaluator'];
}

/**
 * @returns undefined where none is wanted, no iteration was scored, or somebody stopped it
 * @throws what ends the run, in words that say that the search itself is over; the reason of the signal
 */
export async function proveSearch(
  session: Session,
  { servers, judge, createEvaluator }: SearchProof,
): Promise<ProofSummary | undefined> {
  const { plan, state, files, signal } = session;
  const count = proofCount(plan.config, plan.requests);
  if (count === 0) return undefined;
  const { records } = await readJournal(files.journal);
  const proofs = proofsOf(records);
  const measure = measureOf(plan.scorers, plan.config);
  const capabilities = session.lanes[0]?.capabilities;
  const candidates = proofCandidates({ plan, state, proofs, capabilities });
  if (candidates.length === 0) return undefined;
  const open = openProof(proofs, measure, candidates[0]);
  const start =
    open !== undefined && (plan.config.prove ?? open.plan.images.length) === open.plan.images.length
      ? goOn(proofs, open, measure)
      : planProof(plan, proofs, { count, candidates, ...measure });
  try {
    return await prove(session, { start, records, servers, judge, createEvaluator, ...measure });
  } catch (error) {
    if (signal.aborted || !isExpected(error)) throw error;
    const { code, cause } = error;
    throw runError(
      code,
      `The search is done, but its proof on fresh images is not: ${afterColon(error.message)}`,
      {
        cause,
        endsRun: true,
      },
    );
  }
}

/** What makes scores comparable: the scorers with their versions and maps, and what is made of their values. */
export function measureOf(
  scorers: Measure['scorers'],
  { combine, calibration }: Pick<SearchConfig, 'combine' | 'calibration'>,
): Measure {
  return { scorers, judging: JSON.stringify([combine, calibration ?? null]) };
}
