/**
 * The proof: the best merge, the runner-up and the baselines on the same fresh images. Each candidate is looked after by the
 * reference image before its images count, and is in the journal before the next one begins; so is every image that is finished:
 * whatever ends a proof, it goes on with the image that was under way.
 */
import type { JournalRecord } from '../journal/record.ts';
import type { Candidate, ProofPlan, Verdict } from '../proof/proof.ts';
import { proofsOf } from '../proof/read-proofs.ts';
import { verdictOf } from '../proof/verdict.ts';
import { wordsOf } from '../proof/words.ts';
import type { ProofSession, Proving } from './proof-lanes.ts';
import { ProofWork } from './proof-work.ts';
import { record, timestamp } from './session.ts';

export interface ProofSummary {
  /** 1, 2, 3 … within the journal. */
  readonly proof: number;
  readonly scorers: readonly string[];
  readonly candidates: readonly Candidate[];
  readonly verdict: Verdict;
  /** The verdict in words, a sentence each. */
  readonly words: readonly string[];
}

/**
 * Draws what is missing, and says what came of it.
 * @returns undefined where somebody stopped it
 * @throws what ends a run: what is in the journal by then is not drawn again
 */
export async function prove(session: ProofSession, proving: Proving): Promise<ProofSummary | undefined> {
  const { start, judging } = proving;
  const { plan, isNew, look } = start;
  const proofs = proofsOf(proving.records);
  const begun = proofs.find((one) => one.plan.proof === plan.proof);
  if (begun?.verdict != null) return summaryOf(plan, begun.verdict, begun.words);
  if (isNew)
    record(session, { kind: 'proving', ...recordedPlan(plan), judging, time: timestamp(session.clock) });
  const work = new ProofWork(session, proving, proofs, begun?.results ?? []);
  if (!(await work.finish())) return undefined;
  const { payloadWeight } = session.plan.config;
  const verdict = verdictOf(plan, work.results(), { look, payloadWeight });
  const words = wordsOf(plan, verdict, { run: runName(session.plan.config.output) });
  const time = timestamp(session.clock);
  record(session, { kind: 'verdict', proof: plan.proof, verdict: { ...verdict }, words, time });
  return summaryOf(plan, verdict, words);
}

export function summaryOf(plan: ProofPlan, verdict: Verdict, words: readonly string[]): ProofSummary {
  const { proof, candidates, scorers } = plan;
  return { proof, scorers: scorers.map(({ id }) => id), candidates, verdict, words };
}

/** As it is typed. */
function runName(output: string): string {
  return /^[\w.-]+$/.test(output) ? output : `"${output}"`;
}

type RecordedPlan = Omit<Extract<JournalRecord, { kind: 'proving' }>, 'kind' | 'time'>;

function recordedPlan({ proof, candidates, requests, images, scorers }: ProofPlan): RecordedPlan {
  return {
    proof,
    candidates: candidates.map((candidate) => ({ ...candidate })),
    requests: requests.map((request) => ({
      ...request,
      seeds: [...request.seeds],
      body: { ...request.body },
    })),
    images: images.map((image) => ({ ...image })),
    scorers: scorers.map((scorer) => ({ ...scorer, map: 'map' in scorer ? String(scorer.map) : 'identity' })),
  };
}
