// kill -9 at random moments (start, search, proof, end), resume, kill again, resume to the end, over every way of merging, with fixed and
// varying numbers of images. Promise: no finished picture is lost or counted twice, at most one picture is drawn in vain (the one
// under way), also where the scorer is slower than the server, the CSV, the journal and the pictures are those of an undisturbed run (times
// aside), the server's folder holds no half or merged file, and its settings are what they were.
//   npm run bench -- kill [--kills 200] [--ways "NAME;NAME…"] [--seed 1]
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
const ITERATIONS = 3;
const IMAGES = 3;
const PROOF_IMAGES = 2;
const LATENCY_MS = 40;
const KILLS_A_LOOP = 3;
/**
 * On ComfyUI, with either of its backends, one prompt draws all images of an iteration (of a proof, all of a merge), and the server
 * does not notice that whoever asked for it is gone: it draws the rest of the prompt.
 */
const mostInVain = ({ server }) => (server.family === 'comfyui' ? IMAGES : 1);
/** Keys of records that differ from run to run. */
const TIMES = ['time', 'seconds', 'mergeCost'];

const a1111 = (...extensions) => ({ family: 'a1111', extensions });
const WAYS = {
  'runtime-block-merge': { server: a1111('runtime-block-merge') },
  'runtime-block-merge, auto': {
    server: a1111('runtime-block-merge'),
    backend: 'runtime-block-merge',
    isAuto: true,
  },
  'slow scorer': {
    server: a1111('runtime-block-merge'),
    backend: 'runtime-block-merge',
    flags: [
      ['--scorer', 'command', '--scorer-options'],
      `command.run="${process.execPath}" "${path.resolve(import.meta.dirname, 'slow-scorer.mjs')}" 150`,
    ].flat(),
  },
  'model-mixer': { server: a1111('model-mixer') },
  'bayesian-merger': { server: a1111('bayesian-merger') },
  'lora-block-weight': {
    server: { ...a1111('lora-block-weight'), loras: [{ name: 'style' }] },
    modelB: 'style',
  },
  'checkpoint (A1111)': { server: a1111(), backend: 'checkpoint', hasFiles: true },
  'checkpoint (A1111), auto': { server: a1111(), backend: 'checkpoint', hasFiles: true, isAuto: true },
  'runtime-block-merge, cleared': {
    server: a1111('runtime-block-merge'),
    backend: 'runtime-block-merge',
    // What the search takes out, and puts back.
    settings: { sd_vae: 'kl-f8.safetensors' },
    flags: ['--clear-modules'],
  },
  'checkpoint (Forge)': { server: { family: 'forge' }, backend: 'checkpoint', hasFiles: true },
  comfyui: { server: { family: 'comfyui' } },
  'checkpoint (ComfyUI)': { server: { family: 'comfyui' }, backend: 'checkpoint', hasFiles: true },
};

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    ways: { type: 'string', default: Object.keys(WAYS).join(';') },
    seed: { type: 'string', default: '1' },
  },
});
const names = values.ways.split(';').map((name) => name.trim());
const unknown = names.filter((name) => WAYS[name] === undefined);
if (unknown.length > 0)
  throw new Error(`no way "${unknown.join('", "')}"; there are ${Object.keys(WAYS).join('; ')}`);
const random = mulberry(Number(values.seed));
const killsAWay = Math.ceil(Number(values.kills) / names.length);

console.log(
  `${ITERATIONS} iterations of ${IMAGES} images, 3 baselines, a proof on ${PROOF_IMAGES} fresh images each, ${LATENCY_MS} ms an image\n`,
);
const HEADER = [
  'kills',
  'in vain',
  'mean',
  'most',
  'lost',
  'doubled',
  'differing',
  'left over',
  'settings',
  'selection',
];
console.log(`${'way'.padEnd(26)}${HEADER.map((word) => word.padStart(11)).join('')}`);
const sums = nothingYet();
for (const name of names) {
  const found = await killIn({ backend: name, ...WAYS[name] }, killsAWay);
  const { kills, vain, most, lost, doubled, differing, leftOver, settings, selection } = found;
  const mean = (vain / Math.max(1, kills)).toFixed(2);
  const cells = [kills, vain, mean, most, lost, doubled, differing, leftOver, settings, selection];
  console.log(`${name.padEnd(26)}${cells.map((cell) => String(cell).padStart(11)).join('')}`);
  for (const key of Object.keys(sums))
    sums[key] = key === 'most' ? Math.max(sums.most, found.most) : sums[key] + found[key];
}
console.log(
  `\n${sums.kills} kills, ${(sums.vain / Math.max(1, sums.kills)).toFixed(2)} pictures a kill drawn in vain`,
);
mustHold('no finished picture is lost', sums.lost === 0);
mustHold('none is counted twice', sums.doubled === 0);
mustHold(
  `at most one picture a kill is drawn in vain, on ComfyUI at most the ${IMAGES} of the iteration`,
  sums.tooMany === 0,
);
mustHold(
  'CSV, journal and pictures are those of the undisturbed run, and verify agrees',
  sums.differing === 0,
);
mustHold("the server's folder holds no half or left-over file", sums.leftOver === 0);
mustHold('settings of the server are what they were', sums.settings === 0);
mustHold('the checkpoint that was selected before is selected again', sums.selection === 0);

/** Counts of what has come of kills. */
function nothingYet() {
  return {
    tooMany: 0,
    kills: 0,
    vain: 0,
    most: 0,
    lost: 0,
    doubled: 0,
    differing: 0,
    leftOver: 0,
    settings: 0,
    selection: 0,
  };
}

/** Searches with one way, killed so many times. */
async function killIn(way, wanted) {
  const models = way.hasFiles ? mkdtempSync(path.join(os.tmpdir(), 'autombw-kill-models-')) : undefined;
  const simulator = await startSimulatorProcess({
    latencyMs: LATENCY_MS,
    models: ['other', 'modelA', 'modelB'],
    ...way.server,
    ...(models !== undefined && { modelsDir: models }),
  });
  const setting = { way, simulator, models };
  const calm = newFolder();
  await setUp(setting);
  const before = { files: filesIn(models), settings: await settingsOf(setting) };
  const { images: none } = await simulator.stats();
  const began = performance.now();
  await finishRun(setting, calm);
  const whole = performance.now() - began;
  const { images: all } = await simulator.stats();
  const right = resultOf(calm);
  const total = nothingYet();
  while (total.kills < wanted) {
    const folder = newFolder();
    await setUp(setting);
    const { images: start } = await simulator.stats();
    let kills = 0;
    const finished = new Set();
    for (let kill = 0; kill < KILLS_A_LOOP && total.kills + kills < wanted; kill++) {
      const { child, end } = startRun(setting, folder);
      await Promise.race([sleep(random() * whole * (1 - kill / KILLS_A_LOOP)), end]);
      const isEnded = child.exitCode !== null;
      child.kill('SIGKILL');
      await end;
      if (isEnded) break;
      kills++;
      for (const picture of picturesIn(folder)) finished.add(picture);
    }
    await finishRun(setting, folder);
    // The server goes on for a moment with the image that nobody waits for.
    await sleep(3 * LATENCY_MS);
    const { images: end } = await simulator.stats();
    const result = resultOf(folder);
    const drawn = picturesIn(folder);
    const there = new Set(drawn);
    const isDifferent = await differs(way, folder, result, right);
    const counted = way.isAuto ? drawn.length : all - none;
    const vain = Math.max(0, end - start - counted);
    total.kills += kills;
    total.vain += vain;
    total.most = Math.max(total.most, kills === 0 ? 0 : Math.round((100 * vain) / kills) / 100);
    total.tooMany += vain > kills * mostInVain(way) ? 1 : 0;
    total.lost += [...finished].filter((picture) => !there.has(picture)).length;
    total.doubled += drawn.length - there.size;
    total.differing += isDifferent ? 1 : 0;
    total.leftOver += filesIn(models) === before.files ? 0 : 1;
    const now = await settingsOf(setting);
    if (process.env.VERBOSE !== undefined) tellChanges(before.settings.options, now.options);
    total.settings += now.options === before.settings.options ? 0 : 1;
    total.selection += now.selected === before.settings.selected ? 0 : 1;
    if (isDifferent) console.log(`what is in ${folder} differs`);
    else rmSync(folder, { recursive: true });
  }
  await simulator.stop();
  for (const folder of [calm, models]) if (folder !== undefined) rmSync(folder, { recursive: true });
  return total;
}

/** How many images a merge gets depends on measured times: there the run is derived again instead. */
async function differs({ isAuto }, folder, result, right) {
  if (!isAuto && JSON.stringify(result) !== JSON.stringify(right)) {
    if (process.env.VERBOSE !== undefined) console.log(JSON.stringify({ result, right }, null, 1));
    return true;
  }
  const child = spawn(process.execPath, [BIN, 'verify', journalOf(folder)], { cwd: folder, stdio: 'ignore' });
  const [code] = await once(child, 'close');
  return code !== 0;
}

function newFolder() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-kill-'));
  writeFileSync(
    path.join(folder, 'hills.json'),
    JSON.stringify({ prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: IMAGES }),
  );
  return folder;
}

/** A search, or what goes on with it. */
function startRun({ way, simulator, models }, folder) {
  const journal = journalOf(folder);
  // Without the merge check every image belongs to the run, so that those drawn in vain can be counted.
  const common = ['--webui', simulator.url, '--no-check', '--save-best', 'none'];
  const search = [
    ['search', '--payload', 'hills.json', '--model-a', 'modelA', '--model-b', way.modelB ?? 'modelB'],
    ['--output', 'O', '--backend', way.backend, '--optimizer', 'random', '--no-early-stop'],
    ['--iterations', String(ITERATIONS), '--prove', String(PROOF_IMAGES), '--save-images', 'all'],
    way.isAuto ? ['--images-per-trial', 'auto'] : [],
  ].flat();
  const files = models === undefined ? [] : ['--models-dir', models];
  const args =
    journal === undefined
      ? [...search, ...(way.flags ?? []), ...files, ...common]
      : ['resume', journal, ...files, ...common];
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const run = { child, said: '', end: once(child, 'close') };
  child.stderr.setEncoding('utf8').on('data', (text) => {
    run.said += text;
  });
  return run;
}

async function finishRun(setting, folder) {
  const run = startRun(setting, folder);
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

function recordsIn(folder) {
  const journal = journalOf(folder);
  if (journal === undefined) return [];
  const text = readFileSync(journal, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

/** Finished ones of the run and of its proof, as the journal has them one by one. */
function picturesIn(folder) {
  return recordsIn(folder)
    .filter(({ kind }) => kind === 'image' || kind === 'proof-image')
    .map(({ trial, candidate, image }) =>
      [trial ?? candidate, image.request, image.index, image.pixels].join(' '),
    );
}

/** CSV, journal and pictures: all that says how the run went, and not when or in how many sessions. */
function resultOf(folder) {
  const journal = journalOf(folder);
  const csv = readFileSync(journal.replace(/\.journal\.jsonl$/, '.csv'), 'utf8')
    .split('\n')
    // The last two columns are times.
    .map((line) => line.split(',').slice(0, 28).join(','));
  const records = recordsIn(folder)
    .filter(({ kind }) => !['plan', 'proof', 'resumed', 'stopped'].includes(kind))
    .map((record) => JSON.stringify(record, (key, value) => (TIMES.includes(key) ? undefined : value)));
  const images = journal.replace(/\.journal\.jsonl$/, '.images');
  // Their pixels are looked at by verify: a merged file has another name in every session, which their infotext tells.
  const pictures = readdirSync(images).toSorted();
  return { csv, records, pictures };
}

function filesIn(folder) {
  return folder === undefined
    ? ''
    : readdirSync(folder, { recursive: true })
        .map(String)
        .toSorted((a, b) => (a < b ? -1 : 1))
        .join('\n');
}

function tellChanges(before, now) {
  const [then, settings] = [before, now].map((text) => (text === '' ? {} : JSON.parse(text)));
  for (const [key, value] of Object.entries(settings))
    if (JSON.stringify(value) !== JSON.stringify(then[key]))
      console.log(`${key}: ${then[key]} became ${value}`);
}

/** Another checkpoint than the run needs, and settings, as somebody left them. */
async function setUp({ way, simulator }) {
  if (way.server.family === 'comfyui') return;
  const body = JSON.stringify({ sd_model_checkpoint: 'other.safetensors', ...way.settings });
  const headers = { 'content-type': 'application/json' };
  await fetch(`${simulator.url}/sdapi/v1/options`, { method: 'POST', headers, body });
}

/** Hashes are not settings: model-mixer has been seen to make a WebUI take a wrong one for model A's. */
async function settingsOf({ way, simulator }) {
  if (way.server.family === 'comfyui') return { options: '', selected: '' };
  const options = await (await fetch(`${simulator.url}/sdapi/v1/options`)).json();
  delete options.sd_checkpoint_hash;
  const { sd_model_checkpoint: title, ...others } = options;
  return { options: JSON.stringify(others), selected: title.replace(/ \[.*/, '') };
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
