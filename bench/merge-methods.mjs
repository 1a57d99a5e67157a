// Every merge method beside the weighted sum: seconds, processor seconds and memory of merging whole checkpoints, text encoder and VAE included, so
// that the largest tensor is among them. Each runs in a process of its own; models A, B and C.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeModel } from './synthetic-models.mjs';

const ENTRY = fileURLToPath(new URL('merge.mjs', import.meta.url));
/** Neighbours in four dimensions take their time. */
const SLOW = ['smooth-add'];
const MOST_MEGABYTES = 300;

export async function benchMethods(values, load) {
  const { describeMethods } = await load('methods/registry.js');
  const wanted = values.only?.split(',');
  const methods = describeMethods().filter(
    ({ name }) => wanted === undefined || name === 'weighted-sum' || wanted.includes(name),
  );
  const folder = fs.mkdtempSync(path.join(values.dir, 'autombw-bench-'));
  // Ctrl-C must not leave gigabytes behind.
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  const models = ['A', 'B', 'C'].map((name, seed) =>
    writeModel(path.join(folder, `${name}.safetensors`), seed, values),
  );
  const runs = new Map(methods.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, models: taken } of methods) {
      if (SLOW.includes(name) && round > 0) continue;
      const count = Math.min(3, taken.most);
      runs.get(name).push(run(name, models.slice(0, count), path.join(folder, 'O.safetensors'), values));
    }
  }
  const median = (name, key) =>
    runs
      .get(name)
      .map((one) => one[key])
      .toSorted((x, y) => x - y)[Math.floor(runs.get(name).length / 2)];
  console.log(
    `${values.layout} layout, ${values.dtype}, ${values.share === '1' ? '' : `1 of ${values.share} tensors, `}${(fs.statSync(models[0]).size / 1e9).toFixed(2)} GB a file; medians`,
  );
  console.log(
    `${'method'.padEnd(18)} ${'passes'.padStart(6)} ${'seconds'.padStart(8)} ${'ratio'.padStart(7)} ${'CPU s'.padStart(8)} ${'ratio'.padStart(7)} ${'peak RSS'.padStart(9)}`,
  );
  for (const { name, passes } of methods) {
    const [seconds, cpu] = ['seconds', 'cpu'].map((key) => median(name, key));
    const [wall, work] = [seconds / median('weighted-sum', 'seconds'), cpu / median('weighted-sum', 'cpu')];
    const megabytes = Math.max(...runs.get(name).map((one) => one.megabytes));
    const isMissed = megabytes > MOST_MEGABYTES;
    console.log(
      `${name.padEnd(18)} ${String(passes).padStart(6)} ${seconds.toFixed(1).padStart(8)} ${wall.toFixed(2).padStart(7)} ${cpu.toFixed(1).padStart(8)} ${work.toFixed(2).padStart(7)} ${`${megabytes.toFixed(0)} MB`.padStart(9)}${isMissed ? `  MISSED: at most ${MOST_MEGABYTES} MB` : ''}`,
    );
    if (isMissed) process.exitCode = 1;
  }
}

function run(method, models, output, { dist }) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [ENTRY, '--methods', '--dist', dist, method, ...models, output],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${method} failed: ${stderr}`);
  fs.rmSync(output, { force: true });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** Work of one process, as its only work. */
export async function mergeWith(method, files, load) {
  const { mergeCheckpoints } = await load('merge.js');
  const { architectureRow, allBlocksOf, partBlocksOf } = await load('../architectures/registry.js');
  const { openCheckpoint } = await load('checkpoint-file.js');
  const { requireArchitecture } = await load('architecture.js');
  const [modelA, modelB, modelC] = files.slice(0, -1);
  const architecture = requireArchitecture(modelA, openCheckpoint(modelA));
  const parts = architectureRow(architecture).layout === undefined ? partBlocksOf(architecture) : [];
  const names = [...allBlocksOf(architecture), ...parts.map(({ name }) => name)];
  const weights = Object.fromEntries(names.map((name) => [name, 0.3]));
  const began = performance.now();
  const before = process.resourceUsage();
  await mergeCheckpoints({
    modelA,
    modelB,
    modelC,
    output: files.at(-1),
    weights,
    method,
    force: true,
    hashes: false,
    allowNonFinite: true,
  });
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(
    JSON.stringify({
      seconds: (performance.now() - began) / 1000,
      cpu: (userCPUTime + systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1e6,
      megabytes: maxRSS / 1024,
    }),
  );
}
