import os from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Many tests wait for other processes: one core left idle is one too many.
    maxWorkers: '100%',
    // Hashes of test files have no business in the user's own cache.
    env: { AUTOMBW_CACHE: path.join(os.tmpdir(), `autombw-test-cache-${process.pid}`) },
  },
});
