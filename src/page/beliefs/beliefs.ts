/** The records of a run in, what the optimizer believes of it out. Pure, and slow: seconds for a long run. */
import { explainAlong, measuredRun, type MeasuredRun, type Slice } from '../../importance/index.ts';
import { trialsOf } from '../../journal/read.ts';
import type { JournalRecord } from '../../journal/record.ts';
import { mergesOf } from '../../types.ts';
import type { PageBeliefs, PageEstimate, PagePoint, PageSlice } from './state.ts';

const MOST_TOP = 100;
const FEWEST_TOP = 3;
const MOST_MEASURED = 500;

export function beliefsOf(records: readonly JournalRecord[]): PageBeliefs {
  const run = measuredRun(records);
  const points = pointsOf(run, new Set(mergesOf(trialsOf(records).finished).map(({ id }) => id)));
  const ranked = points.toSorted((a, b) => b.score - a.score);
  const [best] = ranked;
  if (records.length === 0) return noBeliefs('The journal is still empty.');
  const { importance, slices } = explainAlong(run, best?.weights);
  return {
    ...NOTHING,
    trials: run.measured.length,
    dimensions: run.searched.map(({ name, blocks, low, high, intervals = 0 }) => ({
      name,
      blocks,
      low,
      high,
      intervals,
    })),
    ...(importance.enough
      ? {
          importance: importance.dimensions.map(({ name, blocks, total, first }) => ({
            name,
            blocks,
            total: rounded(total),
            first: rounded(first),
          })),
          reason: null,
          explained: importance.explained,
          interactions: importance.interactions.map(({ names, effect }) => ({
            names,
            share: rounded(effect),
          })),
          suggestions: importance.suggestions.map(({ sentence, option }) => ({
            sentence,
            option: option ?? null,
          })),
        }
      : { reason: importance.reason, missing: importance.missing ?? null }),
    slices: slices.map(pageSlice),
    top: ranked.slice(0, Math.min(MOST_TOP, Math.max(FEWEST_TOP, Math.ceil(ranked.length / 10)))),
    measured: thinned(points),
    best: best?.weights ?? null,
  };
}

/** Beliefs of a run of which nothing can be said. */
export function noBeliefs(reason: string): PageBeliefs {
  return { ...NOTHING, reason };
}

const NOTHING: PageBeliefs = {
  trials: 0,
  isOld: false,
  dimensions: [],
  importance: [],
  reason: null,
  missing: null,
  explained: null,
  interactions: [],
  suggestions: [],
  slices: [],
  top: [],
  measured: [],
  best: null,
};

/** @param merges those that are neither model A nor model B by itself */
function pointsOf({ measured }: MeasuredRun, merges: ReadonlySet<number>): PagePoint[] {
  return measured.flatMap(({ trial, values, score }) =>
    trial === undefined || !merges.has(trial)
      ? []
      : [{ trial, score: short(score), weights: values.map(short) }],
  );
}

/** @param d its place among the searched weights */
function pageSlice({ name, curve, near }: Slice, d: number): PageSlice {
  return {
    name,
    curve: curve.map(({ weight, score }) => ({ weight: short(weight), score: rounded(score) })),
    near: near.flatMap(({ trial, values, score }) =>
      trial === undefined ? [] : [{ trial, weight: short(values[d] ?? 0), score: short(score) }],
    ),
  };
}

/** Evenly over the run. */
function thinned(points: readonly PagePoint[]): readonly PagePoint[] {
  if (points.length <= MOST_MEASURED) return points;
  const stride = points.length / MOST_MEASURED;
  return points.filter((_, i) => Math.floor(i / stride) !== Math.floor((i - 1) / stride));
}

function rounded({ value, low, high }: PageEstimate): PageEstimate {
  return { value: short(value), low: short(low), high: short(high) };
}

/** More digits than a drawing shows would only make the answer long. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}
