// Of every property fewer cases than in the tests: there are thousands of changes, and most show in the first few cases.
import { configureGlobal } from 'fast-check';
import { SEED } from '../../tests/setup/settings.ts';

configureGlobal({ seed: SEED, numRuns: 12 });
