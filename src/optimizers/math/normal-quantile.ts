import { normalCdf, normalPdf } from './normal.ts';

/** Φ⁻¹(p) for 0 < p < 1: Acklam's rational approximation (2003), then one step of Newton's method. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const rough = p < 0.02425 ? tail(Math.sqrt(-2 * Math.log(p))) : middle(p - 0.5);
  return rough - (normalCdf(rough) - p) / normalPdf(rough);
}

function tail(q: number): number {
  const top = [
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const bottom = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
  return polynomial(top, q) / polynomial(bottom, q);
}

function middle(q: number): number {
  const top = [
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
    2.506628277459239,
  ];
  const bottom = [
    -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
    -1.328068155288572e1, 1,
  ];
  return (polynomial(top, q * q) * q) / polynomial(bottom, q * q);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((value, coefficient) => value * x + coefficient, 0);
}
