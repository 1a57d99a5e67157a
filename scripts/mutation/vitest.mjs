// Vitest as `npm run mutation` starts it: only the test files that it names, in one thread, modules loaded once.
import { defineConfig } from 'vitest/config';
import { ENVIRONMENT } from '../../tests/setup/settings.ts';

export default defineConfig({
  test: {
    env: ENVIRONMENT,
    include: JSON.parse(process.env['AUTOMBW_MUTATION_TESTS'] ?? '[]'),
    setupFiles: ['tests/setup/each-file.ts', 'scripts/mutation/properties.mjs'],
    globalSetup: ['tests/setup/run.ts'],
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
