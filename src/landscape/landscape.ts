/**
 * Objective functions over 27 block weights that were fitted to real search histories:
 *
 *     smooth(x) = beta . (x - 1/2) + amp * sum_j a_j * cos(W_j . x + b_j) + sum_i v_i * k(x, X_i)
 *     k(x, z)   = lin2 * (x - 1/2) . (z - 1/2) + amp2 * exp(-|x - z|^2 / (2 lengthscale^2))
 *     rough(x)  = noise_sd * sqrt(2 / 64) * sum_r cos(Wr_r . x + br_r)
 *
 * A Gaussian-process sample path with a linear and a squared-exponential part, conditioned on the history's points.
 * Weights are in search order, 0 = model A, 1 = model B; outside of [0, 1] the function is extrapolated.
 */
import { z } from 'zod';
import { runError } from '../shared/errors.ts';

const numbers = z.array(z.number());

const LandscapeSchema = z.object({
  name: z.string(),
  dims: z.number().int().positive(),
  mean: z.number(),
  sd: z.number(),
  lin2: z.number(),
  amp: z.number(),
  amp2: z.number(),
  lengthscale: z.number().positive(),
  noise_sd: z.number(),
  beta: numbers,
  W: z.array(numbers),
  b: numbers,
  a: numbers,
  X: z.array(numbers),
  v: numbers,
  Wr: z.array(numbers),
  br: numbers,
  /** Mean truth of random points: gain 0. */
  random_mean: z.number(),
  /** Best truth that a heavy gradient search found, and where: gain 1. */
  best_known: z.number(),
  best_x: numbers,
  tests: z.array(z.object({ x: numbers, smooth: z.number(), score: z.number() })),
});

export type Landscape = z.infer<typeof LandscapeSchema>;

/** @throws run error `landscape-format` when the object is no landscape or its arrays do not fit together */
export function parseLandscape(raw: unknown): Landscape {
  const parsed = LandscapeSchema.safeParse(raw);
  if (!parsed.success) {
    throw runError(
      'landscape-format',
      `This is not a landscape file: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}.`,
      { cause: parsed.error },
    );
  }
  const fault = misfit(parsed.data);
  if (fault !== undefined) {
    throw runError('landscape-format', `The landscape "${parsed.data.name}" is inconsistent: ${fault}.`);
  }
  return parsed.data;
}

/** The quality that a search is after: the smooth part in the score's unit. */
export function truthAt(landscape: Landscape, x: readonly number[]): number {
  return landscape.mean + landscape.sd * smoothAt(landscape, x);
}

/** What a search sees: the truth and a fixed roughness, the same at every look. */
export function scoreAt(landscape: Landscape, x: readonly number[]): number {
  return landscape.mean + landscape.sd * (smoothAt(landscape, x) + roughAt(landscape, x));
}

/** Truth on the scale on which a random point has 0 on average and the best known point 1. */
export function gainAt(landscape: Landscape, x: readonly number[]): number {
  return (truthAt(landscape, x) - landscape.random_mean) / (landscape.best_known - landscape.random_mean);
}

function smoothAt(landscape: Landscape, x: readonly number[]): number {
  const { beta, amp, a, W, b, X, v, lin2, amp2, lengthscale } = landscape;
  const centred = x.map((value) => value - 0.5);
  let waves = 0;
  for (let j = 0; j < W.length; j++) waves += (a[j] ?? 0) * Math.cos(dot(W[j] ?? [], x) + (b[j] ?? 0));
  let data = 0;
  for (let i = 0; i < X.length; i++) {
    const point = X[i] ?? [];
    let linear = 0;
    let distance = 0;
    for (let d = 0; d < point.length; d++) {
      const value = point[d] ?? 0;
      linear += (centred[d] ?? 0) * (value - 0.5);
      distance += ((x[d] ?? 0) - value) ** 2;
    }
    const near = Math.exp(-distance / (2 * lengthscale * lengthscale));
    data += (v[i] ?? 0) * (lin2 * linear + amp2 * near);
  }
  return dot(beta, centred) + amp * waves + data;
}

function roughAt(landscape: Landscape, x: readonly number[]): number {
  const { noise_sd: sd, Wr, br } = landscape;
  let waves = 0;
  for (const [r, wave] of Wr.entries()) waves += Math.cos(dot(wave, x) + (br[r] ?? 0));
  return sd * Math.sqrt(2 / Wr.length) * waves;
}

function dot(p: readonly number[], q: readonly number[]): number {
  let sum = 0;
  // Counted loops: this is most of the time of an image of the painter.
  for (let i = 0; i < p.length; i++) sum += (p[i] ?? 0) * (q[i] ?? 0);
  return sum;
}

function misfit(landscape: Landscape): string | undefined {
  const { dims, beta, W, a, b, X, v, Wr, br, best_x } = landscape;
  if (beta.length !== dims || best_x.length !== dims) return `beta and best_x need ${dims} numbers`;
  if (W.length !== a.length || W.length !== b.length) return 'W, a and b differ in length';
  if (X.length !== v.length) return 'X and v differ in length';
  if (Wr.length !== br.length) return 'Wr and br differ in length';
  const rows = [...W, ...X, ...Wr, ...landscape.tests.map((test) => test.x)];
  return rows.every((row) => row.length === dims) ? undefined : `a row does not have ${dims} numbers`;
}
