/** Before the first test and after the last one of a run. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { IS_NIGHTLY, PATIENCE, SEED, TEMPORARY } from './settings.ts';

/** Hashes of test files, kept for the next test file, and what onnxruntime leaves of itself. */
const KEPT = /^(cache|mat-debug-\d+\.log|\.ses)$/;

/** A file whose tests are all left out by their names makes its folders and runs no hook. */
let isPart = false;

export function setup({ config }: TestProject): void {
  isPart = config.testNamePattern !== undefined;
  mkdirSync(TEMPORARY, { recursive: true });
  const lengths = IS_NIGHTLY ? 'nightly: everything at full length' : 'as by day';
  console.log(
    `Tests ${lengths}; seed of property tests ${SEED} (AUTOMBW_TEST_SEED); time-outs × ${PATIENCE.toFixed(1)}.`,
  );
}

export function teardown(): void {
  const left = readdirSync(TEMPORARY).filter((name) => !KEPT.test(name));
  rmSync(TEMPORARY, { recursive: true, force: true, maxRetries: 3 });
  if (left.length === 0 || isPart) return;
  console.error(
    `${left.length} temporary files or folders were left by the tests: ${left.slice(0, 20).join(', ')}. Make them by temporaryFolder() of tests/helpers/temporary-folder.ts, or let what makes them remove them.`,
  );
  process.exitCode = 1;
}
