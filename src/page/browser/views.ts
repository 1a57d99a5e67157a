/** All ways of looking at a run; the first one is shown unless the address names another. */
import { GalleryView } from './gallery/gallery-view.tsx';
import { LiveView } from './live/live-view.tsx';
import { RatingView } from './rating/rating-view.tsx';
import type { View } from './view.ts';

export const VIEWS: readonly [View, ...View[]] = [
  { id: 'live', title: 'Live', Content: LiveView },
  { id: 'gallery', title: 'Gallery', Content: GalleryView },
  { id: 'rating', title: 'Rating', Content: RatingView },
];
