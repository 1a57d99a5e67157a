// Full-size checkpoints merged side by side: autombw, an arithmetic-free copy (read two, write one), one changed block of mean size, PyTorch.
//   node bench/merge.mjs [--layout sd1|sdxl|flux1|flux1:double_blocks=2,single_blocks=4] [--dtype fp16|bf16|fp32] [--rounds 5] [--install-peers] [--dir FOLDER] [--dist DIR]
//   node bench/merge.mjs --methods [--only dare,ties] [--share 8: an eighth of the tensors, the largest among them] [--layout …] [--dtype …] [--rounds 5] [--dir FOLDER]: every merge method beside the weighted sum
// Needs room for four files under --dir (SD1 in fp16: 9 GB); they are removed afterwards. PyTorch is taken from $PYTHON, python3 or a virtual environment of the benches;
// without torch and safetensors there its rows are left out. Every route runs in a process of its own: wall time without the start of
// the interpreter and without imports, peak resident memory of the whole process. Inputs are in the page cache. "written" is until
// the last byte is handed to the system, which is where PyTorch leaves it; "synced" until it is on the disk, which autombw waits for.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { pythonWith } from './peers.mjs';
import { layoutOf, parametersOf } from './checkpoint-layouts.mjs';
import { benchMethods, mergeWith } from './merge-methods.mjs';
import { writeModel } from './synthetic-models.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PEER_PACKAGES = ['torch==2.13.0', 'safetensors==0.8.0', 'numpy'];
const WEIGHT = 0.3;
const UNET = 'model.diffusion_model.';
const BLOCK = 2 * 2 ** 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    layout: { type: 'string', default: 'sd1' },
    dtype: { type: 'string', default: 'fp16' },
    rounds: { type: 'string', default: '5' },
    dir: { type: 'string', default: os.tmpdir() },
    'install-peers': { type: 'boolean', default: false },
    dist: { type: 'string', default: path.join(HERE, '../dist') },
    methods: { type: 'boolean', default: false },
    only: { type: 'string' },
    share: { type: 'string', default: '1' },
  },
});
const load = (file) => import(pathToFileURL(path.resolve(values.dist, 'checkpoints', file)).href);

const [mode, ...files] = positionals;
if (mode === undefined) await (values.methods ? benchMethods(values, load) : bench());
else if (values.methods) await mergeWith(mode, files, load);
else await child(mode, files);

async function bench() {
  const folder = fs.mkdtempSync(path.join(values.dir, 'autombw-bench-'));
  // Ctrl-C must not leave gigabytes behind.
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  const [a, b] = ['A', 'B'].map((name, seed) =>
    writeModel(path.join(folder, `${name}.safetensors`), seed, values),
  );
  const python = pythonWith(['torch', 'safetensors'], PEER_PACKAGES, values['install-peers']);
  const layout = layoutOf(values.layout);
  console.log(
    `${values.layout} layout, ${values.dtype}: ${layout.length} tensors, ${(parametersOf(layout, UNET) / 1e6).toFixed(0)} M parameters in the network, ${(fs.statSync(a).size / 1e9).toFixed(2)} GB a file`,
  );
  console.log(
    `node ${process.version}, ${os.availableParallelism()} × ${os.cpus()[0]?.model ?? 'unknown processor'}`,
  );
  if (python !== undefined) {
    const script = [path.join(HERE, 'merge-torch.py'), 'version'];
    console.log(spawnSync(python, script, { encoding: 'utf8' }).stdout.trim());
  }
  const peers = python === undefined ? [] : ['formula', 'mapped', 'lerp'];
  const routes = ['copy', 'merge', 'merge-and-hash', 'plain-js', 'one-block', ...peers];
  const results = new Map(routes.map((route) => [route, []]));
  // In turn, so that a slow minute of the machine hits every route.
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const route of routes) {
      const isSlow = ['formula', 'mapped', 'merge-and-hash', 'plain-js'].includes(route);
      if (!isSlow || round < 3)
        results
          .get(route)
          .push(
            runRoute(route, peers.includes(route) ? python : undefined, [
              a,
              b,
              path.join(folder, `${route}.safetensors`),
            ]),
          );
    }
  }
  report(results);
}

function runRoute(route, python, [a, b, output]) {
  const argv = python
    ? [python, path.join(HERE, 'merge-torch.py'), route, a, b, output]
    : [process.execPath, fileURLToPath(import.meta.url), '--dist', values.dist, route, a, b, output];
  const { stdout, stderr, status } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${route} failed: ${stderr}`);
  fs.rmSync(output, { force: true });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function report(results) {
  const medians = new Map();
  const cell = ({ median, least, most }) =>
    `${median.toFixed(2).padStart(6)} s (${least.toFixed(2)}–${most.toFixed(2)})`.padEnd(24);
  console.log(
    `\n${'route'.padEnd(16)} ${'written: median (range)'.padEnd(24)} ${'synced'.padEnd(24)} ${'peak RSS'.padStart(8)}`,
  );
  for (const [route, runs] of results) {
    const megabytes = Math.max(...runs.map((run) => run.megabytes));
    const [written, synced] = ['written', 'synced'].map((key) => spread(runs.map((run) => run[key])));
    medians.set(route, { written: written.median, synced: synced.median, megabytes });
    console.log(
      `${route.padEnd(16)} ${cell(written)} ${cell(synced)} ${`${megabytes.toFixed(0)} MB`.padStart(8)}`,
    );
  }
  const merge = medians.get('merge');
  console.log(`\n${'ratio of medians'.padEnd(36)} ${'written'.padStart(8)} ${'synced'.padStart(8)}`);
  const compare = (name, one, other, most) => {
    if (one === undefined || other === undefined) return;
    bar(name, [one.written / other.written, one.synced / other.synced], most);
  };
  compare('merge / formula (PyTorch, float32)', merge, medians.get('formula'), 0.15);
  compare('merge / lerp (PyTorch)', merge, medians.get('lerp'), 0.6);
  compare('merge / copy', merge, medians.get('copy'), 2);
  compare('one block / merge', medians.get('one-block'), merge, 0.1);
  bar('peak RSS of merge, MB', [merge.megabytes], 200);
}

function spread(numbers) {
  const sorted = numbers.toSorted((x, y) => x - y);
  return { median: sorted[Math.floor(sorted.length / 2)], least: sorted[0], most: sorted.at(-1) };
}

function bar(name, found, most) {
  const cells = found.map((value) => value.toFixed(value < 10 ? 3 : 0).padStart(8)).join(' ');
  console.log(
    `${name.padEnd(36)} ${cells.padEnd(17)}   at most ${most}: ${found.map((value) => (value <= most ? 'met' : 'MISSED')).join(', ')}`,
  );
}

/** Work of one process, as its only work. */
async function child(route, [a, b, output]) {
  const { mergeCheckpoints } = await load('merge.js');
  const { remergeBlocks } = await load('remerge.js');
  const blocks = await import(pathToFileURL(path.resolve(values.dist, 'space/blocks.js')).href);
  const { blockOf, requireArchitecture } = await load('architecture.js');
  // Older builds have it in another place.
  const { openCheckpoint } = await load('checkpoint-file.js').catch(() => load('safetensors/read.js'));
  const architecture = requireArchitecture(a, openCheckpoint(a));
  const weights = blocks.uniformWeights(WEIGHT, architecture);
  const block = meanBlock(architecture, blockOf);
  const settings = { modelA: a, modelB: b, output, weights, force: true, hashes: false };
  let written = performance.now();
  const watch = { onProgress: () => void (written = performance.now()) };
  let work;
  if (route === 'copy') work = () => copy(a, b, output, watch.onProgress);
  else if (route === 'merge') work = () => mergeCheckpoints(settings, watch);
  else if (route === 'merge-and-hash')
    work = () => mergeCheckpoints({ ...settings, hashes: undefined }, watch);
  else if (route === 'plain-js') work = () => mergeCheckpoints(settings, { ...watch, kernel: 'js' });
  else {
    const previous = `${output}.before.safetensors`;
    const roomy = { ...settings, alignment: 4096, name: 'bench' };
    await mergeCheckpoints({ ...roomy, output: previous });
    work = () => remergeBlocks(previous, { ...roomy, weights: { ...weights, [block]: 0.7 } }, watch);
  }
  const began = performance.now();
  const result = await work();
  const ended = performance.now();
  if (route === 'one-block' && result?.changed.join() !== block)
    throw new Error('the block was not merged anew');
  console.log(
    JSON.stringify({
      written: (written - began) / 1000,
      synced: (ended - began) / 1000,
      megabytes: process.resourceUsage().maxRSS / 1024,
    }),
  );
}

/** The block whose size is nearest to the mean: IN10 in SD1. */
function meanBlock(architecture, blockOf) {
  const sizes = new Map();
  for (const [name, shape] of layoutOf(architecture)) {
    const block = blockOf(name, architecture);
    if (block !== undefined) sizes.set(block, (sizes.get(block) ?? 0) + parametersOf([[name, shape]]));
  }
  const mean = [...sizes.values()].reduce((sum, size) => sum + size, 0) / sizes.size;
  const distance = ([, size]) => Math.abs(size - mean);
  return [...sizes].toSorted((x, y) => distance(x) - distance(y))[0][0];
}

/** The same reads, writes, threads and sync as a merge, without arithmetic: the limit. */
async function copy(a, b, output, onWritten) {
  const size = fs.statSync(a).size;
  const handles = [fs.openSync(a, 'r'), fs.openSync(b, 'r'), fs.openSync(output, 'w')];
  const next = new SharedArrayBuffer(4);
  const source = `
    const { workerData: { handles: [a, b, o], next, size, BLOCK } } = require('node:worker_threads');
    const fs = require('node:fs');
    const [x, y] = [Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)];
    for (;;) {
      const at = Atomics.add(new Int32Array(next), 0, 1) * BLOCK;
      if (at >= size) break;
      const length = Math.min(BLOCK, size - at);
      fs.readSync(a, x, 0, length, at);
      fs.readSync(b, y, 0, length, at);
      fs.writeSync(o, x, 0, length, at);
    }`;
  const workers = Math.min(os.availableParallelism(), 4);
  await Promise.all(
    Array.from(
      { length: workers },
      () =>
        new Promise((resolve, reject) => {
          new Worker(source, { eval: true, workerData: { handles, next, size, BLOCK } })
            .on('error', reject)
            .on('exit', resolve);
        }),
    ),
  );
  onWritten();
  fs.fsyncSync(handles[2]);
  for (const handle of handles) fs.closeSync(handle);
}
