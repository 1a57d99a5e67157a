// A very long search over a server without latency of which one reply in twenty goes wrong, with and without a live page and somebody who
// watches it: what does memory grow by beside the journal, do handles stay, and does an iteration take as long at the end as it did at
// the beginning?
//   npm run bench -- soak [--iterations 20000] [--page] [--seed 1]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startSimulatorProcess } from './simulator-process.mjs';
import { mean, mustHold } from './statistics.mjs';
import { uniformNumbers } from './uniform-numbers.mjs';

const FAULTS =
  'oom error500 nan drop rubbish cut empty cut-picture damaged-picture no-info error502 error503 black'.split(
    ' ',
  );
const SHARE = 0.05;
/** Bytes of heap for every byte of the journal: its lines are kept, packed, and what they say; the page has that once more. */
const MOST_PER_BYTE = { run: 2, page: 3.3 };
/** Processor time of an iteration of the last third, as a multiple of one of the first. */
const MOST_DRIFT = 1.3;
/** Of the first iterations, in which caches fill and code is compiled, nothing is judged. */
const WARM_UP = 0.2;
const KEYS = ['resources', 'files', 'listeners'];
const { values } = parseArgs({
  options: {
    iterations: { type: 'string', default: '20000' },
    page: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});
const iterations = Number(values.iterations);
const every = Math.max(50, Math.round(iterations / 20));
const random = uniformNumbers(Number(values.seed));
const faults = [];
for (let n = 10; n < 2 * iterations; n++)
  if (random() < SHARE) faults.push({ name: FAULTS[Math.floor(random() * FAULTS.length)], from: n, to: n });

const simulator = await startSimulatorProcess({ latencyMs: 0, faults });
const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-soak-'));
const settings = { url: simulator.url, folder, iterations, every, hasPage: values.page };
const child = fork(path.join(import.meta.dirname, 'soak-search.mjs'), [JSON.stringify(settings)], {
  execArgv: ['--expose-gc'],
});
const samples = [];
const watching = new AbortController();
let told = 0;
console.log('iterations  failed  ms each  CPU ms  RSS MiB  heap MiB  resources  files  listeners');
child.on('message', (message) => {
  if (message.page !== undefined) {
    void watch(message.page);
    return;
  }
  samples.push({ ...message, journal: journalSize() });
  const { finished, failed, seconds, work, rss, heap, resources, files, listeners } = message;
  const each = (total) => ((1000 * total) / every).toFixed(1);
  const cells = [
    finished,
    failed,
    each(seconds),
    each(work),
    MiB(rss),
    MiB(heap),
    resources,
    files,
    listeners,
  ];
  console.log(cells.map((cell, i) => String(cell).padStart([10, 8, 9, 8, 9, 10, 11, 7, 11][i])).join(''));
});
const [code] = await once(child, 'exit');
watching.abort();
await simulator.stop();
rmSync(folder, { recursive: true });

const judged = samples.filter(({ finished }) => finished > WARM_UP * iterations);
const slopeOf = (key) => slope(judged.map((sample) => [sample.finished, sample[key]]));
const third = Math.ceil(judged.length / 3);
const meanOf = (key, some) => mean(some.map((sample) => sample[key]));
const drift = (key) => meanOf(key, judged.slice(-third)) / meanOf(key, judged.slice(0, third));
console.log(
  `an iteration: ${slopeOf('journal').toFixed(0)} bytes of journal, ${slopeOf('heap').toFixed(0)} of heap, ${slopeOf('rss').toFixed(0)} of RSS; ${values.page ? `${told} bytes told to whoever watches` : 'no page'}`,
);
console.log(
  `an iteration of the last third beside one of the first: ${drift('seconds').toFixed(2)} times the seconds, ${drift('work').toFixed(2)} times the processor time`,
);
mustHold('the run ended well', code === 0);
const most = values.page ? MOST_PER_BYTE.page : MOST_PER_BYTE.run;
mustHold(
  `the heap grows by no more than ${most} bytes for a byte of the journal`,
  slopeOf('heap') < most * slopeOf('journal'),
);
mustHold(
  `an iteration takes no more than ${MOST_DRIFT} times the processor time at the end`,
  drift('work') < MOST_DRIFT,
);
for (const key of KEYS)
  mustHold(
    `no more ${key} than after the warm-up, but for 5`,
    Math.max(...judged.map((sample) => sample[key])) - judged[0][key] <= 5,
  );

function journalSize() {
  const history = path.join(folder, 'csv', 'history');
  // Beside the journal folders come and go: they are not looked into.
  const [models] = readdirSync(history);
  const file = readdirSync(path.join(history, models)).find((name) => name.endsWith('.journal.jsonl'));
  return statSync(path.join(history, models, file)).size;
}

/** Reads what is told, as a browser does. */
async function watch(url) {
  try {
    const [run] = await (await fetch(new URL('/api/runs', url))).json();
    const events = new URL(`/api/runs/${run.id}/events`, url);
    const { body } = await fetch(events, { signal: watching.signal });
    for await (const chunk of body) told += chunk.length;
  } catch (error) {
    if (!watching.signal.aborted && child.exitCode === null)
      console.log(`nobody watches any more: ${String(error.cause ?? error)}`);
  }
}

/** Least squares. */
function slope(points) {
  const x = mean(points.map(([one]) => one));
  const y = mean(points.map(([, one]) => one));
  const over = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return over / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

function MiB(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}
