/** The names of this package's families, apart from what they mean: `--help` needs no more, and loads no rows. */
import type { Architecture } from './architecture.ts';

/** Those of the rows in registry.ts, in their order (a test compares them). */
export const ARCHITECTURES: readonly Architecture[] = ['sd1', 'sd2', 'sdxl'];

/** Those of transformers/families.ts, in their order (a test compares them). */
export const TRANSFORMERS: readonly Architecture[] = [
  'sd3',
  'auraflow',
  'hunyuan-video',
  'flux2',
  'chroma',
  'flux1',
  'z-image',
  'lumina2',
  'wan',
  'hidream-o1',
  'hidream',
  'anima',
  'cosmos-predict2',
  'cosmos1',
  'lens',
  'qwen-image-2.1',
  'mage-flow',
  'qwen-image',
  'krea2',
  'ideogram4',
  'ernie-image',
];

/** What is taken where neither files nor anybody says which family it is. */
export const DEFAULT_ARCHITECTURE: Architecture = 'sd1';
