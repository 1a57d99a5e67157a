// The pictures of the README and the docs: all are made by `npm run screenshots`, so that they show what there is.

/** By their names in docs/images. */
export const PICTURES = [
  'tiny-world.webp',
  'terminal.svg',
  'plot.svg',
  'live.webp',
  'live-dark.webp',
  'live-phone.webp',
  'gallery.webp',
  'beliefs.webp',
  'report.webp',
];

/** Bytes of one. */
export const LARGEST_PICTURE = 150_000;
