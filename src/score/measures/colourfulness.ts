import type { Pixels } from '../../types.ts';

/**
 * Colourfulness of Hasler and Süsstrunk (SPIE 5007, 2003): 0 none, 15 slight, 33 moderate, 45 average, 59 quite,
 * 82 high, 109 extreme.
 */
export function colourfulness(pixels: Pixels): number {
  const { data } = pixels;
  const count = pixels.width * pixels.height;
  // Twice yellow-blue is an integer, so that all four sums are exact.
  let sumRedGreen = 0;
  let squaresRedGreen = 0;
  let sumYellowBlue = 0;
  let squaresYellowBlue = 0;
  for (let j = 0; j < 3 * count; j += 3) {
    const red = data[j] ?? 0;
    const green = data[j + 1] ?? 0;
    const redGreen = red - green;
    const yellowBlue = red + green - 2 * (data[j + 2] ?? 0);
    sumRedGreen += redGreen;
    squaresRedGreen += redGreen * redGreen;
    sumYellowBlue += yellowBlue;
    squaresYellowBlue += yellowBlue * yellowBlue;
  }
  const meanRedGreen = sumRedGreen / count;
  const meanYellowBlue = sumYellowBlue / (2 * count);
  const variance =
    squaresRedGreen / count - meanRedGreen ** 2 + squaresYellowBlue / (4 * count) - meanYellowBlue ** 2;
  // An image of one colour may come out a rounding error below zero.
  return Math.sqrt(Math.max(0, variance)) + 0.3 * Math.hypot(meanRedGreen, meanYellowBlue);
}
