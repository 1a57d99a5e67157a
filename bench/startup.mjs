// Start-up: `autombw --help` against `node -e 0`, run in turns.
//   npm run bench -- startup [--runs 25]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, mustHold } from './statistics.mjs';

const BIN = path.resolve(import.meta.dirname, '../bin/autombw.js');
const LIMIT = 1.5;
const { values } = parseArgs({ options: { runs: { type: 'string', default: '25' } } });

const bare = [];
const help = [];
for (let run = -2; run < Number(values.runs); run++) {
  const times = [time(['-e', '0']), time([BIN, '--help'])];
  // The first two warm the disk cache.
  if (run < 0) continue;
  bare.push(times[0]);
  help.push(times[1]);
}
const ratio = median(help) / median(bare);
console.log(
  `node -e 0        median ${median(bare).toFixed(1)} ms, fastest ${Math.min(...bare).toFixed(1)} ms`,
);
console.log(
  `autombw --help   median ${median(help).toFixed(1)} ms, fastest ${Math.min(...help).toFixed(1)} ms`,
);
mustHold(`ratio of the medians ${ratio.toFixed(2)}, at most ${LIMIT}`, ratio <= LIMIT);

function time(args) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args);
  const milliseconds = performance.now() - began;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return milliseconds;
}
