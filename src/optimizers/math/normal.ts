/** The normal distribution and the logarithm of expected improvement, accurate far into the tail. */

const SQRT_2 = Math.SQRT2;
const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);
const INV_SQRT_PI = 1 / Math.sqrt(Math.PI);

/** φ(z). */
export function normalPdf(z: number): number {
  return Math.exp(-0.5 * z * z - LOG_SQRT_2PI);
}

/** Φ(z), by erfc, so that the far left tail keeps its digits. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / SQRT_2);
}

/**
 * Expected improvement over `threshold` of a normal value: imp·Φ(imp/sd) + sd·φ(imp/sd), imp = mean − threshold − xi.
 * 0 where sd is 0 and the mean does not improve.
 */
export function expectedImprovement(mean: number, sd: number, threshold: number, xi = 0): number {
  const improvement = mean - threshold - xi;
  if (sd <= 0) return Math.max(0, improvement);
  const z = improvement / sd;
  return improvement * normalCdf(z) + sd * normalPdf(z);
}

/**
 * log(φ(z) + z Φ(z)): expected improvement is sd times its exponential.
 * Ament et al. 2023 (arXiv 2310.20708), equation 9: a second form where the sum cancels, a third where it is asymptotic.
 */
export function logImprovement(z: number): number {
  if (z > -1) return Math.log(normalPdf(z) + z * normalCdf(z));
  const head = -0.5 * z * z - LOG_SQRT_2PI;
  if (z <= -1e6) return head - 2 * Math.log(-z);
  return head + log1mexp(Math.log(erfcx(-z / SQRT_2) * -z) + 0.5 * Math.log(Math.PI / 2));
}

/** Derivative of {@link logImprovement}: Φ(z) / (φ(z) + z Φ(z)), always positive. */
export function logImprovementSlope(z: number): number {
  if (z > -1) return normalCdf(z) / (normalPdf(z) + z * normalCdf(z));
  if (z <= -1e6) return -z;
  return 0.5 * erfcx(-z / SQRT_2) * Math.exp(-0.5 * z * z - logImprovement(z));
}

/** log(1 − e^w) for w < 0. */
function log1mexp(w: number): number {
  return w > -Math.LN2 ? Math.log(-Math.expm1(w)) : Math.log1p(-Math.exp(w));
}

/** Error function; relative error about 1e-16. */
export function erf(x: number): number {
  return Math.abs(x) <= 0.46875 ? smallErf(x) : Math.sign(x) * (1 - erfc(Math.abs(x)));
}

/** 1 − erf(x), without cancellation. */
export function erfc(x: number): number {
  if (Math.abs(x) <= 0.46875) return 1 - smallErf(x);
  if (x < 0) return 2 - erfc(-x);
  // e^(−x²) in two factors: x² rounded to 1/16 squares exactly, the rest is small.
  const rounded = Math.trunc(x * 16) / 16;
  return Math.exp(-rounded * rounded) * Math.exp(-(x - rounded) * (x + rounded)) * largeErfcx(x);
}

/** e^(x²) erfc(x): does not underflow for large x. Overflows below about −26.6. */
export function erfcx(x: number): number {
  return x <= 0.46875 ? Math.exp(x * x) * erfc(x) : largeErfcx(x);
}

// Rational approximations of W. J. Cody, Math. Comp. 23 (1969) 631–637, highest power first.
const A = [
  1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2,
  3.20937758913846947e3,
];
const B = [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];
const C = [
  2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
  2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3,
  1.23033935479799725e3,
];
const D = [
  1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
  3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
];
const P = [
  1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
  1.60837851487422766e-2, 6.58749161529837803e-4,
];
const Q = [
  1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2,
  2.33520497626869185e-3,
];

function smallErf(x: number): number {
  const square = x * x;
  return (x * polynomial(A, square)) / polynomial(B, square);
}

function largeErfcx(x: number): number {
  if (x <= 4) return polynomial(C, x) / polynomial(D, x);
  const inverse = 1 / (x * x);
  return (INV_SQRT_PI - (inverse * polynomial(P, inverse)) / polynomial(Q, inverse)) / x;
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}
