/** Student's t: how far a studentized mean of few numbers may stray by chance. */

/**
 * The value that t exceeds with this probability.
 * @param degrees of freedom, above 0; need not be whole
 * @param tail from 0 to 0.5, without 0
 */
export function studentQuantile(degrees: number, tail: number): number {
  let [low, high] = [0, 1];
  while (studentTail(degrees, high) > tail && high < LARGEST) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (studentTail(degrees, middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The probability of a t above this value. @param t from 0 up */
export function studentTail(degrees: number, t: number): number {
  return 0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** Of one degree of freedom and the smallest tails. */
const LARGEST = 1e12;

/** Regularised; Lentz's continued fraction. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  const away = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-14) break;
  }
  return (front * fraction) / a;
}

/** Lanczos, for numbers above 0. */
function logGamma(x: number): number {
  const series = LANCZOS.reduce((sum, factor, i) => sum + factor / (x + i + 1), 1.000000000190015);
  const base = x + 5.5;
  return (x + 0.5) * Math.log(base) - base + Math.log((2.5066282746310005 * series) / x);
}

const LANCZOS: readonly number[] = [
  76.18009172947146, -86.50532032941677, 24.01409824083091, -1.231739572450155, 0.001208650973866179,
  -0.000005395239384953,
];
