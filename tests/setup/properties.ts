/** Property tests are seeded even where they do not say so. */
import { configureGlobal } from 'fast-check';
import { SEED } from './settings.ts';

configureGlobal({ seed: SEED });
