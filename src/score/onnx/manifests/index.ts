/** The scorers that autombw knows by name. */
import laionV1 from './laion-v1.json' with { type: 'json' };
import laionV2Ava from './laion-v2-ava.json' with { type: 'json' };
import laionV2Sac from './laion-v2-sac.json' with { type: 'json' };
import chad from './chad.json' with { type: 'json' };
import laionV1B32 from './laion-v1-b32.json' with { type: 'json' };
import aesB32 from './aes-b32.json' with { type: 'json' };
import clipscore from './clipscore.json' with { type: 'json' };
import cityAesthetics from './city-aesthetics.json' with { type: 'json' };
import skytnt from './skytnt.json' with { type: 'json' };
import deepghs from './deepghs.json' with { type: 'json' };
import wdTags from './wd-tags.json' with { type: 'json' };
import imageReward from './image-reward.json' with { type: 'json' };
import cafeAesthetic from './cafe-aesthetic.json' with { type: 'json' };
import shadowV1 from './shadow-v1.json' with { type: 'json' };
import shadowV2 from './shadow-v2.json' with { type: 'json' };
import pickscore from './pickscore.json' with { type: 'json' };
import hpsV21 from './hps-v21.json' with { type: 'json' };
import aestheticV25 from './aesthetic-v25.json' with { type: 'json' };
import waifuScorer from './waifu-scorer.json' with { type: 'json' };
import { manifestSchema, type Manifest } from '../manifest.ts';

/** In the order in which they are listed: the common ones first. */
export const builtInManifests: readonly Manifest[] = [
  laionV1,
  laionV2Ava,
  laionV2Sac,
  chad,
  laionV1B32,
  aesB32,
  clipscore,
  cityAesthetics,
  skytnt,
  deepghs,
  wdTags,
  imageReward,
  cafeAesthetic,
  shadowV1,
  shadowV2,
  pickscore,
  hpsV21,
  aestheticV25,
  waifuScorer,
].map((manifest) => manifestSchema.parse(manifest));
