// kill -9 of workers, of the coordinator and of Redis at random moments of searches over a queue: no image that was finished may be
// lost or counted twice, and every CSV must be that of an undisturbed search, times and the order of the rows aside.
//   npm run bench -- queue-kills [--kills 100] [--seed 1]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startSimulatorProcess } from './simulator-process.mjs';
import { mustHold } from './statistics.mjs';

const BIN = path.resolve(import.meta.dirname, '../bin/autombw.js');
const ITERATIONS = 10;
const LATENCY_MS = 40;
const WORKERS = 2;
/** Who dies, of twenty: as often as that whatever the seed. */
const DEATHS = { worker: 9, coordinator: 8, redis: 3 };
/** A run that takes longer after the last kill hangs. */
const LONGEST_MS = 120_000;

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
});
const wantedKills = Number(values.kills);
const random = mulberry(Number(values.seed));
const folders = [];
const deck = [];
/** None of them outlives this process, however it ends. */
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
const simulators = [];
for (let n = 0; n < WORKERS; n++) simulators.push(await startSimulatorProcess({ latencyMs: LATENCY_MS }));

const calm = newFolder();
await start(calm, ['search', ...SEARCH(), '--webui', simulators[0].url]).end;
const wanted = rowsOf(calm);

const port = await freePort();
const redisFolder = mkdtempSync(path.join(os.tmpdir(), 'autombw-queue-kills-'));
folders.push(redisFolder);
const url = `redis://:secret@127.0.0.1:${port}`;
let redis = await startRedis();
const looking = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 100 });
looking.on('error', () => undefined);
const workers = simulators.map((simulator, n) => startWorker(simulator, n));
const total = { runs: 0, worker: 0, coordinator: 0, redis: 0, shelved: 0, lost: 0, twice: 0, differing: 0 };
const kills = () => total.worker + total.coordinator + total.redis;

while (kills() < wantedKills && process.exitCode === undefined) await stormyRun();

await Promise.all(workers.map((worker) => end(worker.child, 'SIGTERM')));
looking.disconnect();
await end(redis, 'SIGKILL');
await Promise.all(simulators.map((simulator) => simulator.stop()));
for (const folder of folders) rmSync(folder, { recursive: true, force: true });

console.log(
  `${kills()} kills in ${total.runs} searches of ${ITERATIONS} iterations: ${total.worker} of workers, ${total.coordinator} of the coordinator, ${total.redis} of Redis`,
);
console.log(`finished images that were seen in the queue   ${total.shelved}`);
mustHold('none of them was lost or made again', total.lost === 0);
mustHold('no image counts twice', total.twice === 0);
mustHold('every CSV has the rows of the undisturbed search', total.differing === 0);

async function stormyRun() {
  const folder = newFolder();
  const seen = new Map();
  let began = performance.now();
  let run = start(folder, ['search', ...SEARCH()]);
  const deaths = [];
  for (;;) {
    const isOver = await Promise.race([run.end.then(() => true), moment(seen).then(() => false)]);
    if (isOver) {
      const [code] = await run.end;
      if (code === 0) break;
      // It was started while Redis was away: whoever starts it tries again.
      if (/cannot be reached/.test(run.said)) {
        run = goOn(folder);
        continue;
      }
      fail(`the search in ${folder} ended with ${code}: ${run.said}`);
      return;
    }
    if (performance.now() - began > LONGEST_MS) {
      fail(
        `the search in ${folder} hangs after ${deaths.join(', ')}: ${run.said}\n${workers.map((one) => one.said).join('\n')}`,
      );
      await end(run.child, 'SIGKILL');
      return;
    }
    if (kills() >= wantedKills) continue;
    await note(seen);
    began = performance.now();
    const who = nextDeath();
    if (who === 'worker') {
      const n = Math.floor(random() * workers.length);
      await end(workers[n].child, 'SIGKILL');
      workers[n] = startWorker(simulators[n], n);
      total.worker++;
      deaths.push(`worker ${n}`);
    } else if (who === 'coordinator') {
      await end(run.child, 'SIGKILL');
      run = goOn(folder);
      total.coordinator++;
      deaths.push('coordinator');
    } else {
      await end(redis, 'SIGKILL');
      await sleep(random() * 1500);
      redis = await startRedis();
      total.redis++;
      deaths.push('redis');
    }
  }
  total.runs++;
  compare(folder, seen, deaths);
}

function nextDeath() {
  if (deck.length === 0)
    for (const [who, count] of Object.entries(DEATHS)) deck.push(...Array.from({ length: count }, () => who));
  return deck.splice(Math.floor(random() * deck.length), 1)[0];
}

/** A search, or what goes on with it. */
function goOn(folder) {
  const journal = journalOf(folder);
  return start(folder, journal === undefined ? ['search', ...SEARCH()] : ['resume', journal]);
}

/** Mostly somewhere within the images that are made then, sometimes while everything starts again. */
async function moment(seen) {
  const before = seen.size;
  const deadline = performance.now() + (random() < 0.8 ? 10_000 : 0);
  while (seen.size === before && performance.now() < deadline) {
    await sleep(50);
    await note(seen);
  }
  await sleep(random() * 500);
}

/** Finished images that lie in the queue now, by run; what is recorded must be these. */
async function note(seen) {
  for (const key of await looking.keys('autombw:*:shelf:*')) {
    const fields = await looking.hgetall(key);
    for (const [field, text] of Object.entries(fields)) {
      if (!field.startsWith('image ')) continue;
      const { record } = JSON.parse(text);
      const [, run, trial] = /^autombw:\{(\w+)\}:shelf:\S+-(\d+)-\w+-\d+$/.exec(key) ?? [];
      seen.set(`${run} ${trial} ${record.request} ${record.index}`, record.seconds);
    }
  }
}

function compare(folder, seen, deaths) {
  const journal = journalOf(folder);
  const recorded = new Map();
  for (const line of readFileSync(journal, 'utf8').trimEnd().split('\n')) {
    const { kind, trial, images } = JSON.parse(line);
    if (kind !== 'scored' && kind !== 'added' && kind !== 'failed') continue;
    for (const { request, index, seconds } of images) {
      const key = `${trial} ${request} ${index}`;
      if (recorded.has(key)) total.twice++;
      recorded.set(key, seconds);
    }
  }
  // A search that was killed before its journal was there has left another run behind.
  const runs = groupsOf(seen);
  for (const images of runs.values()) {
    const isThis = images.some(([key, seconds]) => recorded.get(key.slice(key.indexOf(' ') + 1)) === seconds);
    if (!isThis) continue;
    for (const [key, seconds] of images) {
      total.shelved++;
      if (recorded.get(key.slice(key.indexOf(' ') + 1)) !== seconds) {
        total.lost++;
        console.log(`${folder}: ${key} was finished and made again, after ${deaths.join(', ')}`);
      }
    }
  }
  if (rowsOf(folder) === wanted) return;
  total.differing++;
  console.log(`the CSV in ${folder} differs after ${deaths.join(', ')}`);
  folders.splice(folders.indexOf(folder), 1);
}

/** What was seen, by run. */
function groupsOf(seen) {
  const runs = new Map();
  for (const entry of seen) {
    const [run] = entry[0].split(' ');
    runs.set(run, [...(runs.get(run) ?? []), entry]);
  }
  return runs;
}

function fail(message) {
  console.log(message);
  process.exitCode = 1;
}

function SEARCH() {
  const models = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O'];
  const limits = [
    '--optimizer',
    'random',
    '--no-early-stop',
    '--no-prove',
    '--iterations',
    String(ITERATIONS),
  ];
  return ['--payload', 'hills.json', ...models, ...limits, '--save-best', 'none'];
}

function start(cwd, args) {
  const queue = args.includes('--webui') ? {} : { AUTOMBW_QUEUE: url };
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, ...queue },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return listenTo(child);
}

function startWorker(simulator, n) {
  const args = ['worker', '--webui', simulator.url, '--name', `w${n}`, '--lease', '2'];
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, AUTOMBW_QUEUE: url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const worker = listenTo(child);
  child.once('exit', (code) => {
    // Redis was away when it was started: as a service it is started again.
    if (code === 1) setTimeout(() => (workers[n] = startWorker(simulator, n)), 500);
  });
  return worker;
}

function listenTo(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  const listened = { child, said: '', end: once(child, 'close') };
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    listened.said += text;
  });
  return listened;
}

async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function startRedis() {
  const place = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    redisFolder,
    '--requirepass',
    'secret',
  ];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const child = spawn('redis-server', [...place, ...durable], { stdio: ['ignore', 'pipe', 'ignore'] });
  listenTo(child);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  while (!/ready to accept connections/i.test(said)) {
    if (child.exitCode !== null) throw new Error(`redis-server ended: ${said}`);
    await sleep(10);
  }
  return child;
}

function newFolder() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-queue-kills-'));
  folders.push(folder);
  const payload = { prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: 4 };
  writeFileSync(path.join(folder, 'hills.json'), JSON.stringify(payload));
  return folder;
}

function journalOf(folder) {
  const found = filesOf(folder, '.journal.jsonl').filter((file) => readFileSync(file, 'utf8').includes('\n'));
  return found[0];
}

/** Scores and weights, whatever the order in which open iterations were finished. */
function rowsOf(folder) {
  const [csv] = filesOf(folder, '.csv');
  const rows = readFileSync(csv, 'utf8').trimEnd().split('\n');
  return rows
    .map((row) => row.split(',').slice(0, 28).join(','))
    .toSorted()
    .join('\n');
}

function filesOf(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(folder, file));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address();
  server.close();
  await once(server, 'close');
  return free;
}

function mulberry(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
