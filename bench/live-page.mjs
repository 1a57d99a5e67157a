// How long a very long run takes to open in the live page: from the start of the navigation to the drawn chart and the first rows of
// the table, in a real browser; with its parts, and what one more trial costs.
//   npm run bench -- live-page [--trials 5000] [--images 12] [--runs 5]
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { BROWSER, LAUNCH } from '../scripts/browser-program.mjs';
import { writeLongJournal } from './write-long-journal.mjs';
import { median, mustHold } from './statistics.mjs';

const LIMIT_MS = 2000;
const MIB = 2 ** 20;
const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '5000' },
    images: { type: 'string', default: '12' },
    runs: { type: 'string', default: '5' },
  },
});
const [{ startPage }, { JournalFollower }, { pageState }, { WatchedRun }] = await Promise.all(
  ['page/server', 'journal/follow', 'page/model', 'page/watched-run'].map(
    (name) => import(`../dist/${name}.js`),
  ),
);

/** Notes when the chart and the table are there; runs before the page's own script. */
const WATCH = `
new MutationObserver((_, observer) => {
  if (!document.querySelector('path.best-line[d^=M]') || !document.querySelector('tbody th[scope=row]')) return;
  observer.disconnect();
  // Behind the frame that shows it.
  requestAnimationFrame(() => setTimeout(() => (window.openedAfter = performance.now())));
}).observe(document, { childList: true, subtree: true, attributes: true });
const receive = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (name, listener) {
  receive.call(this, name, (event) => {
    const before = performance.now();
    if (name === 'state') window.receivedAfter ??= before;
    listener(event);
  });
};`;

const facts = {
  name: 'O',
  isAlive: true,
  notices: [],
  progress: null,
};
console.log(
  `Node ${process.version}, ${os.cpus()[0]?.model} × ${os.cpus().length}, load ${os.loadavg()[0]?.toFixed(1)}`,
);
const browser = BROWSER === undefined ? undefined : await chromium.launch(LAUNCH);
if (browser === undefined) console.log('There is no Chromium, Chrome or Edge: only the server is measured.');
for (const setting of [{ dimensions: 20 }, { dimensions: 27 }, { dimensions: 27, isUneven: true }]) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-bench-'));
  try {
    await measure(folder, setting);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
await browser?.close();

async function measure(folder, setting) {
  const trials = Number(values.trials);
  const { file, more } = writeLongJournal(folder, { trials, images: Number(values.images), ...setting });
  const title = `${trials} iterations of ${values.images} images, ${setting.dimensions} weights${setting.isUneven ? ', two of three with half of the images' : ''}`;
  console.log(`\n${title}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  const parsed = await repeated(
    () =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)).length,
  );
  show('peer: JSON.parse line by line', parsed);
  let records = [];
  const read = await repeated(async () => ({ records } = await new JournalFollower(file).read()));
  show('server: reads and checks the journal', read);
  let state;
  // A copy is another journal to it.
  const computed = await repeated(() => (state = pageState([...records], facts)));
  show('server: makes the state', computed);
  const text = JSON.stringify(state);
  show('server: packs the state', await repeated(() => gzipSync(text, { level: 4 })));
  console.log(`  sent: ${kB(text.length)}, packed ${kB(gzipSync(text, { level: 4 }).length)}`);
  await one(file, more, trials);
  if (browser !== undefined) await inBrowser(file, trials, parsed);
}

/** What one more iteration costs, once the run is known. */
async function one(file, more, trials) {
  const run = new WatchedRun(file);
  let change;
  const { end } = await run.listen((told) => (change = told));
  run.stop();
  const times = [];
  for (let k = 1; k <= 5; k++) {
    appendFileSync(file, more(trials + k));
    const began = performance.now();
    await run.look();
    times.push(performance.now() - began);
  }
  end();
  show('server: one more iteration', times);
  const text = JSON.stringify(change);
  console.log(`  sent: ${kB(text.length)}, packed ${kB(gzipSync(text, { level: 4 }).length)} at most`);
}

async function inBrowser(file, trials, parsed) {
  const run = {
    journal: file,
    name: 'O',
    modelA: 'A',
    modelB: 'B',
    state: 'ended',
    date: '',
    best: null,
    done: trials,
    reason: '',
  };
  const opened = [];
  const received = [];
  const worked = [];
  let heap = 0;
  const before = process.memoryUsage();
  for (let k = 0; k < Number(values.runs); k++) {
    // A new server knows nothing of the run.
    const server = await startPage({ list: () => [run], port: 0 });
    const began = await cpuTime();
    const context = await browser.newContext();
    await context.addInitScript({ content: WATCH });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.openedAfter !== undefined, undefined, { timeout: 60_000 });
    const [whole, first] = await page.evaluate('[window.openedAfter, window.receivedAfter]');
    opened.push(whole);
    received.push(first);
    worked.push((await cpuTime()) - began);
    const session = await context.newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    ({ usedSize: heap } = await session.send('Runtime.getHeapUsage'));
    await context.close();
    await server.close();
  }
  const drawn = opened.map((whole, k) => whole - (received[k] ?? 0));
  show('browser: until the state is there', received);
  show('browser: parses and draws it', drawn);
  show('opened: navigation to chart and table', opened);
  // Includes a new context of the browser and the program that drives it: an idle core needs no longer than this.
  show('CPU time of server and browser in all', worked);
  console.log(
    `  ${(median(opened) / median(parsed)).toFixed(1)} times the peer; memory of the page ${(heap / MIB).toFixed(0)} MiB`,
  );
  console.log(
    `  memory of the server: ${((process.memoryUsage().rss - before.rss) / MIB).toFixed(0)} MiB more after ${values.runs} looks`,
  );
  if ((os.loadavg()[0] ?? 0) > os.cpus().length)
    console.log('not judged: the machine has other things to do');
  else mustHold(`opened within ${LIMIT_MS} ms in the median`, median(opened) < LIMIT_MS);
}

/** Milliseconds of this process and of all of the browser's. */
async function cpuTime() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + 1000 * processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** Milliseconds of each of so many calls. */
async function repeated(act) {
  const times = [];
  for (let k = 0; k < Number(values.runs); k++) {
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
  }
  return times;
}

function show(what, times) {
  console.log(
    `  ${what.padEnd(40)} ${median(times).toFixed(0).padStart(5)} ms, at most ${Math.max(...times).toFixed(0)} ms`,
  );
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
