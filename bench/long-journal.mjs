// What a very long run costs whoever works with it: time and peak memory of resume, plot, history, verify, report, explain and the page.
// A search of a few iterations is carried out on a simulated WebUI; the rest of its journal is made of its own records, with the points
// that its optimizer asks for next, so that all of it can be replayed. The optimizer is `random`, which costs nothing itself.
//   npm run bench -- long-journal [--iterations 20000] [--images 4] [--rows 150000] [--only plot]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startSimulatorProcess } from './simulator-process.mjs';
import { mustHold } from './statistics.mjs';

const BIN = path.resolve(import.meta.dirname, '../bin/autombw.js');
const PEAK = pathToFileURL(path.resolve(import.meta.dirname, 'report-peak.mjs')).href;
const MOST_MIB = 1024;
/** Of a CSV, which is read without a journal. */
const MOST_MIB_OF_CSV = 600;
/** Of the run that was really carried out. */
const REAL = 3;
const { values } = parseArgs({
  options: {
    iterations: { type: 'string', default: '20000' },
    images: { type: 'string', default: '4' },
    rows: { type: 'string', default: '150000' },
    only: { type: 'string', default: '' },
  },
});
const iterations = Number(values.iterations);
const { createOptimizer } = await import('../dist/optimizers/index.js');
const simulator = await startSimulatorProcess({ latencyMs: 0 });
const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-long-'));
const payload = { prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: Number(values.images) };
writeFileSync(path.join(folder, 'hills.json'), JSON.stringify(payload));
const server = ['--webui', simulator.url, '--save-best', 'none', '--no-prove'];
let wrong = 0;

console.log(
  `Node ${process.version}, ${os.cpus()[0]?.model} × ${os.cpus().length}, load ${os.loadavg()[0]?.toFixed(1)}`,
);
await command([
  ...'search --payload hills.json --model-a modelA --model-b modelB --output O --optimizer random'.split(' '),
  ...`--no-early-stop --no-baselines --iterations ${REAL}`.split(' '),
  ...server,
]);
const journal = path.join(folder, journalIn(folder));
lengthen(journal, iterations);
const csv = journal.replace(/\.journal\.jsonl$/, '.csv');
console.log(
  `${iterations} iterations of ${values.images} images, ${(statSync(journal).size / 1e6).toFixed(1)} MB; ${values.rows} rows of a CSV alone\n`,
);
console.log(`${'command'.padEnd(34)} ${'seconds'.padStart(8)} ${'CPU s'.padStart(8)} ${'MiB'.padStart(6)}`);
await measure('resume, 2 iterations more', [
  'resume',
  journal,
  '--iterations',
  String(iterations + 2),
  ...server,
]);
await measure('status', ['status', journal]);
await measure('history', ['history']);
await measure('verify', ['verify', journal]);
await measure('plot, in the terminal', ['plot', journal]);
await measure('plot, .svg', ['plot', journal, '--output', 'plot.svg']);
await measure('plot, .html', ['plot', journal, '--output', 'plot.html']);
await measure('plot of the CSV, .svg', ['plot', csv, '--output', 'csv.svg']);
await measure('explain', ['explain', journal]);
await measure('report', ['report', journal]);
await measurePage();
const rows = path.join(folder, 'rows.csv');
writeRows(rows, Number(values.rows));
await measure(`plot of ${values.rows} rows`, ['plot', rows], MOST_MIB_OF_CSV);
await measure(`plot of ${values.rows} rows, .svg`, ['plot', rows, '--output', 'rows.svg'], MOST_MIB_OF_CSV);
await measure(`plot of ${values.rows} rows, --json`, ['plot', rows, '--json'], MOST_MIB_OF_CSV);
await simulator.stop();
rmSync(folder, { recursive: true });
mustHold(
  `every command does its work, within ${MOST_MIB} MiB, or ${MOST_MIB_OF_CSV} for a CSV alone`,
  wrong === 0,
);

async function measure(what, args, most = MOST_MIB) {
  if (!what.includes(values.only)) return;
  const { code, said, seconds, cpu, peak } = await command(args);
  show(what, { seconds, cpu, peak });
  if (code !== 0) console.log(`  exit ${code}: ${said.trim().split('\n').slice(-3).join('\n  ')}`);
  if (code !== 0 || peak > most) wrong++;
}

/** Of the page: until its first answer, and until whoever opens it has the whole run. */
async function measurePage() {
  if (!'page'.includes(values.only)) return;
  const watch = start(['watch', journal, '--port', '0']);
  const began = performance.now();
  const url = await new Promise((resolve, reject) => {
    let said = '';
    const listen = (text) => {
      said += text;
      const [found] = /http:\S+/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    };
    watch.child.stdout.on('data', listen);
    watch.child.stderr.on('data', listen);
    watch.child.on('close', () => reject(new Error(said)));
  });
  const seconds = () => (performance.now() - began) / 1000;
  const [run] = await (await fetch(new URL('/api/runs', url))).json();
  show('page: its first answer', { seconds: seconds() });
  const { body } = await fetch(new URL(`/api/runs/${run.id}/events`, url), {
    headers: { 'accept-encoding': 'gzip' },
  });
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('\n\n', text.indexOf('event: state'))) break;
  }
  show('page: the whole run is sent', { seconds: seconds() });
  watch.child.kill('SIGINT');
  const { cpu, peak } = await watch.ended;
  show('page: all of it', { seconds: seconds(), cpu, peak });
  if (peak > MOST_MIB) wrong++;
}

function show(what, { seconds, cpu, peak }) {
  const cells = [seconds.toFixed(1), cpu?.toFixed(1) ?? '', peak?.toFixed(0) ?? ''];
  console.log(
    `${what.padEnd(34)} ${cells.map((cell, i) => cell.padStart([8, 8, 6][i])).join(' ')}`.trimEnd(),
  );
}

async function command(args) {
  const began = performance.now();
  const ended = await start(args).ended;
  return { ...ended, seconds: (performance.now() - began) / 1000 };
}

/** @returns the process, and what it comes to: its exit code, its words, its CPU seconds, its peak memory in MiB */
function start(args) {
  const report = path.join(folder, 'peak.txt');
  const child = spawn(process.execPath, ['--import', PEAK, BIN, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      NO_COLOR: '1',
      AUTOMBW_CACHE: path.join(folder, 'cache'),
      AUTOMBW_BENCH_PEAK: report,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  const ended = once(child, 'close').then(([code]) => {
    const { cpu, peak } = JSON.parse(readFileSync(report, 'utf8'));
    return { code, said, cpu, peak: peak / 1024 };
  });
  return { child, ended };
}

/** The journal of a finished run as it would be after so many iterations. */
function lengthen(file, wanted) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line));
  const { plan } = records[0];
  const [ending] = lines.filter((line) => line.startsWith('{"kind":"stopped"'));
  const { name, seed, options } = plan.optimizer;
  const optimizer = createOptimizer(name, { space: plan.space, seed, ...options });
  const scored = records.filter(({ kind }) => kind === 'scored');
  for (const { score } of scored) optimizer.tell(optimizer.ask().id, score);
  const template = scored.at(-1);
  const random = mulberry32(seed);
  let text = `${lines.filter((line) => line !== ending).join('\n')}\n`;
  writeFileSync(file, '');
  for (let trial = scored.length + 1; trial <= wanted; trial++) {
    const { id, values: point, origin } = optimizer.ask();
    const weights = { ...plan.space.fixed };
    for (const [d, { blocks }] of plan.space.dimensions.entries())
      for (const block of blocks) weights[block] = point[d];
    const images = template.images.map((image) => {
      const score = 0.2 + 0.4 * random();
      const pixels = createHash('sha256').update(`${trial} ${image.request}`).digest('hex');
      return { ...image, score, raw: { quality: score }, pixels };
    });
    const score = images.reduce((sum, image) => sum + image.score, 0) / images.length;
    optimizer.tell(id, score);
    const at = new Date(Date.parse(template.time.at) + (trial - REAL) * 6000).toISOString();
    const made = [
      { kind: 'asked', trial, origin, point, weights },
      ...images.map((image) => ({ kind: 'image', trial, image, pixelGroup: pixelGroupOf(records) })),
      { ...template, trial, score, images, time: { ...template.time, at, evaluation: 5.8, iteration: 6 } },
    ];
    for (const record of made) text += `${JSON.stringify(record)}\n`;
    if (text.length > 1e6) {
      appendFileSync(file, text);
      text = '';
    }
  }
  appendFileSync(file, `${text}${ending}\n`);
}

function pixelGroupOf(records) {
  return records.find(({ kind }) => kind === 'image').pixelGroup;
}

/** As another tool of the field keeps it. */
function writeRows(file, count) {
  const random = mulberry32(2);
  const header = [...Array(27).keys(), 'score', 'eval_times', 'iter_times'].join(',');
  let text = `${header}\n`;
  writeFileSync(file, '');
  for (let row = 1; row <= count; row++) {
    const weights = Array.from({ length: 27 }, () => Math.round(10 * random()) / 10);
    const score = 0.6 - 0.3 * Math.exp((-4 * row) / count) * random();
    text += `${[...weights, score, 58.1, 60.2].join(',')}\n`;
    if (text.length < 1e6 && row < count) continue;
    appendFileSync(file, text);
    text = '';
  }
}

function journalIn(where) {
  return readdirSync(where, { recursive: true }).find((name) => name.endsWith('.journal.jsonl'));
}

/** A small generator of random numbers from 0 to 1 with a seed. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
