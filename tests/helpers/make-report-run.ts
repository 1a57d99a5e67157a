/** A run as a report takes it, without a journal. */
import type { CandidateName, Comparison, Verdict } from '../../src/proof/proof.ts';
import { planV1, type SearchPlan } from '../../src/journal/plan-v1.ts';
import type { RecordedProof } from '../../src/proof/read-proofs.ts';
import type { ReportRun } from '../../src/report/report.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import type { BaselineName, EvaluatedTrial, FinishedTrial } from '../../src/types.ts';
import { scoredTrial } from './make-trial.ts';

export function reportRun(parts: Partial<ReportRun> = {}): ReportRun {
  const trials: readonly FinishedTrial[] = parts.trials ?? [
    baselineTrial('A', 1, 0.1),
    baselineTrial('B', 2, 0.2),
    baselineTrial('half', 3, 0.15),
    scoredTrial({ id: 4, score: 0.3, weight: 0.25 }),
    scoredTrial({ id: 5, score: 0.5, weight: 0.75 }),
  ];
  const scored = trials.filter((trial) => trial.state === 'scored');
  const best = scored.at(-1);
  return {
    name: 'O',
    journal: 'csv/history/A - B/O.journal.jsonl',
    began: '2026-01-01T00:00:00.000Z',
    ended: '2026-01-01T01:00:00.000Z',
    end: { kind: 'finished', sentence: 'All 2 iterations are done.' },
    models: {
      a: { name: 'crisp', file: 'crisp.safetensors', hash: 'abc' },
      b: { name: 'vivid', file: 'vivid.safetensors', hash: undefined },
    },
    plan: reportPlan(),
    trials,
    comparable: new Map(scored.map(({ id, score }) => [id, score])),
    recommended: best && { trial: best.id, score: best.score, weights: best.weights },
    proof: undefined,
    importance: undefined,
    judging: undefined,
    warnings: [],
    ...parts,
  };
}

function baselineTrial(baseline: BaselineName, id: number, score: number): EvaluatedTrial {
  return { ...scoredTrial({ id, score }), origin: 'queued', baseline };
}

/** A small plan: 26 blocks are searched, OUT stands still. */
export function reportPlan(parts: Partial<SearchPlan> = {}): SearchPlan {
  const { OUT: _, ...searched } = uniformWeights(0, 'sd1');
  return planV1.parse({
    config: { payload: ['p.json'], modelA: 'crisp', modelB: 'vivid', output: 'O' },
    requests: [
      {
        id: 'p/0',
        payload: 'p',
        prompt: 'a star',
        negativePrompt: '',
        reverseScoring: false,
        seeds: [1],
        body: {},
      },
    ],
    space: {
      architecture: 'sd1',
      dimensions: Object.keys(searched).map((block) => ({
        name: block,
        blocks: [block],
        low: 0,
        high: 1,
        intervals: 10,
      })),
      fixed: { OUT: 0 },
    },
    optimizer: { name: 'bayesian', seed: 1, options: {}, second: null },
    queue: [],
    scorers: [{ id: 'quality', version: '1', weight: 1 }],
    tally: 'arithmetic-mean',
    server: null,
    ...parts,
  });
}

export interface ProofParts {
  readonly winner?: 'best' | 'runner-up';
  /** Of the winner against A, B and half. */
  readonly results?: readonly Comparison['result'][];
  readonly images?: number;
  readonly needed?: number;
}

export function proofOf({
  winner = 'best',
  results = ['better', 'better', 'better'],
  images = 48,
  needed = 96,
}: ProofParts = {}): RecordedProof {
  const baselines: readonly BaselineName[] = ['A', 'B', 'half'];
  const comparisons = baselines.map((against, i): Comparison => {
    const result = results[i] ?? 'better';
    return {
      of: winner,
      against,
      images,
      better: 41,
      worse: images - 41,
      mean: result === 'worse' ? -0.31 : 0.31,
      low: result === 'better' ? 0.24 : -0.38,
      high: result === 'worse' ? -0.24 : 0.38,
      result,
      needed: result === 'undecided' ? needed : null,
    };
  });
  const verdict: Verdict = {
    images,
    level: 0.95,
    means: [{ name: winner, mean: 0.6, images }, ...baselines.map((name) => ({ name, mean: 0.29, images }))],
    comparisons,
    winner,
    isProved: comparisons.every(({ result }) => result === 'better'),
  };
  const names: readonly CandidateName[] = ['best', 'runner-up', ...baselines];
  return {
    plan: {
      proof: 1,
      candidates: names.map((name) => ({
        name,
        trial: name === 'best' ? 5 : null,
        weights: uniformWeights(name === 'best' ? 0.75 : 0.5, 'sd1'),
      })),
      requests: [],
      images: [],
      scorers: [{ id: 'quality', version: '1', weight: 1 }],
    },
    results: [],
    unfinished: [],
    verdict,
    judging: undefined,
    words: [],
    isOutdated: false,
  };
}
