/** The rater wants no more: the run ends as if it had been interrupted. */
export const ABORTED_BY_RATER = 'manual-aborted';
