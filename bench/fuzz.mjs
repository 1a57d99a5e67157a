// npm run bench -- fuzz [--runs 100000]: every parser against random and mutated input, no crash, no hang.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '100000' } } });
const vitest = path.join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'tests/fuzz', '--reporter=verbose'], {
  cwd: path.join(import.meta.dirname, '..'),
  stdio: 'inherit',
  env: { ...process.env, AUTOMBW_FUZZ_RUNS: values.runs },
});
process.exitCode = status ?? 1;
