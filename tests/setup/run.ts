/** Before the first test and after the last one of a run. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import path from 'node:path';
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
  const inside = left.flatMap((name) => filesIn(path.join(TEMPORARY, name)));
  rmSync(TEMPORARY, { recursive: true, force: true, maxRetries: 3 });
  if (left.length === 0 || isPart) return;
  console.error(
    `${left.length} temporary files or folders were left by the tests: ${left.slice(0, 20).join(', ')} (${inside.slice(0, 10).join(', ') || 'empty'}). Make them by temporaryFolder() of tests/helpers/temporary-folder.ts, or let what makes them remove them.`,
  );
  process.exitCode = 1;
}

/** What tells whose folder it was. */
function filesIn(file: string): string[] {
  if (!statSync(file).isDirectory()) return [];
  return readdirSync(file, { recursive: true, encoding: 'utf8' });
}
