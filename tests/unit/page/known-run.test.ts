/** A run that is followed look by look is known as if its whole journal were read at once. */
import { array, assert, boolean, constantFrom, nat, property, record, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goalsIn } from '../../../src/goals/goals.ts';
import { standingOf } from '../../../src/goals/standing.ts';
import { PassingRecords } from '../../../src/journal/growing.ts';
import { trialsOf } from '../../../src/journal/read.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../../../src/journal/record.ts';
import { comparableIn } from '../../../src/judging/trial-scores.ts';
import { secondsPerTrial } from '../../../src/observers/pace.ts';
import { knownRun } from '../../../src/page/known-run.ts';
import { pageState, pageSummary, type PageFacts } from '../../../src/page/model.ts';
import { proofRecords, proofsOf } from '../../../src/proof/read-proofs.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { decode } from '../../../src/space/space.ts';
import { stopAhead, triedScores } from '../../../src/stop/patience.ts';
import { isDoubted } from '../../../src/stop/stop-rule.ts';
import { isBaseline, isLearned, mergesOf, searchedOf } from '../../../src/types.ts';
import { reportPlan } from '../../helpers/make-report-run.ts';

const FACTS: PageFacts = { name: 'O', isAlive: true, notices: [], progress: null };
const PATIENCE = { patience: 3, tolAbs: 0, tolRel: 20 };
const SEEDS = [1, 2, 3];
const scorer = (id: string) => ({ id, higherIsBetter: true, min: null, max: null });

const planned = (parts: Partial<SearchPlan>): SearchPlan => {
  const plan = reportPlan();
  const [request] = plan.requests;
  return reportPlan({
    config: { ...plan.config, iterations: 30, earlyStop: true, ...PATIENCE },
    requests: request === undefined ? [] : [{ ...request, seeds: SEEDS }],
    scorers: ['quality', 'taste'].map((id) => ({ id, version: '1', weight: 1, map: 'identity' })),
    ...parts,
  });
};
const GOALS = ['quality', 'taste'].map((id) => ({ name: id, scorers: [scorer(id)] }));
const ORDER = SEEDS.map((_, index) => ({ request: 'p/0', index }));

/** What happens next; what cannot happen then does not. */
const step = record({
  kind: constantFrom(
    ...(['asked', 'asked', 'asked', 'finished', 'finished', 'finished', 'repeated'] as const),
    ...(['failed', 'learnt', 'baseline', 'more', 'added', 'doubted', 'rejected'] as const),
    ...(['queued', 'byHand', 'paused', 'continued', 'stopping', 'stopped', 'resumed', 'proving'] as const),
  ),
  /** Which of those that it can happen to. */
  which: nat(20),
  values: array(nat(4), { minLength: 6, maxLength: 6 }),
  images: subarray([0, 1, 2], { minLength: 1 }),
  /** All images, as it mostly is. */
  isWhole: boolean(),
  isLook: constantFrom(true, false, false),
});
type Step = typeof step extends { generate: (...args: never[]) => { value: infer Value } } ? Value : never;

/** A journal as a run may write it, with the places at which somebody looks. */
function journalOf(
  plan: SearchPlan,
  steps: readonly Step[],
): { records: JournalRecord[]; looks: Set<number> } {
  const records: JournalRecord[] = [
    { kind: 'plan', version: 1, plan, recipe: 'r.txt', time: { at: timeAt(0) } },
  ];
  const looks = new Set<number>();
  let last = 0;
  let waiting = 0;
  let proofs = 0;
  const pick = <T>(some: readonly T[], which: number): T | undefined =>
    some[which % Math.max(1, some.length)];
  for (const [n, { kind, which, values, images, isWhole, isLook }] of steps.entries()) {
    const { finished, open, unfinished } = trialsOf(records);
    const at = { at: timeAt(n + 1) };
    const time = { ...at, evaluation: 9, iteration: 5 + which };
    const said = { id: String(n), by: 'somebody', time: at };
    const some = isWhole ? [0, 1, 2] : images;
    const made = some.map((index): RecordOf<'scored'>['images'][number] => ({
      request: 'p/0',
      index,
      payload: 'p',
      seed: index,
      score: values[index] ?? 0,
      raw: { quality: values[index] ?? 0, taste: values[index + 3] ?? 0 },
      pixels: 'a',
      seconds: 1,
    }));
    const score = made.reduce((sum, image) => sum + image.score, 0) / made.length;
    const asked = (parts: Partial<RecordOf<'asked'>>): void => {
      const point = plan.space.dimensions.map(() => which / 20);
      const weights = decode(plan.space, point);
      records.push({ kind: 'asked', trial: ++last, origin: 'optimizer', point, weights, ...parts });
    };
    const [oldest] = open;
    const scored = finished.filter((trial) => trial.state === 'scored');
    const measured = scored.filter(({ images: own }) => own.length > 0);
    const one = pick(finished, which);
    if (kind === 'asked') asked({});
    else if (kind === 'baseline')
      asked({ origin: 'queued', baseline: (['A', 'B', 'half'] as const)[which % 3] ?? 'A' });
    else if (kind === 'byHand' && waiting > 0) {
      waiting--;
      asked({ origin: 'queued', byHand: true });
    } else if (kind === 'queued') {
      waiting++;
      records.push({ kind, point: [], weights: {}, ...said });
    } else if (kind === 'finished' && oldest !== undefined)
      records.push({ kind: 'scored', trial: oldest.id, score, images: made, time });
    else if (kind === 'repeated' && oldest !== undefined && measured.length > 0) {
      const of = pick(measured, which);
      if (of !== undefined)
        records.push({
          kind: 'scored',
          trial: oldest.id,
          score: of.score,
          images: [],
          repeatOf: of.id,
          time,
        });
    } else if (kind === 'failed' && oldest !== undefined)
      records.push({ kind, trial: oldest.id, failure: { code: 'x', message: 'Gone.' }, images: [], time });
    else if (kind === 'learnt')
      records.push({ kind, trial: ++last, weights: uniformWeights(which / 20, 'sd1'), score: which });
    else if (kind === 'more' && measured.length > 0 && plan.imageOrder !== undefined)
      records.push({ kind, trial: pick(measured, which)?.id ?? 0, images: 3, mergeCost: 0 });
    else if (kind === 'added' && unfinished[0] !== undefined) {
      const { trial } = unfinished[0];
      const had = finished.find(({ id }) => id === trial)?.images.map(({ index }) => index) ?? [];
      const images = made.filter(({ index }) => !had.includes(index));
      records.push({ kind, trial, score, images, time });
    } else if (kind === 'doubted' && one !== undefined)
      records.push({ kind, trials: [one.id], reason: 'Lost.', time: at });
    else if (kind === 'rejected' && one !== undefined)
      records.push({ kind, trial: one.id, trials: [one.id], ...said });
    else if (kind === 'paused' || kind === 'continued' || kind === 'stopping')
      records.push({ kind, ...said });
    else if (kind === 'stopped')
      records.push({ kind, reason: { code: 'interrupted', message: 'Interrupted.' }, time: at });
    else if (kind === 'resumed')
      records.push({ kind, limits: which % 2 === 0 ? {} : { iterations: which, patience: 2 }, time: at });
    else if (kind === 'proving') {
      const proof = ++proofs;
      const base = { requests: [], images: [], scorers: [] };
      const candidates = [{ name: 'best', trial: 1, weights: {} }];
      records.push(
        { kind, proof, candidates, ...base, time: at },
        { kind: 'proved', proof, candidate: 'best', images: made, time },
      );
    }
    if (isLook) looks.add(records.length);
  }
  looks.add(records.length);
  return { records, looks };
}

function timeAt(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();
}

/** The same by what looks at all trials at once. */
function expected(plan: SearchPlan, records: readonly JournalRecord[], isStopAhead: boolean): object {
  const { finished } = trialsOf(records);
  const comparable = comparableIn(plan, finished);
  const scoreOf = (id: number): number => comparable.get(id) ?? Number.NaN;
  const goals = goalsIn(plan, finished)?.values;
  const resumed = records.findLast((one) => one.kind === 'resumed');
  const patience = resumed?.limits['patience'] ?? PATIENCE.patience;
  const ahead = stopAhead(triedScores(finished, comparable, goals), { ...PATIENCE, patience });
  const merges = mergesOf(finished).filter(({ state }) => state === 'scored');
  const highest = Math.max(...merges.map(({ id }) => scoreOf(id)));
  const best = merges.find(({ id }) => scoreOf(id) === highest);
  const standing = standingOf(plan, finished);
  return {
    done: searchedOf(finished).filter((trial) => !isDoubted(trial)).length,
    baselines: finished.filter((trial) => isBaseline(trial)).length,
    best: best === undefined ? null : { trial: best.id, score: highest },
    ...(standing !== undefined && {
      goals: {
        names: standing.names,
        front: (standing.front?.trials ?? []).map(({ trial }) => trial),
        knee: standing.knee ?? null,
      },
    }),
    ahead: isStopAhead ? { left: ahead?.left, needed: ahead?.needed } : null,
    pace: secondsPerTrial(finished) ?? null,
    latest:
      finished.findLast((trial) => trial.state === 'scored' && !isLearned(trial) && !isBaseline(trial))?.id ??
      null,
    pictures: finished.findLast(({ images }) => images.length > 0)?.id,
    rows: finished.map(({ id, state, images }) => ({
      id,
      score: state === 'scored' ? scoreOf(id) : null,
      images: images.length,
      goals: goals?.get(id),
    })),
  };
}

describe('a run that is followed', () => {
  it.each<[string, Partial<SearchPlan>]>([
    ['one score, equal images', {}],
    ['one score, unequal images', { imageOrder: ORDER }],
    ['several goals', { goals: GOALS }],
    ['several goals, unequal images', { goals: GOALS, imageOrder: ORDER }],
  ])('is known as if all of its journal were read at once: %s', (_, parts) => {
    const plan = planned(parts);
    assert(
      property(array(step, { maxLength: 60, size: 'max' }), boolean(), (steps, isUneven) => {
        const { records, looks } = journalOf(
          plan,
          steps.map((one) => ({ ...one, isWhole: one.isWhole || !isUneven })),
        );
        const followed = new PassingRecords();
        const told = new Map<number, unknown>();
        for (const [n, line] of records.entries()) {
          followed.add(line);
          if (!looks.has(n + 1)) continue;
          const so = records.slice(0, n + 1);
          const summary = pageSummary(followed, FACTS);
          const { rows } = knownRun(followed);
          const proofs = proofsOf(proofRecords(followed));
          followed.letGo();
          for (const row of rows.takeChanged()) told.set(row.id, row);
          expect({ summary, trials: rows.all }).toEqual(pageState(so, FACTS));
          expect([...told.values()]).toEqual(rows.all);
          expect(proofs).toEqual(proofsOf(so));
          const { done, baselines, best, goals, pace, latest, pictures, earlyStop } = summary;
          // Behind the search none is told.
          const ahead = earlyStop && { left: earlyStop.left, needed: earlyStop.needed };
          expect({
            done,
            baselines,
            best,
            ...(goals !== undefined && { goals }),
            pace,
            latest,
            pictures: pictures?.trial,
            rows: rows.all.map(({ id, score, images, goals: own }) => ({ id, score, images, goals: own })),
            ahead,
          }).toEqual(expected(plan, so, ahead !== null));
        }
      }),
      { numRuns: 12 },
    );
  });
});
