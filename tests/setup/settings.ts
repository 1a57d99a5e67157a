/** What a whole run of the tests goes by. The configuration settles it once; every test process is given it as its environment. */
import os from 'node:os';
import path from 'node:path';

/** Everything at full length: all contract cases, long property runs from a seed of their own. */
export const IS_NIGHTLY = process.env['AUTOMBW_NIGHTLY'] === '1';

/** One day's failure is the same on every machine; a night looks elsewhere every time, and says where. */
export const SEED = Number(
  process.env['AUTOMBW_TEST_SEED'] ?? (IS_NIGHTLY ? Math.trunc(Math.random() * 2 ** 31) : 20_231_121),
);

/** Every temporary file of a run lies here, also those of the processes that the tests start. */
export const TEMPORARY =
  process.env['AUTOMBW_TEST_TEMPORARY'] ?? path.join(os.tmpdir(), `autombw-tests-${process.pid}`);

/** A file for each process that tests have started and that has not ended: its number, and in it what it is. */
export const PROCESSES = path.join(TEMPORARY, 'processes');

/** How much longer than usual this machine takes now, from 1 to 10: what a time-out is multiplied by. */
export const PATIENCE = Number(process.env['AUTOMBW_TEST_PATIENCE'] ?? measurePatience());

/** For the test processes. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AUTOMBW_TEST_SEED: String(SEED),
  AUTOMBW_TEST_PATIENCE: String(PATIENCE),
  AUTOMBW_TEST_TEMPORARY: TEMPORARY,
  // Hashes of test files have no business in the user's own cache.
  AUTOMBW_CACHE: path.join(TEMPORARY, 'cache'),
  TMPDIR: TEMPORARY,
  TMP: TEMPORARY,
  TEMP: TEMPORARY,
};

/** The longest of three looks: a core that is shared is not shared at every moment. */
function measurePatience(): number {
  const milliseconds = Math.max(...[1, 2, 3].map(() => timeOfLoop()));
  // About what an idle core of 2023 takes.
  return Math.min(10, Math.max(1, Math.ceil(milliseconds / 25)));
}

/** Milliseconds. */
function timeOfLoop(): number {
  const began = performance.now();
  let sum = 0;
  for (let i = 0; i < 3_000_000; i++) sum = (sum + i * i) % 1_000_003;
  return sum < 0 ? 0 : performance.now() - began;
}
