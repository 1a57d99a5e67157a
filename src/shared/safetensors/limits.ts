/**
 * Bounds on what a header may ask for. A checkpoint comes from the internet: nothing it says is believed before it is
 * checked against these and against the length of the file.
 */

/** A real SDXL header has 0.3 MB, one with a whole training log a few. The reference library stops at 100 MB. */
export const MAX_HEADER_BYTES = 25_000_000;

/** A full SDXL checkpoint with EMA weights has about 5000. */
export const MAX_TENSORS = 100_000;

export const MAX_DIMENSIONS = 32;

/** A header is three levels deep: the object, its tensors, their lists. */
export const MAX_JSON_DEPTH = 8;

/** Keeps the memory for a header of `[],[],[],…` within bounds. */
export const MAX_JSON_VALUES = 2_000_000;
