// npm run test:nightly: the tests at full length, from a random seed that is printed (tests/README.md).
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const { status } = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url)), 'run'],
  { stdio: 'inherit', env: { ...process.env, AUTOMBW_NIGHTLY: '1' } },
);
process.exitCode = status ?? 1;
