/** Lanczos' coefficients for g = 7 and nine terms (Godfrey 2001). */
const G = 7;
const COEFFICIENTS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The gamma function for x > 0, to about 1e-14 of its value up to 20. */
export function gamma(x: number): number {
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const t = x + G - 0.5;
  let series = 0;
  for (const [i, coefficient] of COEFFICIENTS.entries()) {
    series += i === 0 ? coefficient : coefficient / (x - 1 + i);
  }
  return Math.sqrt(2 * Math.PI) * t ** (x - 0.5) * Math.exp(-t) * series;
}
