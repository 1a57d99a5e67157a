// A search on a disk that fails it; then the run goes on without: nothing that was announced may be lost, the CSV must be that of an
// undisturbed run, and nothing half may be left. First the scenarios of disk-scenarios.mjs on file systems of their own, which takes
// Linux and root; then a disk that refuses one call, or every call for a while, or all that follow.
//   npm run bench -- disk [--scenario full] [--codes ENOSPC,EDQUOT,EIO,EMFILE,EBUSY,EACCES,EROFS,short] [--times 1,10,all] [--every 1]
//     [--jobs 2] [--from 1] [--to 40] [--sample 300 --seed 1]     --scenario: a part of a name, or none; --codes '': scenarios alone;
//     --to: the last call that is refused; --sample: only so many cases, drawn at random
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  announcedIn,
  autombw,
  badEnding,
  badJournal,
  filesIn,
  fillFolder,
  imagesIn,
  journalOf,
  leftBehind,
  searchArgs,
  timelessCsv,
} from './disk-run.mjs';
import { SCENARIOS } from './disk-scenarios.mjs';
import { startSimulatorProcess } from './simulator-process.mjs';
import { SmallDisk } from './small-disk.mjs';
import { mustHold } from './statistics.mjs';
import { uniformNumbers } from './uniform-numbers.mjs';

const FAULTS = pathToFileURL(path.resolve(import.meta.dirname, '../tests/helpers/disk-faults.mjs')).href;
const ITERATIONS = 4;
/** Of an image of the scenarios, so that what is done to the disk comes between two of them. */
const LATENCY_MS = 150;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: '' },
    codes: { type: 'string', default: 'ENOSPC,EDQUOT,EIO,EMFILE,EBUSY,EACCES,EROFS,short' },
    times: { type: 'string', default: '1,10,all' },
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: 'Infinity' },
    jobs: { type: 'string', default: '2' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const search = searchArgs(ITERATIONS);
const calmSimulator = await startSimulatorProcess({ latencyMs: 0 });
const calm = newFolder();
await autombw(calm, calmSimulator, search);
const wanted = timelessCsv(calm);
const wantedImages = imagesIn(calm);
rmSync(calm, { recursive: true });
await playScenarios();
if (values.codes !== '') await strikeCalls();
await calmSimulator.stop();

async function playScenarios() {
  const chosen = SCENARIOS.filter(({ name }) => name.includes(values.scenario));
  if (chosen.length === 0) return;
  try {
    new SmallDisk('tmpfs').remove();
    new SmallDisk('ext4').remove();
  } catch (error) {
    console.log(
      `Not played: ${chosen.length} scenarios on file systems of their own, since none can be mounted here (${String(error.stderr ?? error).trim()}). Calls that are refused, below, stand for them.`,
    );
    return;
  }
  const simulator = await startSimulatorProcess({ latencyMs: LATENCY_MS });
  const width = Math.max(...chosen.map(({ name }) => name.length));
  const room = Math.max(...chosen.map(({ promise }) => promise.length));
  const line = (...[name, promise, exit, told, outcome]) =>
    console.log(`${name.padEnd(width)}  ${promise.padEnd(room)}  ${exit}  ${told}  ${outcome}`);
  line('scenario', 'promise', 'exit', 'told', 'outcome');
  let broken = 0;
  for (const scenario of chosen) {
    const { faults, code, announced } = await play(scenario, simulator);
    const outcome = faults.length === 0 ? 'kept' : `BROKEN: ${faults.join('; ')}`;
    line(scenario.name, scenario.promise, String(code).padStart(4), String(announced).padStart(4), outcome);
    if (faults.length > 0) broken++;
  }
  await simulator.stop();
  console.log(`${chosen.length} scenarios; exit: of the search, told: iterations that it announced before\n`);
  mustHold('every scenario ends as promised, and what goes on with it comes to the same CSV', broken === 0);
}

async function play({ kind, before, after = {}, heal, codes, hasAll = false }, simulator) {
  const disk = new SmallDisk(kind);
  const folder = fillFolder(path.join(disk.folder, 'run'));
  const there = { disk, folder };
  const faults = [];
  try {
    before?.(there);
    let done = 0;
    const first = await autombw(folder, simulator, search, {
      onSaid(said) {
        for (; done < announcedIn(said); done++)
          try {
            after[done + 1]?.(there);
          } catch (error) {
            faults.push(`the bench could not do it: ${String(error)}`);
          }
      },
    });
    heal?.(there);
    const { code, said } = first;
    faults.push(...badEnding(first));
    if (!codes.includes(code)) faults.push(`it ended with ${code}`);
    const announced = announcedIn(said);
    const journal = journalOf(folder);
    faults.push(...badJournal(journal, announced));
    // Whoever removed the folder removed that too.
    fillFolder(folder);
    if (hasAll && timelessCsv(folder) !== wanted) faults.push('the CSV differed before anything went on');
    const second = await autombw(folder, simulator, journal === undefined ? search : ['resume', journal]);
    if (second.code !== 0) faults.push(`what goes on with it ends with ${second.code}`);
    else if (timelessCsv(folder) !== wanted) faults.push('the CSV differs');
    faults.push(...leftBehind(folder));
    const images = imagesIn(folder);
    const lost = wantedImages.filter((image) => !images.includes(image));
    if (hasAll && lost.length > 0) faults.push(`lost pictures: ${lost.join(', ')}`);
    if (faults.length > 0) faults.push(`\n${said}\n${second.said}`);
    return { faults, code, announced };
  } finally {
    disk.remove();
  }
}

async function strikeCalls() {
  const jobs = Number(values.jobs);
  const simulators = await Promise.all(
    Array.from({ length: jobs }, () => startSimulatorProcess({ latencyMs: 0 })),
  );
  const cases = [];
  for (const code of values.codes.split(',')) {
    // How many calls there are to strike.
    const folder = newFolder();
    const report = path.join(os.tmpdir(), `autombw-disk-${process.pid}.txt`);
    await autombw(folder, simulators[0], search, struckBy({ under: folder, code, at: 1e9, report }));
    const calls = existsSync(report) ? readFileSync(report, 'utf8').trimEnd().split('\n').length : 0;
    rmSync(report, { force: true });
    rmSync(folder, { recursive: true });
    for (const times of values.times.split(','))
      if (code !== 'short' || times === '1')
        for (
          let at = Number(values.from);
          at <= Math.min(calls, Number(values.to));
          at += Number(values.every)
        )
          cases.push({ code, times, at });
  }
  const all = cases.length;
  if (values.sample !== undefined)
    keepSome(cases, Number(values.sample), uniformNumbers(Number(values.seed)));
  console.log(
    `${cases.length} of ${all} cases, each a search of ${ITERATIONS} iterations of 2 images and what goes on with it`,
  );
  const total = { struck: 0, ended: {}, announced: 0, again: 0, pictures: 0 };
  const wrong = [];
  await Promise.all(
    simulators.map(async (simulator) => {
      for (let one = cases.shift(); one !== undefined; one = cases.shift()) {
        const faults = await tryCase(simulator, one, total);
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
  mustHold(
    'every search ends as promised, and what goes on with it comes to the same CSV',
    wrong.length === 0,
  );
}

/** @returns what is wrong, a sentence each */
async function tryCase(simulator, { code, times, at }, total) {
  const folder = newFolder();
  const report = path.join(folder, '..', `${path.basename(folder)}.txt`);
  const struck = { under: folder, code, at, times: times === 'all' ? null : Number(times), report };
  const first = await autombw(folder, simulator, search, struckBy(struck));
  const strikes = existsSync(report)
    ? readFileSync(report, 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('STRUCK'))
    : [];
  const [call] = strikes;
  rmSync(report, { force: true });
  if (call !== undefined) {
    total.struck++;
    total.ended[first.code] = (total.ended[first.code] ?? 0) + 1;
  }
  const announced = announcedIn(first.said);
  total.announced += announced;
  const journal = journalOf(folder);
  const faults = [...badEnding(first), ...badJournal(journal, announced)];
  if (journal === undefined) total.again++;
  // Half a lock, and a journal without a line, may stand for a process that has just begun: whoever goes on comes an hour later.
  const then = Date.now() / 1000 - 3600;
  for (const file of filesIn(folder))
    if (/\.(lock|old|journal\.jsonl)$/.test(file)) utimesSync(path.join(folder, file), then, then);
  const second = await autombw(folder, simulator, journal === undefined ? search : ['resume', journal]);
  if (second.code !== 0) faults.push(`what goes on with it ends with ${second.code}: ${second.said}`);
  else if (timelessCsv(folder) !== wanted) faults.push('the CSV differs');
  faults.push(...leftBehind(folder, second.said));
  const images = imagesIn(folder);
  const lost = wantedImages.filter((image) => !images.includes(image));
  total.pictures += lost.length;
  // What was refused once is written once there is room, as long as the run lives.
  if (times !== 'all' && first.code === 0 && lost.length > 0)
    faults.push(`lost pictures: ${lost.join(', ')}`);
  rmSync(folder, { recursive: true });
  const end = first.said.trim().split('\n').slice(-4).join('\n    ');
  return faults.map((what) => `${what} (${call ?? 'nothing struck'}; exit ${first.code})\n    ${end}`);
}

function struckBy(faults) {
  return { words: ['--import', FAULTS], env: { AUTOMBW_TEST_DISK: JSON.stringify(faults) } };
}

/** Leaves so many of them, every choice as likely as any other, in random order. */
function keepSome(list, count, random) {
  const kept = Math.min(count, list.length);
  for (let at = 0; at < kept; at++) {
    const other = at + Math.floor(random() * (list.length - at));
    [list[at], list[other]] = [list[other], list[at]];
  }
  list.length = kept;
}

function newFolder() {
  return fillFolder(mkdtempSync(path.join(os.tmpdir(), 'autombw-disk-')));
}
