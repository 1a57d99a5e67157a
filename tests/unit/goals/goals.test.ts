import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GoalScores } from '../../../src/goals/goals.ts';
import { hintsOnGoals, planGoals } from '../../../src/goals/plan-goals.ts';
import { parseJournal } from '../../../src/journal/read.ts';
import type { SearchPlan } from '../../../src/journal/record.ts';
import { TrialScores } from '../../../src/judging/trial-scores.ts';
import { createJudge, type WeightedScorer } from '../../../src/score/index.ts';
import { parseScoreMap, recordedMap, type MapContext } from '../../../src/score/map.ts';
import type { Scorer } from '../../../src/score/scorer.ts';
import { tally } from '../../../src/score/tally.ts';
import type { EvaluatedTrial, ImageRecord } from '../../../src/types.ts';
import { scoredTrial } from '../../helpers/make-trial.ts';
import { makeItem } from '../../helpers/score-items.ts';

const file = path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0-hills.journal.jsonl');
const [first] = parseJournal(readFileSync(file, 'utf8'), file).records;
if (first?.kind !== 'plan') throw new Error('the journal has a plan');
const { imageOrder: _, ...recorded } = first.plan;
const [request] = recorded.requests;
if (request === undefined) throw new Error('the plan has requests');

const calibration = {
  version: 1 as const,
  modelA: 'A',
  modelB: 'B',
  payloads: ['plain'],
  scorers: { sharp: { version: '1', mean: 0.3, deviation: 0.17, images: 4 } },
};

function scorer(id: string, part: Partial<Scorer>, valueOf: (seed: number) => number): Scorer {
  return {
    id,
    version: '1',
    needsPrompt: false,
    range: { min: null, max: null },
    higherIsBetter: true,
    score: async (items) => items.map(({ seed }) => ({ state: 'scored', value: valueOf(seed) })),
    ...part,
  };
}

const mapOf = (text: string, id: string): MapContext & { text: string } => ({
  text,
  scorer: { id, version: '1' },
  sigmoidCentre: 5,
  calibration,
});
const parsed = ({ text, ...context }: ReturnType<typeof mapOf>) => parseScoreMap(text, context);

/** One that is mapped by a calibration, one that is better when lower, one that judges some payloads only. */
const scorers: WeightedScorer[] = [
  {
    scorer: scorer('sharp', { range: { min: 0, max: 1 } }, (seed) => (seed % 7) / 7),
    weight: 2,
    map: parsed(mapOf('z-score', 'sharp')),
  },
  {
    scorer: scorer('far', { higherIsBetter: false, range: { min: 0, max: null } }, (seed) => 3 + (seed % 5)),
    weight: 1,
  },
  {
    scorer: scorer('taste', { range: { min: 0, max: 10 } }, (seed) => 4 + (seed % 3)),
    weight: 1,
    map: parsed(mapOf('sigmoid', 'taste')),
    judges: (payload) => payload === 'plain',
  },
];

const requests = [
  { ...request, id: 'plain', payload: 'plain', reverseScoring: false, seeds: [1, 2, 3] },
  { ...request, id: 'turned', payload: 'turned', reverseScoring: true, seeds: [4, 5] },
];

function planOf(goals: SearchPlan['goals'], config: Partial<SearchPlan['config']> = {}): SearchPlan {
  return {
    ...recorded,
    config: { ...recorded.config, ...config },
    requests,
    tally: 'arithmetic-mean',
    scorers: scorers.map(({ scorer: { id, version }, weight, map }) => ({
      id,
      version,
      weight,
      map: map?.text ?? 'identity',
    })),
    ...(goals !== undefined && { goals }),
  };
}

/** Really judged. */
async function trialOf(id: number, offset: number, count = 5): Promise<EvaluatedTrial> {
  const judge = createJudge(scorers, 'arithmetic');
  const images: ImageRecord[] = [];
  for (const { id: name, payload, reverseScoring, seeds } of requests) {
    for (const [index, seed] of seeds.entries()) {
      const item = await makeItem(seed + offset, { payload });
      const { score, raw } = await judge.judge(
        { ...item, reverse: reverseScoring },
        AbortSignal.timeout(60_000),
      );
      images.push({ request: name, index, payload, seed, score, raw, pixels: '', seconds: 0 });
    }
  }
  const kept = images.slice(0, count);
  const score = tally(
    'arithmetic-mean',
    kept.map((image) => image.score),
  );
  return { ...scoredTrial({ id, score }), score, images: kept };
}

const all = { name: 'all', scorers: planFacts(['sharp', 'far', 'taste']) };

function planFacts(ids: readonly string[]): NonNullable<SearchPlan['goals']>[number]['scorers'] {
  return scorers
    .filter(({ scorer: { id } }) => ids.includes(id))
    .map(({ scorer: { id, higherIsBetter, range } }) => ({ id, higherIsBetter, ...range }));
}

describe('values of goals', () => {
  it('of a goal with all scorers are the scores themselves', async () => {
    const trials = [await trialOf(1, 0), await trialOf(2, 3)];
    const values = new GoalScores(planOf([all])).comparable(trials);
    for (const { id, score } of trials) expect(values.get(id)?.[0]).toBeCloseTo(score, 12);
  });

  it('are made comparable as scores are where trials have unequal images', async () => {
    const trials = [await trialOf(1, 0), await trialOf(2, 3, 2), await trialOf(3, 6, 4)];
    const plan = planOf([all]);
    const scores = new TrialScores(plan).comparable(trials);
    const values = new GoalScores(plan).comparable(trials);
    for (const { id } of trials) expect(values.get(id)?.[0]).toBeCloseTo(scores.get(id) ?? Number.NaN, 12);
  });

  it('heed the weights of payloads, and lie apart for each goal', async () => {
    const trial = await trialOf(1, 0);
    const goals = planGoals({ goals: ['sharp+taste', 'far'] }, scorers);
    expect(goals?.map(({ name }) => name)).toEqual(['sharp+taste', 'far']);
    const plan = planOf(goals, { payloadWeight: { plain: 3 } });
    const [mixed = Number.NaN, far] = new GoalScores(plan).comparable([trial]).get(1) ?? [];
    // Better when lower, and turned round twice for a payload that wants low scores.
    const plain = trial.images.slice(0, 3).reduce((sum, { raw }) => sum - (raw['far'] ?? 0), 0);
    const turned = trial.images.slice(3).reduce((sum, { raw }) => sum + (raw['far'] ?? 0), 0);
    expect(far).toBeCloseTo((3 * plain + turned) / 11, 12);
    expect(Number.isFinite(mixed)).toBe(true);
  });

  it('are missing where no image of a trial has one, and taken over by who repeats it', async () => {
    const whole = await trialOf(1, 0);
    const turnedOnly = { ...(await trialOf(2, 0)), images: whole.images.slice(3) };
    const repeat = scoredTrial({ id: 3, score: 1, repeatOf: 1 });
    const goals = planGoals({ goals: ['taste', 'sharp+far'] }, scorers);
    const values = new GoalScores(planOf(goals)).comparable([whole, turnedOnly, repeat]);
    expect([...values.keys()].toSorted((a, b) => a - b)).toEqual([1, 3]);
    expect(values.get(3)).toEqual(values.get(1));
  });

  it('a map that was recorded is the map that was given', () => {
    for (const text of ['identity', 'sigmoid', 'affine:2:1', 'clamp:0:0.5', 'z-score']) {
      const map = parsed(mapOf(text, 'sharp'));
      const again = recordedMap(map.text);
      for (const value of [-3, 0.2, 0.9, 7]) expect(again.apply(value)).toBe(map.apply(value));
    }
  });

  it('a combination of a newer version is refused', () => {
    expect(() => new GoalScores(planOf([all], { combine: 'median' }))).toThrow(/--combine median/);
  });
});

describe('--goals', () => {
  const given =
    (...goals: string[]) =>
    () =>
      planGoals({ goals }, scorers);

  it('takes goals one by one or with commas, and what judges them from the scorers', () => {
    expect(planGoals({ goals: undefined }, scorers)).toBeUndefined();
    expect(given('sharp', 'far,taste')()).toEqual(given('sharp,far,taste')());
    expect(given(' taste + far , sharp ')()).toEqual([
      { name: 'taste+far', scorers: planFacts(['far', 'taste']) },
      { name: 'sharp', scorers: planFacts(['sharp']) },
    ]);
  });

  it('says once which optimizers do not heed them', () => {
    const { second: _second, ...optimizer } = recorded.optimizer;
    const hints = (name: string, second?: string): string[] =>
      hintsOnGoals({
        goals: [all],
        optimizer: {
          ...optimizer,
          name,
          second: second === undefined ? null : { name: second, options: {}, after: 3 },
        },
      });
    expect(hints('bayesian')).toEqual([]);
    expect(hints('bayesian', 'cma-es')).toEqual([
      expect.stringMatching(/^--goals: cma-es optimizes only the combined score/),
    ]);
    expect(hints('random', 'cma-es')).toEqual([
      expect.stringMatching(/^--goals: random and cma-es optimize only/),
    ]);
    expect(
      hintsOnGoals({ goals: undefined, optimizer: { ...optimizer, name: 'random', second: null } }),
    ).toEqual([]);
  });

  it.each([
    [['sharp+far+taste'], /1 goal: give 2 or 3/],
    [['sharp,far'], /taste is not in any goal; add it to one with \+, for example sharp\+taste/],
    [['sharp,fra+taste'], /no scorer "fra", only sharp, far, taste\. Did you mean "far"/],
    [['sharp,far,sharp+taste'], /sharp is named twice/],
    [['sharp,far+,taste'], /no scorer ""/],
  ])('refuses %j', (goals, message) => {
    expect(given(...goals)).toThrow(message);
  });
});
