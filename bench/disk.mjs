// A search on a disk that refuses one call, or every call for a while, or all that follow; then the run goes on without: nothing that
// was announced may be lost, the CSV must be that of an undisturbed run, and nothing half may be left.
//   npm run bench -- disk [--codes ENOSPC,EDQUOT,EIO,EMFILE,EBUSY,EACCES,EROFS,short] [--times 1,10,all] [--every 1] [--jobs 2] [--from 1]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startSimulatorProcess } from './simulator-process.mjs';
import { mustHold } from './statistics.mjs';

const BIN = path.resolve(import.meta.dirname, '../bin/autombw.js');
const FAULTS = pathToFileURL(path.resolve(import.meta.dirname, '../tests/helpers/disk-faults.mjs')).href;
const ITERATIONS = 4;
const SEARCH =
  'search --payload hills.json --model-a modelA --model-b modelB --output O --optimizer random --no-early-stop --no-prove --no-baselines --save-images all'.split(
    ' ',
  );

const { values } = parseArgs({
  options: {
    codes: { type: 'string', default: 'ENOSPC,EDQUOT,EIO,EMFILE,EBUSY,EACCES,EROFS,short' },
    times: { type: 'string', default: '1,10,all' },
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
});
const jobs = Number(values.jobs);
const simulators = await Promise.all(
  Array.from({ length: jobs }, () => startSimulatorProcess({ latencyMs: 0 })),
);
const calm = newFolder();
await autombw(calm, simulators[0], searchArgs());
const wanted = timelessCsv(calm);
const wantedImages = imagesIn(calm);
rmSync(calm, { recursive: true });

const cases = [];
for (const code of values.codes.split(',')) {
  // How many calls there are to strike.
  const folder = newFolder();
  const report = path.join(os.tmpdir(), `autombw-disk-${process.pid}.txt`);
  await autombw(folder, simulators[0], searchArgs(), { under: folder, code, at: 1e9, report });
  const calls = existsSync(report) ? readFileSync(report, 'utf8').trimEnd().split('\n').length : 0;
  rmSync(report, { force: true });
  rmSync(folder, { recursive: true });
  for (const times of values.times.split(','))
    if (code !== 'short' || times === '1')
      for (let at = Number(values.from); at <= calls; at += Number(values.every))
        cases.push({ code, times, at });
}
console.log(
  `${cases.length} cases, each a search of ${ITERATIONS} iterations of 2 images and what goes on with it`,
);
const total = { cases: 0, struck: 0, ended: {}, announced: 0, again: 0, pictures: 0 };
const wrong = [];
await Promise.all(
  simulators.map(async (simulator) => {
    for (let one = cases.shift(); one !== undefined; one = cases.shift()) {
      const faults = await tryCase(simulator, one);
      total.cases++;
      for (const fault of faults) {
        wrong.push(fault);
        console.log(`${one.code} at call ${one.at}, ${one.times} times: ${fault}`);
      }
    }
  }),
);
await Promise.all(simulators.map((simulator) => simulator.stop()));
console.log(`searches that a fault struck      ${total.struck}`);
console.log(`exit codes of those               ${JSON.stringify(total.ended)}`);
console.log(`iterations announced before       ${total.announced}`);
console.log(`began anew: no journal was there  ${total.again}`);
console.log(`pictures of an undisturbed run that were missing in the end   ${total.pictures}`);
mustHold('every search ends as promised, and what goes on with it comes to the same CSV', wrong.length === 0);

/** @returns what is wrong, a sentence each */
async function tryCase(simulator, { code, times, at }) {
  const folder = newFolder();
  const report = path.join(folder, '..', `${path.basename(folder)}.txt`);
  const faults = [];
  const struck = { under: folder, code, at, times: times === 'all' ? null : Number(times), report };
  const first = await autombw(folder, simulator, searchArgs(), struck);
  const call = existsSync(report)
    ? readFileSync(report, 'utf8')
        .split('\n')
        .find((line) => line.endsWith('STRUCK'))
    : undefined;
  rmSync(report, { force: true });
  if (call !== undefined) {
    total.struck++;
    total.ended[first.code] = (total.ended[first.code] ?? 0) + 1;
  }
  const say = (what, { code: ended, said } = first) =>
    faults.push(
      `${what} (${call ?? 'nothing struck'}; exit ${ended})\n    ${said.trim().split('\n').slice(-4).join('\n    ')}`,
    );
  if (/should not have happened|^ {4}at /m.test(first.said)) say('it calls it a mistake of its own');
  if (![0, 1, 2].includes(first.code)) say('it ended in an unknown way');
  if (first.code !== 0 && !/[.]$/m.test(first.said.trim())) say('it says no sentence');
  const announced = first.said.match(/^\d+\/\d+ {2}.*\n/gm)?.length ?? 0;
  total.announced += announced;
  const journal = journalOf(folder);
  if (journal !== undefined) {
    const text = readFileSync(journal, 'utf8');
    const lines = text.split('\n');
    // Only the end of the last line may be missing.
    for (const line of lines.slice(0, -1))
      if (!isJson(line)) say(`a line of the journal is broken: ${line.slice(0, 60)}`);
    const scored = lines.filter((line) => line.startsWith('{"kind":"scored"') && isJson(line)).length;
    if (scored < announced) say(`${announced} iterations were announced, ${scored} are recorded`);
  } else if (announced > 0) say('iterations were announced and there is no journal');
  if (journal === undefined) total.again++;
  // Nothing could be removed, and half a lock may stand for a process that has just begun.
  if (times === 'all')
    for (const file of filesIn(folder)) if (/\.(lock|old)$/.test(file)) rmSync(path.join(folder, file));
  const args = journal === undefined ? searchArgs() : ['resume', journal];
  const second = await autombw(folder, simulator, args);
  if (second.code !== 0) say(`what goes on with it ends with ${second.code}`, second);
  else if (timelessCsv(folder) !== wanted) say('the CSV differs', second);
  const left = filesIn(folder).filter((file) => /\.(tmp|partial|autombw-tmp|lock|old)$/.test(file));
  if (left.length > 0) say(`left: ${left.join(', ')}`);
  const empty = filesIn(folder).filter(
    (file) => file.startsWith('recipes') && readFileSync(path.join(folder, file)).length === 0,
  );
  if (empty.length > 0) say(`empty: ${empty.join(', ')}`);
  const images = imagesIn(folder);
  const lost = wantedImages.filter((image) => !images.includes(image));
  total.pictures += lost.length;
  // What was refused once is written once there is room, as long as the run lives.
  if (times !== 'all' && first.code === 0 && lost.length > 0) say(`lost pictures: ${lost.join(', ')}`);
  rmSync(folder, { recursive: true });
  return faults;
}

function newFolder() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-disk-'));
  writeFileSync(
    path.join(folder, 'hills.json'),
    JSON.stringify({ prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: 2 }),
  );
  return folder;
}

function searchArgs() {
  return [...SEARCH, '--iterations', String(ITERATIONS)];
}

async function autombw(folder, simulator, args, faults) {
  const common = ['--webui', simulator.url, '--no-check', '--save-best', 'none'];
  const words = faults === undefined ? [] : ['--import', FAULTS];
  const env = { ...process.env, NO_COLOR: '1', AUTOMBW_CACHE: path.join(folder, 'cache') };
  if (faults !== undefined) env.AUTOMBW_TEST_DISK = JSON.stringify(faults);
  const child = spawn(process.execPath, [...words, BIN, ...args, ...common], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stderr, child.stdout])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  const [code] = await once(child, 'close');
  return { code, said };
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

function imagesIn(folder) {
  return filesIn(folder)
    .filter((file) => /\.images\/\d+-/.test(file.replaceAll('\\', '/')))
    .map((file) => path.basename(file));
}

/** The journal to go on with; undefined while none has its plan. */
function journalOf(folder) {
  const journals = filesIn(folder)
    .filter((file) => file.endsWith('.journal.jsonl'))
    .map((file) => path.join(folder, file))
    .filter((file) => readFileSync(file, 'utf8').includes('\n'));
  if (journals.length > 1) throw new Error(`several journals in ${folder}`);
  return journals[0];
}

function timelessCsv(folder) {
  const file = journalOf(folder).replace(/\.journal\.jsonl$/, '.csv');
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(',').slice(0, 28).join(','))
    .join('\n');
}

function isJson(line) {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
