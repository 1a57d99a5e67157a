/** All ways of looking at a run; the first one is shown unless the address names another. */
import { BeliefsView } from './beliefs/beliefs-view.tsx';
import { GalleryView } from './gallery/gallery-view.tsx';
import { LIVE_KEYS } from './live/keys.ts';
import { LiveView } from './live/live-view.tsx';
import { RATING_KEYS } from './rating/rating-keys.ts';
import { RatingView } from './rating/rating-view.tsx';
import type { View } from './view.ts';

export const VIEWS: readonly [View, ...View[]] = [
  { id: 'live', title: 'Live', Content: LiveView, keys: LIVE_KEYS },
  { id: 'gallery', title: 'Gallery', Content: GalleryView },
  { id: 'beliefs', title: 'Beliefs', Content: BeliefsView },
  { id: 'rating', title: 'Rating', Content: RatingView, keys: RATING_KEYS },
];
