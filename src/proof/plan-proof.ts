/** What a proof draws, and what of it earlier ones have drawn: frozen before the first image. */
import { isDeepStrictEqual } from 'node:util';
import type { SearchPlan } from '../journal/record.ts';
import type { ImageRecord } from '../types.ts';
import { freshImages } from './fresh-requests.ts';
import type { Candidate, ProofPlan } from './proof.ts';
import type { RecordedProof } from './read-proofs.ts';
import { isSameMerge } from './verdict.ts';

/** What makes two scores the same measure. */
export interface Measure {
  readonly scorers: SearchPlan['scorers'];
  /** Combination and calibration, as one text to compare by. */
  readonly judging: string;
}

export interface ProofStart {
  readonly plan: ProofPlan;
  /** It is not in the journal yet. */
  readonly isNew: boolean;
  /** 1 = nobody has seen a verdict on these images by these scorers. */
  readonly look: number;
}

export interface ProofWish extends Measure {
  /** Images for each candidate. */
  readonly count: number;
  readonly candidates: readonly Candidate[];
  /** Are images that an earlier proof could not have to be asked for once more? Default false. */
  readonly asksAgain?: boolean | undefined;
}

/** A proof that was begun for the very same is gone on with, or is done already. */
export function planProof(
  plan: Parameters<typeof freshImages>[0],
  proofs: readonly RecordedProof[],
  { count, candidates, asksAgain = false, ...measure }: ProofWish,
): ProofStart {
  const alike = proofs.filter((proof) => isMeasuredBy(proof, measure));
  const same = alike.findLast(
    ({ plan: known }) => known.images.length === count && isSameCandidates(known.candidates, candidates),
  );
  const isDone = same !== undefined && same.verdict !== null;
  const lacksImages = isDone && same.results.some(({ missing }) => missing.length > 0);
  if (same !== undefined && !(asksAgain && lacksImages)) return goOn(proofs, same, measure);
  const proof = 1 + Math.max(0, ...proofs.map(({ plan: known }) => known.proof));
  const { requests, images } = freshImages(plan, count);
  const { scorers } = measure;
  return {
    plan: { proof, candidates, requests, images, scorers },
    isNew: true,
    look: lookOf(proofs, proof, measure),
  };
}

/** A proof that was begun, as it was. */
export function goOn(
  proofs: readonly RecordedProof[],
  { plan }: RecordedProof,
  measure: Measure,
): ProofStart {
  return { plan, isNew: false, look: lookOf(proofs, plan.proof, measure) };
}

function lookOf(proofs: readonly RecordedProof[], proof: number, measure: Measure): number {
  const before = proofs.filter((one) => one.plan.proof < proof && one.verdict !== null);
  return 1 + before.filter((one) => isMeasuredBy(one, measure)).length;
}

/**
 * The last one, where it has no verdict yet and nothing was measured since: what it compares is frozen.
 * @param best the merge that is to be proved: a proof of another iteration is not taken for its own
 */
export function openProof(
  proofs: readonly RecordedProof[],
  measure: Measure,
  best: Candidate | undefined,
): RecordedProof | undefined {
  const last = proofs.at(-1);
  if (last === undefined || last.verdict !== null || last.isOutdated) return undefined;
  const [first] = last.plan.candidates;
  if (first === undefined || best === undefined || !isSameMerge(first.weights, best.weights))
    return undefined;
  return isMeasuredBy(last, measure) ? last : undefined;
}

export function isMeasuredBy({ plan, judging }: RecordedProof, measure: Measure): boolean {
  return isDeepStrictEqual(plan.scorers, measure.scorers) && judging === measure.judging;
}

/** An image that an earlier proof has of these weights. */
export interface KnownImage {
  readonly record: ImageRecord;
  readonly proof: RecordedProof;
  readonly candidate: Candidate;
}

/** Of this merge and the very same requests, by request; the newest of each. */
export function knownImages(
  proofs: readonly RecordedProof[],
  { requests }: ProofPlan,
  { weights }: Candidate,
): Map<string, KnownImage> {
  const known = new Map<string, KnownImage>();
  const wanted = new Map(requests.map((request) => [request.id, request]));
  for (const proof of proofs) {
    const same = new Set(
      proof.plan.requests
        .filter((request) => isDeepStrictEqual(request, wanted.get(request.id)))
        .map(({ id }) => id),
    );
    for (const { candidate, images } of [...proof.results, ...proof.unfinished]) {
      if (!isSameMerge(candidate.weights, weights)) continue;
      for (const record of images)
        if (same.has(record.request)) known.set(record.request, { record, proof, candidate });
    }
  }
  return known;
}

function isSameCandidates(one: readonly Candidate[], other: readonly Candidate[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ name, weights }, i) => {
      const there = other[i];
      return there !== undefined && there.name === name && isSameMerge(there.weights, weights);
    })
  );
}
