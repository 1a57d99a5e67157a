/** What an optimizer's model makes of the scores so far: whoever spends images asks it what more of them would be worth. */

/**
 * How the score of one image differs from the mean over all images of its kind, once what is easy or hard about the image for
 * every merge is taken off: variances of scores.
 */
export interface ImageNoise {
  /** What changes smoothly between merges: two alike merges have it in common where they have the image in common. */
  readonly shared: number;
  /** What every merge has for itself. */
  readonly own: number;
}

/** Images that could be made: of a merge that was measured, or of a new one. */
export interface Prospect {
  /** In the order of the dimensions. */
  readonly values: readonly number[];
  /** Images that the merge has; 0 for a new one. */
  readonly had: number;
  /** Images that it would have, more than it had. */
  readonly images: number;
}

export interface Belief {
  /**
   * By how much each of them is expected to raise the score of the merge that is handed out, in units of the score, from 0 up:
   * the knowledge gradient (Frazier, Powell & Dayanik 2009).
   */
  worth(prospects: readonly Prospect[]): number[];
  /**
   * What one image adds to the variance of the comparison of a new merge with the best one, over what is unknown of that
   * comparison: a sum of 1 = with one image, half of what is measured is the image.
   */
  imageNoise(values: readonly number[]): ImageNoise;
}
