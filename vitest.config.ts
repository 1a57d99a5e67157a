import os from 'node:os';
import { defineConfig } from 'vitest/config';
import { ENVIRONMENT, IS_NIGHTLY, PATIENCE } from './tests/setup/settings.ts';

/** Time-outs end what hangs; how long something takes is not tested by them. */
const patient = (seconds: number) => {
  const milliseconds = Math.round(seconds * 1000 * PATIENCE * (IS_NIGHTLY ? 60 : 1));
  return {
    testTimeout: milliseconds,
    hookTimeout: milliseconds,
    expect: { poll: { timeout: Math.round(milliseconds / 2), interval: 10 } },
  };
};
const common = {
  env: ENVIRONMENT,
  setupFiles: ['tests/setup/each-file.ts'],
  // Most of the time of a small file is what it imports: once a worker, not once a file.
  isolate: false,
  // More than cores, because many tests wait for a server or another process: all projects run at once, and share them. A
  // number, because Vitest makes no more workers than cores of a percentage.
  maxWorkers: Math.ceil(1.5 * os.availableParallelism()),
  sequence: { groupOrder: 1 },
};

export default defineConfig({
  test: {
    globalSetup: ['tests/setup/run.ts'],
    projects: [
      {
        test: {
          ...common,
          ...patient(30),
          name: 'unit',
          include: ['tests/unit/**/*.test.ts', 'tests/fuzz/**/*.test.ts'],
          setupFiles: [...common.setupFiles, 'tests/setup/properties.ts'],
        },
      },
      {
        test: {
          ...common,
          ...patient(180),
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
        },
      },
      {
        test: {
          ...common,
          ...patient(180),
          name: 'process',
          include: ['tests/process/**/*.test.ts'],
        },
      },
      {
        test: {
          ...common,
          ...patient(60),
          name: 'faults',
          include: ['tests/faults/**/*.test.ts'],
        },
      },
      {
        test: {
          ...common,
          ...patient(120),
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/setup/browser.ts'],
          // A browser, a server and a search are busy at once: one file at a time, after everything else.
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
