/** The names of this package's families, apart from what they mean: `--help` needs no more, and loads no rows. */
import type { Architecture } from './architecture.ts';

/** Those of the rows in registry.ts, in their order (a test compares them). */
export const ARCHITECTURES: readonly Architecture[] = ['sd1', 'sd2', 'sdxl'];

/** What is taken where nobody says which family it is. */
export const DEFAULT_ARCHITECTURE: Architecture = 'sd1';
