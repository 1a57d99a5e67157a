// Vitest as `npm run mutation` starts it: only the test files that it names, in one thread, modules loaded once.
import { defineConfig } from 'vitest/config';
import { ENVIRONMENT } from '../../tests/setup/settings.ts';

let vitest;
/** A module that cannot be loaded any more has no tests that fail: without this Stryker takes that for a change that none noticed. */
const failedModules = {
  onInit(started) {
    vitest = started;
  },
  onTestModuleEnd(module) {
    for (const error of module.errors()) vitest.state.catchError(error, 'Unhandled Error');
  },
};

export default defineConfig({
  test: {
    env: ENVIRONMENT,
    include: JSON.parse(process.env['AUTOMBW_MUTATION_TESTS'] ?? '[]'),
    setupFiles: ['tests/setup/each-file.ts', 'scripts/mutation/properties.mjs'],
    globalSetup: ['tests/setup/run.ts'],
    reporters: [failedModules],
    isolate: false,
    // What hangs is ended by Stryker, which knows how long the tests take here.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
