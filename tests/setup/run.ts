/** Before the first test and after the last one of a run. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import path from 'node:path';
import { IS_NIGHTLY, PATIENCE, PROCESSES, SEED, TEMPORARY } from './settings.ts';

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
  endProcesses();
  const left = readdirSync(TEMPORARY).filter((name) => !KEPT.test(name));
  const inside = left.flatMap((name) => filesIn(path.join(TEMPORARY, name)));
  rmSync(TEMPORARY, { recursive: true, force: true, maxRetries: 3 });
  if (left.length === 0 || isPart) return;
  console.error(
    `${left.length} temporary files or folders were left by the tests: ${left.slice(0, 20).join(', ')} (${inside.slice(0, 10).join(', ') || 'empty'}). Make them by temporaryFolder() of tests/helpers/temporary-folder.ts, or let what makes them remove them.`,
  );
  process.exitCode = 1;
}

/** Servers that nobody has ended would stay on the machine for good. */
function endProcesses(): void {
  const notes = existsSync(PROCESSES) ? readdirSync(PROCESSES) : [];
  for (const note of notes) {
    const what = readFileSync(path.join(PROCESSES, note), 'utf8');
    if (!isRunning(Number(note), what)) continue;
    process.kill(Number(note), 'SIGKILL');
    console.error(
      `The tests left a process running, which is ended now: ${what} (process ${note}). Look which test file started it and was cut off before its last hooks.`,
    );
    process.exitCode = 1;
  }
  rmSync(PROCESSES, { recursive: true, force: true });
}

/** Is it still the process that was noted? Numbers are given to others later. */
function isRunning(pid: number, what: string): boolean {
  const program = what.split(' ')[0] ?? '';
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return typeof stdout === 'string' && stdout.includes(program);
}

/** What tells whose folder it was. */
function filesIn(file: string): string[] {
  if (!statSync(file).isDirectory()) return [];
  return readdirSync(file, { recursive: true, encoding: 'utf8' });
}
