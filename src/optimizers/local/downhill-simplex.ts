import { z } from 'zod';
import { defineOptimizer } from '../definition.ts';
import type { CubePoint } from '../ask-tell/grid.ts';
import { initialize, uniformPoint } from '../ask-tell/initial-points.ts';
import type { Rng } from '../math/rng.ts';
import { createInitialDesign } from '../ask-tell/initial-design.ts';
import type { Outcome, Proposer, ProposerContext } from '../ask-tell/proposer.ts';

const options = z.strictObject({
  alpha: z
    .number()
    .positive()
    .default(1)
    .describe('reflection: distance beyond the centre, relative to the worst vertex'),
  gamma: z
    .number()
    .gt(1)
    .default(2)
    .describe('expansion: distance beyond the centre after a reflection that became the best'),
  beta: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.5)
    .describe('contraction: distance from the centre after a bad reflection'),
  sigma: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.5)
    .describe('shrinking: how far each vertex moves towards the best one'),
  initialize,
});

export const downhillSimplex = defineOptimizer({
  name: 'downhill-simplex',
  pythonClass: 'DownhillSimplexOptimizer',
  version: 1,
  title: 'Downhill simplex (Nelder–Mead)',
  sentence:
    'Moves a simplex (one point more than dimensions) by reflecting its worst vertex; good when scores are noisy.',
  source:
    'Nelder & Mead, The Computer Journal 7, 1965; parallel asks work on different vertices, as in Lee & Wiswall 2007.',
  options,
  createProposer: createDownhillSimplex,
});

interface Vertex {
  /** Where the score was measured: within the cube and on its grid. */
  readonly point: CubePoint;
  readonly score: number;
}

/** One point on its way, and what it is for. */
interface Move {
  readonly kind: 'reflect' | 'expand' | 'contract' | 'shrink';
  /** The vertex that may be replaced. */
  readonly vertex: Vertex;
  /** Where to, before rounding. */
  readonly point: CubePoint;
  /** Of the vertices that the vertex was reflected at; the second half of a decision stays on that line. */
  readonly centre: CubePoint;
  readonly reflected?: Vertex;
}

function createDownhillSimplex(
  settings: z.output<typeof options>,
  { grid, seed }: ProposerContext,
): Proposer {
  const { alpha, gamma, beta, sigma } = settings;
  const complete = grid.size + 1;
  const first = createInitialDesign(grid, settings.initialize, complete, seed);
  const moves = new Map<number, Move>();
  let simplex: Vertex[] = [];
  /** Where the simplex of a restart grows; undefined for the first one. */
  let restart: Vertex | undefined;
  /** Second halves of decisions that have been taken. */
  let pending: Move[] = [];

  const sorted = (): Vertex[] => simplex.toSorted((a, b) => b.score - a.score);
  const isBusy = (vertex: Vertex): boolean =>
    [...pending, ...moves.values()].some((move) => move.vertex === vertex);

  function nextMove(): Move | undefined {
    const waiting = pending.shift();
    if (waiting !== undefined) return waiting;
    const worst = sorted()
      .slice(1)
      .findLast((vertex) => !isBusy(vertex));
    if (worst === undefined) return undefined;
    if (isCollapsed(simplex, grid.intervals)) {
      restart = sorted()[0] as Vertex;
      simplex = [restart];
      return undefined;
    }
    const centre = centreOf(simplex, worst);
    return { kind: 'reflect', vertex: worst, centre, point: along(centre, worst.point, -alpha) };
  }

  /** A point that belongs to no decision: it fills the simplex, or takes the place of the worst vertex. */
  function admit(vertex: Vertex): void {
    if (simplex.length >= complete) {
      const worst = sorted().at(-1) as Vertex;
      if (vertex.score <= worst.score) return;
      simplex = simplex.filter((other) => other !== worst);
    }
    simplex.push(vertex);
  }

  function settle({ kind, vertex, centre, reflected }: Move, tried: Vertex): void {
    const replace = (next: Vertex): void => {
      simplex = simplex.map((other) => (other === vertex ? next : other));
    };
    if (kind === 'reflect') {
      const others = sorted().filter((other) => other !== vertex);
      const best = others[0]?.score ?? -Infinity;
      const worst = others.at(-1)?.score ?? -Infinity;
      if (tried.score > best) {
        pending.push({
          kind: 'expand',
          vertex,
          centre,
          point: along(centre, vertex.point, -gamma),
          reflected: tried,
        });
      } else if (tried.score > worst) {
        replace(tried);
      } else {
        const nearer = tried.score > vertex.score ? tried : vertex;
        pending.push({
          kind: 'contract',
          vertex,
          centre,
          point: along(centre, nearer.point, beta),
          reflected: tried,
        });
      }
    } else if (kind === 'expand') {
      replace(reflected !== undefined && reflected.score >= tried.score ? reflected : tried);
    } else if (kind === 'shrink') {
      if (tried.score > -Infinity) replace(tried);
    } else if (tried.score > Math.max(vertex.score, reflected?.score ?? -Infinity)) {
      replace(tried);
    } else {
      const [best, ...others] = sorted() as [Vertex, ...Vertex[]];
      pending = others
        .filter((other) => other === vertex || !isBusy(other))
        .map((other) => ({
          kind: 'shrink',
          vertex: other,
          centre: best.point,
          point: along(best.point, other.point, 1 - sigma),
        }));
    }
  }

  return {
    propose(ask) {
      const initial = first(ask);
      if (initial !== undefined) return initial;
      // A repeated ask keeps its move: the nearest free point is as good a place for it.
      const move = moves.get(ask.id) ?? (simplex.length < complete ? undefined : nextMove());
      if (move === undefined) {
        return restart !== undefined && simplex.length < complete
          ? nearby(restart.point, ask.random)
          : uniformPoint(grid, ask.random);
      }
      moves.set(ask.id, move);
      return move.point;
    },
    observe(outcome: Outcome) {
      const move = outcome.id === undefined ? undefined : moves.get(outcome.id);
      if (outcome.id !== undefined) moves.delete(outcome.id);
      const score = outcome.score ?? -Infinity;
      if (move !== undefined && simplex.includes(move.vertex)) settle(move, { point: outcome.point, score });
      else if (outcome.score !== undefined) admit({ point: outcome.point.map(clip), score });
    },
  };
}

/** centre + factor · (point − centre), within the cube. */
function along(centre: CubePoint, point: CubePoint, factor: number): number[] {
  return centre.map((c, d) => clip(c + factor * ((point[d] as number) - c)));
}

/** Of all vertices but one. */
function centreOf(simplex: readonly Vertex[], without: Vertex): number[] {
  const others = simplex.filter((vertex) => vertex !== without);
  return without.point.map(
    (_, d) => others.reduce((sum, { point }) => sum + (point[d] as number), 0) / others.length,
  );
}

/**
 * Too small to be shrunk once more: in every dimension the vertices lie within three grid steps. Rounding would decide
 * about the moves of such a simplex.
 */
function isCollapsed(simplex: readonly Vertex[], intervals: readonly number[]): boolean {
  return intervals.every((steps, d) => {
    const coordinates = simplex.map(({ point }) => point[d] as number);
    const span = Math.max(...coordinates) - Math.min(...coordinates);
    return steps === 0 ? span < 1e-4 : span < Math.min(0.3, 3 / steps) + 1e-9;
  });
}

/** A vertex of a new simplex around the best point. */
function nearby(point: CubePoint, random: Rng): number[] {
  return point.map((x) => clip(x + 0.5 * (random.uniform() - 0.5)));
}

function clip(x: number): number {
  return Math.min(1, Math.max(0, x));
}
