// What the demo comes to, over seeds that nobody has chosen: whole runs of `autombw demo`, one after the other, with how long each took,
// whether its proof shows that the merge beats both models and half of each, and by how much on the proof's fresh images.
//   npm run bench -- demo [--seeds 10] [--first-seed 1] [--iterations 60]
// Processor seconds count all processes of a run: on two idle cores it takes at least half as many by the clock. They need bash.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './statistics.mjs';

const BIN = path.resolve(import.meta.dirname, '../bin/autombw.js');
/** Bash adds it to standard error: seconds of the program, and of the system for it. */
const TIMED = 'TIMEFORMAT="cpu %U %S"; time "$@"';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    'first-seed': { type: 'string', default: '1' },
    iterations: { type: 'string' },
  },
});
const first = Number(values['first-seed']);
const limit = values.iterations === undefined ? [] : ['--iterations', values.iterations];

console.log('  seed  seconds  cpu s  iterations  images  best   A, B or half  gain   ratio  proved');
const runs = [];
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const run = await demo(seed);
  runs.push(run);
  console.log(row(run));
}
console.log();
for (const [what, of, digits] of [
  ['seconds', ({ seconds }) => seconds, 0],
  ['processor seconds', ({ cpu }) => cpu, 0],
  ['iterations', ({ iterations }) => iterations, 0],
  ['score of the merge on fresh images', ({ best }) => best, 3],
  ['score of the best of A, B and half', ({ baseline }) => baseline, 3],
  ['gain', ({ best, baseline }) => best - baseline, 3],
  ['ratio', ({ best, baseline }) => best / baseline, 2],
]) {
  const numbers = runs.map(of);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  console.log(
    `${what.padEnd(36)} median ${median(numbers).toFixed(digits)}, ${least.toFixed(digits)} to ${most.toFixed(digits)}`,
  );
}
const proved = runs.filter(({ isProved }) => isProved).length;
console.log(`${'better than A, B and half, proved'.padEnd(36)} ${proved} of ${runs.length}`);

/** @returns what became of a whole run, its scores by the proof */
async function demo(seed) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-bench-'));
  try {
    const args = [process.execPath, BIN, 'demo', '--seed', String(seed), '--json', ...limit];
    const began = performance.now();
    const child = spawn('bash', ['-c', TIMED, 'demo', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (part) => (text[name] += part));
    const [code] = await once(child, 'close');
    const seconds = (performance.now() - began) / 1000;
    if (code !== 0) throw new Error(`the demo with seed ${seed} ended with ${code}: ${text.stderr}`);
    const { iterations, images, proof } = JSON.parse(text.stdout);
    const [, user, system] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(text.stderr) ?? [];
    const { means, winner, isProved } = proof.verdict;
    const mean = (name) => means.find((one) => one.name === name)?.mean ?? NaN;
    return {
      seed,
      seconds,
      cpu: Number(user) + Number(system),
      iterations,
      images: images + means.reduce((sum, one) => sum + one.images, 0),
      best: mean(winner),
      baseline: Math.max(...['A', 'B', 'half'].map(mean)),
      isProved,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function row({ seed, seconds, cpu, iterations, images, best, baseline, isProved }) {
  return [
    String(seed).padStart(6),
    seconds.toFixed(0).padStart(7),
    cpu.toFixed(0).padStart(5),
    String(iterations).padStart(10),
    String(images).padStart(6),
    best.toFixed(3),
    baseline.toFixed(3).padStart(12),
    (best - baseline).toFixed(3),
    (best / baseline).toFixed(2).padStart(5),
    isProved ? 'yes' : 'no',
  ].join('  ');
}
