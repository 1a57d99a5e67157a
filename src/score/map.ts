/**
 * Maps of a scorer's raw value before scorers are combined: unlike scales become comparable, and unbounded ones bounded. Every
 * map rises, so that higher stays better.
 */
import { usageError } from '../shared/errors.ts';
import type { Calibration } from './calibration.ts';
import type { Scorer } from './scorer.ts';

export interface ScoreMap {
  /** As given: `identity`, `sigmoid:5.6`. */
  readonly text: string;
  apply(value: number): number;
  /** Bounds of what comes out. */
  range(of: Scorer['range']): Scorer['range'];
}

export interface MapContext {
  readonly scorer: Pick<Scorer, 'id' | 'version'>;
  /** What the Python tool subtracts before its sigmoid; undefined where it has none for the scorer. */
  readonly sigmoidCentre: number | undefined;
  readonly calibration: Calibration | undefined;
}

const MAP_FORMS =
  'identity, sigmoid, sigmoid:CENTRE, sigmoid:CENTRE:SCALE, affine:FACTOR:OFFSET, clamp:LOW:HIGH, z-score';

/**
 * `identity`; `sigmoid[:centre[:scale]]` = 1 / (1 + exp(-(x - centre) / scale)), the centre of the Python tool unless given;
 * `affine:factor:offset`, factor above 0; `clamp:low:high`; `z-score` = (x - mean) / standard deviation of a calibration.
 * @throws usage errors `score-map`, `calibration-missing`
 */
export function parseScoreMap(text: string, context: MapContext): ScoreMap {
  const [name = '', ...parts] = text.trim().split(':');
  const numbers = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.some((number) => !Number.isFinite(number)))
    throw wrong(text, 'contains something that is not a number');
  const [first, second] = numbers;
  if (name === 'identity' && numbers.length === 0)
    return { text: 'identity', apply: (x) => x, range: (of) => of };
  if (name === 'sigmoid' && numbers.length <= 2)
    return sigmoid(first ?? context.sigmoidCentre ?? 0, second ?? 1, text);
  if (name === 'affine' && first !== undefined && second !== undefined && numbers.length === 2) {
    if (first <= 0) throw wrong(text, 'has a factor that is not above 0: it would invert the score');
    return rising(`affine:${first}:${second}`, (x) => first * x + second);
  }
  if (name === 'clamp' && first !== undefined && second !== undefined && numbers.length === 2) {
    if (first >= second) throw wrong(text, 'has a lower bound that is not below the upper bound');
    const apply = (x: number): number => Math.min(second, Math.max(first, x));
    return { text: `clamp:${first}:${second}`, apply, range: () => ({ min: first, max: second }) };
  }
  if (name === 'z-score' && numbers.length === 0) return zScore(context);
  throw wrong(text, 'is not a known form');
}

function sigmoid(centre: number, scale: number, text: string): ScoreMap {
  if (scale <= 0) throw wrong(text, 'has a scale that is not above 0');
  return {
    text: `sigmoid:${centre}:${scale}`,
    apply: (x) => 1 / (1 + Math.exp(-(x - centre) / scale)),
    range: () => ({ min: 0, max: 1 }),
  };
}

/** A map as a plan keeps it, by its {@link ScoreMap.text}: complete, so that no calibration is read again. @throws usage error `score-map` */
export function recordedMap(text: string): ScoreMap {
  const [, mean, deviation] = /^z-score:([^:]+):([^:]+)$/.exec(text) ?? [];
  if (mean !== undefined && deviation !== undefined) return standardScore(Number(mean), Number(deviation));
  return parseScoreMap(text, {
    scorer: { id: '', version: '' },
    sigmoidCentre: undefined,
    calibration: undefined,
  });
}

function zScore({ scorer, calibration }: MapContext): ScoreMap {
  const found = calibration?.scorers[scorer.id];
  if (found === undefined || found.version !== scorer.version) {
    throw usageError(
      'calibration-missing',
      found === undefined
        ? `The map z-score of ${scorer.id} needs a calibration: make one with autombw calibrate, and give it with --calibration.`
        : `The calibration was made with ${scorer.id} ${found.version}, but this is ${scorer.version}: calibrate again.`,
    );
  }
  return standardScore(found.mean, found.deviation);
}

function standardScore(mean: number, deviation: number): ScoreMap {
  return rising(`z-score:${mean}:${deviation}`, (x) => (x - mean) / deviation);
}

function rising(text: string, apply: (x: number) => number): ScoreMap {
  const bound = (value: number | null): number | null => (value === null ? null : apply(value));
  return { text, apply, range: ({ min, max }) => ({ min: bound(min), max: bound(max) }) };
}

function wrong(text: string, why: string): Error {
  return usageError('score-map', `The score map "${text}" ${why}; use ${MAP_FORMS}.`);
}
