/**
 * Scores of trials with unequal images, made comparable. Some images are easy and score high whatever the merge: a trial that
 * has only those would win. The score of image p in trial i is taken as a_i + b_p, merge plus image; b is fitted over all trials
 * by least squares and taken off before the tally.
 */

/** Scores of one trial by the position of the image in the plan's order; undefined = it has no such image. */
export type ScoreRow = readonly (number | undefined)[];

/** One number of the scores of a trial; the positions say which images they are of. */
export type TallyScores = (scores: readonly number[], positions: readonly number[]) => number;

/**
 * The effect b of every image, with mean 0 over all images that anybody has; 0 for the others.
 * @param total images of the whole set
 */
export function imageEffects(rows: readonly ScoreRow[], total: number): number[] {
  const { matrix, right, seen } = normalEquations(rows, total);
  const effects = solve(matrix, right);
  const known = effects.filter((_, p) => seen[p] === true);
  const mean = known.reduce((sum, effect) => sum + effect, 0) / Math.max(1, known.length);
  return effects.map((effect, p) => (seen[p] === true ? effect - mean : 0));
}

/**
 * The comparable score of every trial, in the order of the rows. With the same images for all it is the tally itself.
 * @throws what the tally throws of the scores as they are
 */
export function comparableScores(rows: readonly ScoreRow[], total: number, tally: TallyScores): number[] {
  const present = rows.map(positionsOf);
  if (haveSameImages(rows))
    return rows.map((row, i) => tally(scoresAt(row, present[i] ?? []), present[i] ?? []));
  const effects = imageEffects(rows, total);
  return rows.map((row, i) => {
    const positions = present[i] ?? [];
    const scores = scoresAt(row, positions);
    const own = positions.map((p) => effects[p] ?? 0);
    try {
      return tally(
        scores.map((score, k) => score - (own[k] ?? 0)),
        positions,
      );
    } catch {
      // Taking the effect off may leave the domain of a tally that needs positive scores.
      return tally(scores, positions) - own.reduce((sum, effect) => sum + effect, 0) / own.length;
    }
  });
}

/** Nothing has to be made comparable. */
export function haveSameImages(rows: readonly ScoreRow[]): boolean {
  const [first = []] = rows;
  return rows.every((row) => {
    if (row === first) return true;
    const length = Math.max(row.length, first.length);
    for (let p = 0; p < length; p++) if ((row[p] === undefined) !== (first[p] === undefined)) return false;
    return true;
  });
}

function positionsOf(row: ScoreRow): number[] {
  const positions: number[] = [];
  for (let p = 0; p < row.length; p++) if (row[p] !== undefined) positions.push(p);
  return positions;
}

function scoresAt(row: ScoreRow, positions: readonly number[]): number[] {
  const scores: number[] = [];
  for (const p of positions) {
    const score = row[p];
    if (score !== undefined) scores.push(score);
  }
  return scores;
}

/** Of least squares, the a_i put in: they are means of what is left of their trial. */
function normalEquations(
  rows: readonly ScoreRow[],
  total: number,
): { matrix: number[][]; right: number[]; seen: boolean[] } {
  const matrix = Array.from({ length: total }, () => Array.from({ length: total }, () => 0));
  const right = Array.from({ length: total }, () => 0);
  const seen = Array.from({ length: total }, () => false);
  for (const row of rows) {
    const positions = positionsOf(row).filter((p) => p < total);
    const scores = scoresAt(row, positions);
    const mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
    for (const [k, p] of positions.entries()) {
      seen[p] = true;
      right[p] = (right[p] ?? 0) + (scores[k] ?? 0) - mean;
      const line = matrix[p] ?? [];
      line[p] = (line[p] ?? 0) + 1;
      for (const q of positions) line[q] = (line[q] ?? 0) - 1 / positions.length;
    }
  }
  return { matrix, right, seen };
}

/**
 * Gaussian elimination of a symmetric system that is only determined up to a constant (for every group of images that no trial
 * joins with the others): what has no pivot is 0.
 */
function solve(matrix: readonly number[][], right: readonly number[]): number[] {
  const lines = matrix.map((line, p) => [...line, right[p] ?? 0]);
  const size = lines.length;
  const isPivot = lines.map(() => false);
  for (const [p, line] of lines.entries()) {
    const pivot = line[p] ?? 0;
    if (pivot < SMALLEST_PIVOT) continue;
    isPivot[p] = true;
    for (const other of lines.slice(p + 1)) {
      const factor = (other[p] ?? 0) / pivot;
      if (factor === 0) continue;
      for (let q = p; q <= size; q++) other[q] = (other[q] ?? 0) - factor * (line[q] ?? 0);
    }
  }
  const solution = lines.map(() => 0);
  for (let p = size - 1; p >= 0; p--) {
    const line = lines[p] ?? [];
    if (isPivot[p] !== true) continue;
    let rest = line[size] ?? 0;
    for (let q = p + 1; q < size; q++) rest -= (line[q] ?? 0) * (solution[q] ?? 0);
    solution[p] = rest / (line[p] ?? 1);
  }
  return solution;
}

/** Diagonals are sums of 1 − 1/n over trials: 0, or a half and more before elimination. */
const SMALLEST_PIVOT = 1e-9;
