/** A smooth function: returns the value at `x` and writes the gradient. Not finite = outside its domain. */
export type Smooth = (x: Float64Array, gradient: Float64Array) => number;

export interface Box {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
}

const MEMORY = 6;
const SUFFICIENT = 1e-4;

/**
 * Minimises within a box: limited-memory BFGS directions on the coordinates that are free to move, projected
 * backtracking steps (the projected quasi-Newton scheme of Bertsekas 1982 with Nocedal's two-loop recursion).
 * Meant for few, cheap, smooth variables; stops after `maxEvaluations` calls or when a step gains less than `tolerance`.
 */
export function minimise(
  f: Smooth,
  start: ArrayLike<number>,
  box: Box,
  maxEvaluations: number,
  tolerance: number,
): Minimum {
  const size = start.length;
  let x = project(Float64Array.from(start), box);
  let gradient = new Float64Array(size);
  let value = f(x, gradient);
  let evaluations = 1;
  let steps: { s: Float64Array; y: Float64Array; inverse: number }[] = [];
  if (!Number.isFinite(value)) return { x, value };

  while (evaluations < maxEvaluations) {
    const blocked = blockedCoordinates(x, gradient, box);
    let direction = quasiNewton(gradient, blocked, steps);
    let slope = inner(direction, gradient);
    if (!(slope < 0)) {
      steps = [];
      direction = quasiNewton(gradient, blocked, steps);
      slope = inner(direction, gradient);
      if (!(slope < 0)) break;
    }
    // The first step has no curvature to go by: move the largest coordinate by a tenth of its range at most.
    let length = steps.length > 0 ? 1 : firstStep(direction, box);
    let accepted = false;
    let nextX = x;
    let nextValue = value;
    const nextGradient = new Float64Array(size);
    for (let trial = 0; trial < 12 && evaluations < maxEvaluations; trial++) {
      nextX = project(axpy(length, direction, x), box);
      nextValue = f(nextX, nextGradient);
      evaluations++;
      const predicted = inner(gradient, nextX) - inner(gradient, x);
      if (nextValue <= value + SUFFICIENT * predicted && predicted < 0) {
        accepted = true;
        break;
      }
      length *= Number.isFinite(nextValue) ? 0.4 : 0.1;
    }
    if (!accepted) {
      if (steps.length === 0) break;
      steps = [];
      continue;
    }
    const s = axpy(-1, x, nextX);
    const y = axpy(-1, gradient, nextGradient);
    const curvature = inner(s, y);
    if (curvature > 1e-12 * inner(y, y)) {
      steps.push({ s, y, inverse: 1 / curvature });
      if (steps.length > MEMORY) steps.shift();
    }
    const gain = value - nextValue;
    x = nextX;
    value = nextValue;
    gradient = nextGradient;
    if (gain < tolerance) break;
  }
  return { x, value };
}

function blockedCoordinates(x: Float64Array, gradient: Float64Array, { low, high }: Box): boolean[] {
  return Array.from(x, (xi, i) => {
    const g = gradient[i] as number;
    return (xi <= (low[i] as number) && g > 0) || (xi >= (high[i] as number) && g < 0);
  });
}

function quasiNewton(
  gradient: Float64Array,
  blocked: readonly boolean[],
  steps: readonly { s: Float64Array; y: Float64Array; inverse: number }[],
): Float64Array {
  const q = gradient.map((g, i) => (blocked[i] === true ? 0 : -g));
  const weights: number[] = [];
  for (const { s, y, inverse } of steps.toReversed()) {
    const weight = inverse * inner(s, q);
    weights.push(weight);
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) - weight * (y[i] as number);
  }
  const last = steps.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.inverse * inner(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) * scale;
  }
  for (const { s, y, inverse } of steps) {
    const weight = (weights.pop() as number) - inverse * inner(y, q);
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) + weight * (s[i] as number);
  }
  for (let i = 0; i < q.length; i++) if (blocked[i] === true) q[i] = 0;
  return q;
}

function firstStep(direction: Float64Array, { low, high }: Box): number {
  let length = Infinity;
  for (let i = 0; i < direction.length; i++) {
    const range = (high[i] as number) - (low[i] as number);
    length = Math.min(length, (0.1 * range) / Math.abs(direction[i] as number));
  }
  return Number.isFinite(length) ? length : 1;
}

function project(x: Float64Array, { low, high }: Box): Float64Array {
  for (let i = 0; i < x.length; i++) {
    x[i] = Math.min(high[i] as number, Math.max(low[i] as number, x[i] as number));
  }
  return x;
}

function axpy(factor: number, a: Float64Array, b: Float64Array): Float64Array {
  return b.map((value, i) => value + factor * (a[i] as number));
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
