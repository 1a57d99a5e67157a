import { z } from 'zod';
import { contains, sideOf, splitBox, wholeSpace, type Box } from './boxes.ts';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint } from '../ask-tell/grid.ts';
import { uniformPoint } from '../ask-tell/initial-points.ts';
import { createRng } from '../math/rng.ts';
import type { Observation, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

export const direct = defineOptimizer({
  name: 'direct',
  pythonClass: 'DirectAlgorithm',
  version: 1,
  title: 'DIRECT (dividing rectangles)',
  sentence:
    'Divides the space into ever smaller boxes, first where scores are best and where boxes are still large; deterministic.',
  source:
    'Jones, Perttunen & Stuckman 1993, in the locally biased form of Gablonsky & Kelley 2001; flat-scale test of Finkel & Kelley 2006.',
  options: z.strictObject({}),
  createProposer: (_options, context) => createDirect(context),
});

/** A box is divided only if it may hold a gain of this share of the spread of scores (Jones's ε). */
const SMALLEST_GAIN = 1e-4;

function createDirect({ grid, seed }: ProposerContext): Proposer {
  /** Among sides of equal length the first of this order is divided. */
  const order = createRng(seed, 0).permutation(grid.size);
  let boxes: Box[] = [wholeSpace(grid)];
  let chosen: Box[] = [];
  const moves = new Map<number, Box>();

  const longest = (box: Box): number => order.reduce((side, d) => Math.max(side, sideOf(box, d, grid)), 0);

  function divide(box: Box, known: readonly Observation[]): void {
    const side = longest(box);
    const dimension = order.find((d) => sideOf(box, d, grid) === side) as number;
    boxes = boxes.flatMap((other) => (other === box ? splitBox(box, dimension, grid, known) : [other]));
  }

  /** Divides until some box waits for a score that is not being measured; undefined when nothing is left to divide. */
  function nextBox(known: readonly Observation[], isTaken: (point: CubePoint) => boolean): Box | undefined {
    for (;;) {
      const waiting = boxes.find((box) => box.score === undefined && !isTaken(box.base));
      if (waiting !== undefined) return waiting;
      chosen = chosen.filter((box) => boxes.includes(box));
      if (chosen.length === 0) chosen = promising(boxes, longest);
      const box = chosen.shift();
      if (box === undefined) return undefined;
      divide(box, known);
    }
  }

  return {
    propose({ id, random, history }) {
      const box = moves.get(id) ?? nextBox(history.observations, history.isTaken);
      if (box === undefined) return uniformPoint(grid, random);
      moves.set(id, box);
      return box.base;
    },
    observe(outcome) {
      if (outcome.id !== undefined) moves.delete(outcome.id);
      const point = grid.snap(outcome.point);
      const box = boxes.find((other) => contains(other, point, grid));
      if (box === undefined) return;
      if (outcome.score === undefined) {
        box.score ??= -Infinity;
      } else if (box.score === undefined || outcome.score > box.score) {
        box.base = point;
        box.score = outcome.score;
      }
    },
  };
}

type Scored = Box & { readonly score: number };

/**
 * One box for each length of the longest side, where for some slope no other box could hold a better score: the upper
 * convex hull of (side, score) from the largest box to the best one. Failed boxes come when nothing else is left.
 */
export function promising(boxes: readonly Box[], longest: (box: Box) => number): Box[] {
  const scores: number[] = [];
  const bySide = new Map<number, Scored>();
  for (const box of boxes) {
    if (!isScored(box)) continue;
    scores.push(box.score);
    const side = longest(box);
    const rival = bySide.get(side);
    if (side > 0 && (rival === undefined || box.score > rival.score)) bySide.set(side, box);
  }
  if (bySide.size === 0)
    return boxes.filter((box) => box.score === -Infinity && longest(box) > 0).slice(0, 1);

  const best = scores.reduce((a, b) => Math.max(a, b));
  const median = scores.toSorted((a, b) => a - b)[scores.length >> 1] ?? best;
  const wanted = best + SMALLEST_GAIN * (best - median);
  // Beyond this slope the larger neighbour on the hull is more promising.
  let slope = Infinity;
  return upperHull([...bySide].toSorted(([a], [b]) => b - a)).flatMap(([side, box], i, hull) => {
    const larger = hull[i - 1];
    if (larger !== undefined) slope = (box.score - larger[1].score) / (larger[0] - side);
    return box.score + slope * side >= wanted ? [box] : [];
  });
}

/** @param candidates with falling sides; a smaller box without a better score than all larger ones is left out */
function upperHull(candidates: readonly (readonly [number, Scored])[]): (readonly [number, Scored])[] {
  const hull: (readonly [number, Scored])[] = [];
  for (const candidate of candidates) {
    const [side, { score }] = candidate;
    if (hull.some(([, box]) => box.score >= score)) continue;
    for (;;) {
      const last = hull.at(-1);
      const before = hull.at(-2);
      if (last === undefined || before === undefined) break;
      const chord = (before[0] - last[0]) / (before[0] - side);
      if (last[1].score - before[1].score > (score - before[1].score) * chord) break;
      hull.pop();
    }
    hull.push(candidate);
  }
  return hull;
}

function isScored(box: Box): box is Scored {
  return box.score !== undefined && box.score > -Infinity;
}
