// kill -9 at a random moment of the start or of any iteration, resume, kill again, resume to the end: nothing that was announced may be lost, and the
// CSV must be that of an undisturbed run, times aside.
//   npm run bench -- kill [--loops 30] [--seed 1]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSimulatorProcess } from './simulator-process.mjs';
import { mustHold } from './statistics.mjs';

const BIN = path.resolve(import.meta.dirname, '../bin/autombw.js');
const ITERATIONS = 12;
const IMAGES = 2;
const LATENCY_MS = 30;
const KILLS_A_LOOP = 2;

const { values } = parseArgs({
  options: { loops: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const random = mulberry(Number(values.seed));
const simulator = await startSimulatorProcess({ latencyMs: LATENCY_MS });

const calm = newFolder();
const began = performance.now();
const first = start(calm);
const firstLine = await first.announcing(1);
const startup = firstLine - began;
await first.end;
const iteration = (performance.now() - firstLine) / ITERATIONS;
const wanted = timelessCsv(calm);
const total = { kills: 0, announced: 0, lost: 0, remade: 0, mostRemade: 0, differing: 0, afterEnd: 0 };

for (let loop = 1; loop <= Number(values.loops); loop++) {
  const folder = newFolder();
  const { images: before } = await simulator.stats();
  let killed = 0;
  for (let kill = 0; kill < KILLS_A_LOOP; kill++) {
    const run = start(folder);
    // Somewhere in the start, or somewhere in the iteration after a random one of those that are left.
    const after = Math.floor(random() * (ITERATIONS - run.finishedBefore));
    if (after > 0) await run.announcing(after);
    await Promise.race([sleep(random() * (after === 0 ? startup : iteration)), run.end]);
    if (run.child.exitCode === null) killed++;
    run.child.kill('SIGKILL');
    await run.end;
    total.announced += run.announced();
    total.lost += Math.max(0, run.announced() - (finishedIn(folder) - run.finishedBefore));
  }
  await finishRun(folder);
  // The server goes on for a moment with the image that nobody waits for.
  await sleep(3 * LATENCY_MS);
  const { images: after } = await simulator.stats();
  const remade = after - before - ITERATIONS * IMAGES;
  const same = timelessCsv(folder) === wanted;
  total.kills += killed;
  total.afterEnd += KILLS_A_LOOP - killed;
  total.remade += remade;
  total.mostRemade = Math.max(total.mostRemade, killed === 0 ? 0 : remade / killed);
  total.differing += same ? 0 : 1;
  if (!same) console.log(`loop ${loop}: the CSV in ${folder} differs`);
  else rmSync(folder, { recursive: true });
}
await simulator.stop();
rmSync(calm, { recursive: true });

console.log(
  `${values.loops} loops, ${total.kills} kills (${total.afterEnd} came after the run had ended), ${ITERATIONS} iterations of ${IMAGES} images, ${LATENCY_MS} ms an image`,
);
console.log(`iterations announced before a kill   ${total.announced}`);
console.log(`announced and not in the journal     ${total.lost}`);
console.log(
  `images made again                  ${total.remade}, ${(total.remade / total.kills).toFixed(2)} a kill`,
);
mustHold('no finished iteration is lost', total.lost === 0);
mustHold(
  `at most the ${IMAGES} images of the iteration in flight are made again a kill`,
  total.mostRemade <= IMAGES,
);
mustHold('every CSV is that of the undisturbed run', total.differing === 0);

function newFolder() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-kill-'));
  writeFileSync(
    path.join(folder, 'hills.json'),
    JSON.stringify({ prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: IMAGES }),
  );
  return folder;
}

/** A search, or what goes on with it. */
function start(folder) {
  const journal = journalOf(folder);
  const finishedBefore = finishedIn(folder);
  // Without the proof every image belongs to an iteration, so that those made again can be counted.
  const common = ['--webui', simulator.url, '--no-check', '--save-best', 'none'];
  const search = [
    'search',
    '--payload',
    'hills.json',
    '--model-a',
    'modelA',
    '--model-b',
    'modelB',
    '--output',
    'O',
  ];
  const limits = [
    '--optimizer',
    'random',
    '--no-early-stop',
    '--no-prove',
    '--iterations',
    String(ITERATIONS),
  ];
  const args = journal === undefined ? [...search, ...limits, ...common] : ['resume', journal, ...common];
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const run = { child, finishedBefore, said: '', end: once(child, 'close') };
  child.stderr.setEncoding('utf8').on('data', (text) => {
    run.said += text;
  });
  run.announced = () => run.said.match(/^\d+\/\d+ {2}.*\n/gm)?.length ?? 0;
  /** Milliseconds on the clock when that many ends of iterations have been announced, or the program has ended. */
  run.announcing = async (count) => {
    while (run.announced() < count && child.exitCode === null)
      await Promise.race([once(child.stderr, 'data'), run.end]);
    return performance.now();
  };
  return run;
}

async function finishRun(folder) {
  const run = start(folder);
  const [code] = await run.end;
  if (code !== 0) throw new Error(`the run in ${folder} ended with ${code}: ${run.said}`);
}

/** The journal to go on with; undefined while none has its plan. */
function journalOf(folder) {
  const history = path.join(folder, 'csv', 'history');
  if (!existsSync(history)) return undefined;
  const journals = readdirSync(history, { recursive: true })
    .filter((file) => file.endsWith('.journal.jsonl'))
    .map((file) => path.join(history, file))
    .filter((file) => readFileSync(file, 'utf8').includes('\n'));
  if (journals.length > 1) throw new Error(`two journals in ${folder}`);
  return journals[0];
}

function finishedIn(folder) {
  const journal = journalOf(folder);
  if (journal === undefined) return 0;
  return readFileSync(journal, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{"kind":"scored"')).length;
}

/** Without the two columns of times. */
function timelessCsv(folder) {
  const file = journalOf(folder).replace(/\.journal\.jsonl$/, '.csv');
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(',').slice(0, 28).join(','))
    .join('\n');
}

function mulberry(seed) {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
