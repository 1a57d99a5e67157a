/** What can be done about it: blocks that may stand still or go together, bounds to widen, whether to go on. */
import type { ScoreModel } from '../optimizers/index.ts';
import { scoreText } from '../shared/score-text.ts';
import { isParameterName, LORA_LIMITS, LORA_PREFIX } from '../space/parameters.ts';
import type { BlockName } from '../types.ts';
import { jointShare, pairAt, quantile } from './effects.ts';
import { spreadOf } from './expected-gain.ts';
import { NEXT_ITERATIONS, type DimensionImportance, type Estimate, type Suggestion } from './importance.ts';
import type { MeasuredRun } from './measured.ts';
import { DEGREES, DEGREE_SHARES } from './model/basis.ts';
import type { Expansion } from './model/expansion.ts';
import type { DrawnFunction } from './model/variance-shares.ts';

export interface Findings {
  readonly run: MeasuredRun;
  /** In the unit cube. */
  readonly points: readonly (readonly number[])[];
  /** Place of the best merge, as the model estimates them. */
  readonly best: number;
  readonly expansion: Expansion;
  readonly dimensions: readonly DimensionImportance[];
  readonly model: ScoreModel;
  readonly expectedGain: Estimate;
}

export function suggest(findings: Findings): Suggestion[] {
  // A bound or a weight of its own would take a block off its curve, or out of its shares.
  if (findings.run.searched.some(({ isTangled }) => isTangled === true)) return goOn(findings);
  return [...widen(findings), ...freeze(findings), ...group(findings), ...goOn(findings)];
}

/** Weights closer to a bound than that, as a share of the range, stand at it. */
const AT_BOUND = 0.02;
/** What the weights inside are represented by, as a share of the range. */
const INSIDE = 0.3;
/** Deviations that the rise towards the bound must have: 95 % one-sided. */
const SURE = 1.645;
/** A bound is moved by this share of the range. */
const WIDER = 0.3;

/** One suggestion a weight: each moves a bound of its own. */
function widen({ run, points, best, expansion, dimensions }: Findings): Suggestion[] {
  const here = points[best] ?? [];
  return dimensions.flatMap(({ name, blocks }): Suggestion[] => {
    const d = run.searched.findIndex((one) => one.name === name);
    const { low = 0, high = 1 } = run.searched[d] ?? {};
    const at = here[d] ?? 0.5;
    if (Math.min(at, 1 - at) > AT_BOUND) return [];
    const limits = limitsOf(name, run);
    if (limits === undefined) return [];
    const isUp = at > 0.5;
    const inside = here.map((value, k) => (k === d ? (isUp ? 1 - INSIDE : INSIDE) : value));
    const rise = expansion.compare(here, inside);
    if (rise.mean < SURE * rise.deviation) return [];
    const range = high - low;
    const wider = isUp
      ? { low, high: Math.min(limits.high, rounded(high + WIDER * range)) }
      : { low: Math.max(limits.low, rounded(low - WIDER * range)), high };
    if (wider.low === low && wider.high === high) return [];
    const bound = isUp ? high : low;
    return [
      {
        kind: 'widen',
        blocks,
        bound,
        sentence: `The best ${name} is ${bound}, the ${isUp ? 'upper' : 'lower'} bound, and the score is still rising there: widen its range.`,
        option: isParameterName(name)
          ? `--search '${name}=${wider.low}:${wider.high}'`
          : blocks.map((block) => `--block ${block}=${wider.low}:${wider.high}`).join(' '),
      },
    ];
  });
}

/** Undefined for a parameter whose limits only its way of merging knows. */
function limitsOf(name: string, { range }: MeasuredRun): MeasuredRun['range'] | undefined {
  if (name.startsWith(LORA_PREFIX)) return LORA_LIMITS;
  return isParameterName(name) ? undefined : range;
}

/** Share of the variance that all frozen blocks may have together, at most (95 %). */
const FROZEN = 0.05;

function freeze({ run, points, best, expansion, dimensions }: Findings): Suggestion[] {
  const { searched, measured } = run;
  const frozen: number[] = [];
  let share = 0;
  for (const { name } of dimensions.toReversed()) {
    const next = [...frozen, searched.findIndex((one) => one.name === name)];
    const bound = upper(expansion.draws.map((draw) => jointShare(draw, next)));
    if (bound > FROZEN || next.length === points[0]?.length) break;
    frozen.splice(0, frozen.length, ...next);
    share = bound;
  }
  if (frozen.length === 0) return [];
  const weights = Object.fromEntries(
    frozen
      .toSorted((a, b) => a - b)
      .flatMap((d) => {
        const { name = '', blocks = [] } = searched[d] ?? {};
        const names = isParameterName(name) ? [name] : blocks;
        return names.map((one) => [one, measured[best]?.values[d] ?? 0]);
      }),
  );
  const names = Object.keys(weights);
  return [
    {
      kind: 'freeze',
      weights,
      share,
      sentence: `${names.join(', ')} hardly ${names.length === 1 ? 'matters' : 'matter'} (at most ${percent(share)} of the differences): fix ${names.length === 1 ? 'it' : 'them'}.`,
      option: Object.entries(weights)
        .map(([name, weight]) =>
          isParameterName(name) ? `--search '${name}=${weight}'` : `--block ${name}=${weight}`,
        )
        .join(' '),
    },
  ];
}

/** Share of the variance that is lost when two blocks share a weight, at most (95 %). */
const LOST = 0.03;
/** Blocks below it are rather frozen. */
const WORTH_GROUPING = 0.03;
/** How far the best weights may lie apart, as a share of the range. */
const APART = 0.2;

/** Neighbours in the order of the search, two and two. */
function group({ run, points, best, expansion, dimensions }: Findings): Suggestion[] {
  const here = points[best] ?? [];
  const found: Suggestion[] = [];
  for (let d = 1; d < run.searched.length; d++) {
    const [first, second] = [run.searched[d - 1], run.searched[d]];
    if (first === undefined || second === undefined || sideOf(first.name) !== sideOf(second.name)) continue;
    if (first.low !== second.low || first.high !== second.high) continue;
    if (isParameterName(first.name) || isParameterName(second.name)) continue;
    const matters = [first, second].every(
      ({ name }) => (dimensions.find((one) => one.name === name)?.total.value ?? 0) > WORTH_GROUPING,
    );
    if (!matters || Math.abs((here[d] ?? 0) - (here[d - 1] ?? 0)) > APART) continue;
    if (upper(expansion.draws.map((draw) => lostShare(draw, d - 1, d))) > LOST) continue;
    const blocks = [...first.blocks, ...second.blocks];
    found.push({
      kind: 'group',
      blocks,
      sentence: `${blocks.join(' and ')} behave the same: let them share one weight.`,
      option: `--group ${blocks.join(',')}`,
    });
    d++;
  }
  return found;
}

/** `IN` of IN04. */
function sideOf(name: BlockName): string {
  return name.replace(/\d.*$/, '');
}

/** What depends on the difference of two weights: half of the squared differences of their polynomials, and what they do as a pair. */
function lostShare({ slopes, pairs, sum }: DrawnFunction, c: number, d: number): number {
  let lost = (pairs[pairAt(c, d)] ?? 0) / 2;
  for (let p = 0; p < DEGREES; p++) {
    const difference = (slopes[c * DEGREES + p] ?? 0) - (slopes[d * DEGREES + p] ?? 0);
    lost += ((DEGREE_SHARES[p] ?? 0) * difference ** 2) / 2;
  }
  return lost / sum;
}

/** A gain is worth the time from this share of a deviation of the scores on. */
const WORTH = 0.1;

function goOn({ run, model, expectedGain }: Findings): Suggestion[] {
  const pays = expectedGain.value >= WORTH * spreadOf(model);
  const gain = `about ${signed(expectedGain.value)}, at most ${signed(expectedGain.high)}`;
  return [
    {
      kind: pays ? 'go-on' : 'stop',
      iterations: NEXT_ITERATIONS,
      gain: expectedGain,
      sentence: pays
        ? `${NEXT_ITERATIONS} more iterations should pay off (${gain}).`
        : `${NEXT_ITERATIONS} more iterations would gain little (${gain}).`,
      option: pays ? `--iterations ${run.iterations + NEXT_ITERATIONS}` : undefined,
    },
  ];
}

function upper(draws: readonly number[]): number {
  return quantile(
    draws.toSorted((a, b) => a - b),
    0.95,
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function percent(share: number): string {
  return `${Math.max(1, Math.round(100 * share))} %`;
}

function signed(gain: number): string {
  return `+${scoreText(gain)}`;
}
