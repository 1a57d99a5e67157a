/** What the tests see of pictures.mjs. */
export const PICTURES: readonly string[];
export const LARGEST_PICTURE: number;
