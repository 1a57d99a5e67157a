/** The proofs of a journal, as far as they have come. */
import { z } from 'zod';
import { growing, type GrowingRecords } from '../journal/growing.ts';
import type { JournalRecord, RecordOf } from '../journal/record.ts';
import { BASELINE_NAMES } from '../types.ts';
import type { Candidate, CandidateImages, CandidateName, Proof, ProofPlan, Verdict } from './proof.ts';

/** A proof with what the journal says of it beside. */
export interface RecordedProof extends Proof {
  /** What else shapes a score; undefined where a journal does not say. */
  readonly judging: string | undefined;
  /** Candidates within which the proof was stopped: images that they have already. */
  readonly unfinished: readonly CandidateImages[];
  /** The verdict in words; none until there is one. */
  readonly words: readonly string[];
  /** Trials were measured after it began: the best may be another one by now. */
  readonly isOutdated: boolean;
}

const CANDIDATES: readonly CandidateName[] = ['best', 'runner-up', ...BASELINE_NAMES];

/** In the order in which they began; candidates of other names, from a newer version, are left out. */
export function proofsOf(records: readonly JournalRecord[]): RecordedProof[] {
  return records.flatMap((record, at) => {
    if (record.kind !== 'proving') return [];
    const later = records.slice(at + 1);
    const plan = planOf(record);
    const of = <K extends 'proved' | 'verdict'>(kind: K): RecordOf<K>[] =>
      later.filter(
        (one): one is RecordOf<K> => one.kind === kind && 'proof' in one && one.proof === plan.proof,
      );
    const verdict = of('verdict').at(-1);
    const parsed = verdict && verdictSchema.safeParse(verdict.verdict);
    return [
      {
        plan,
        ...resultsOf(plan, of('proved')),
        verdict: parsed?.success === true ? parsed.data : null,
        judging: record.judging,
        words: verdict?.words ?? [],
        isOutdated: later.some(({ kind }) => MEASURING.has(kind)),
      },
    ];
  });
}

/** Of a journal that grows, what its proofs are made of. */
class ProofRecords {
  readonly records: JournalRecord[] = [];

  add(record: JournalRecord): void {
    const last = this.records.at(-1);
    if (PROOF.has(record.kind)) this.records.push(record);
    // Of trials it matters alone that one was measured behind a proof.
    else if (last !== undefined && !MEASURING.has(last.kind) && MEASURING.has(record.kind))
      this.records.push(record);
  }
}

const ofRecords = growing(() => new ProofRecords());

/** @returns what {@link proofsOf} needs of these records: always the same ones, which only become more */
export function proofRecords(records: GrowingRecords): readonly JournalRecord[] {
  return ofRecords(records).records;
}

const PROOF: ReadonlySet<string> = new Set(['proving', 'proved', 'verdict']);
const MEASURING: ReadonlySet<string> = new Set([
  'asked',
  'scored',
  'failed',
  'added',
  'doubted',
  'rejected',
  'learnt',
]);

function planOf({ proof, candidates, requests, images, scorers }: RecordOf<'proving'>): ProofPlan {
  return {
    proof,
    candidates: candidates.flatMap(({ name, trial, weights }): Candidate[] => {
      const known = CANDIDATES.find((candidate) => candidate === name);
      return known === undefined ? [] : [{ name: known, trial, weights }];
    }),
    requests,
    images,
    scorers,
  };
}

/** The last record of a candidate counts; one without images and without missing ones takes it back. */
function resultsOf(
  { candidates }: ProofPlan,
  proved: readonly RecordOf<'proved'>[],
): Pick<RecordedProof, 'results' | 'unfinished'> {
  const results: CandidateImages[] = [];
  const unfinished: CandidateImages[] = [];
  for (const candidate of candidates) {
    const record = proved.findLast((one) => one.candidate === candidate.name);
    if (record === undefined) continue;
    const { images, missing = [] } = record;
    // What is missing of an unfinished one was not asked for.
    if (record.unfinished === true) unfinished.push({ candidate, images, missing: [] });
    else if (images.length + missing.length > 0) results.push({ candidate, images, missing });
  }
  return { results, unfinished };
}

const candidateName = z.enum(['best', 'runner-up', ...BASELINE_NAMES]);
const verdictSchema: z.ZodType<Verdict> = z.object({
  images: z.number(),
  level: z.number(),
  means: z.array(z.object({ name: candidateName, mean: z.number(), images: z.number() })),
  comparisons: z.array(
    z.object({
      of: candidateName,
      against: candidateName,
      images: z.number(),
      better: z.number(),
      worse: z.number(),
      mean: z.number(),
      low: z.number(),
      high: z.number(),
      result: z.enum(['better', 'worse', 'undecided']),
      needed: z.number().nullable(),
    }),
  ),
  winner: candidateName,
  isProved: z.boolean(),
  look: z.number().optional(),
});
