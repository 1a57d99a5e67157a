/** A score for people: four digits behind the point, or an exponent for what that would hide or stretch. */
export function scoreText(score: number): string {
  const size = Math.abs(score);
  return size >= 1e5 || (size !== 0 && size < 1e-3) ? score.toExponential(3) : score.toFixed(4);
}
