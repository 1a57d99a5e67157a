/** What works on a proof: the servers of the run, on the fresh images. */
import type { JournalRecord } from '../journal/record.ts';
import type { Measure, ProofStart } from '../proof/plan-proof.ts';
import type { Renderer } from '../renderers/index.ts';
import type { Judge } from '../score/score-image.ts';
import type { ConnectedServers } from './connected-servers.ts';
import type { Environment } from './environment.ts';
import { openLanes, type OpenedLanes } from './open-lanes.ts';
import { checkSameMerges } from './same-merges.ts';
import type { Session } from './session.ts';

export type ProofSession = Pick<
  Session,
  'plan' | 'files' | 'journal' | 'control' | 'observers' | 'signal' | 'clock'
>;

export interface Proving extends Measure {
  readonly start: ProofStart;
  readonly records: readonly JournalRecord[];
  /** Undefined where every image is there. */
  readonly servers: ConnectedServers | undefined;
  /** Open. */
  readonly judge: Judge;
  readonly createEvaluator: Environment['createEvaluator'];
}

/** None where every image is there. */
export async function openProofLanes(
  { plan, clock }: Pick<ProofSession, 'plan' | 'clock'>,
  { servers, judge, createEvaluator, records, start }: Proving,
): Promise<OpenedLanes> {
  if (servers === undefined) return { lanes: [], follow: () => () => {}, begin: () => async () => {} };
  const { requests, images: order, proof } = start.plan;
  const environment = { createEvaluator, clock };
  const accept = (renderer: Renderer): void => checkSameMerges(plan, [renderer]);
  // A candidate counts only once the merge was looked at behind its last image.
  const parts = { config: plan.config, requests, checkEvery: 1, judge, environment };
  return openLanes(servers, { ...parts, order, proof, records, accept });
}
