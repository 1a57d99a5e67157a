// npm run mutation [-- ROOM…] [--sample SHARE] [--seed N] [--concurrency N] [--work FOLDER] [--fresh]
// Changes the code of each room at every place where it can be changed (scripts/mutation/rooms.mjs) and prints how many changes its
// tests notice, and which they do not. Takes an hour or more for all rooms; what has not changed since the last time is not tried
// again. --sample 0.2 tries a seeded fifth of the changes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { ROOMS } from './mutation/rooms.mjs';
import { isSampled, missedLine } from './mutation/sample.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '1' },
    work: { type: 'string', default: path.join(os.tmpdir(), 'autombw-mutation') },
    fresh: { type: 'boolean', default: false },
  },
});
const names = positionals.length === 0 ? Object.keys(ROOMS) : positionals;
const unknown = names.filter((name) => !Object.hasOwn(ROOMS, name));
if (unknown.length > 0) {
  console.error(`There is no room "${unknown[0]}". Choose from ${Object.keys(ROOMS).join(', ')}.`);
  process.exit(2);
}
const sample = { share: Number(values.sample), seed: Number(values.seed) };
const isPart = sample.share < 1;
const work = path.resolve(values.work);
mkdirSync(work, { recursive: true });
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const rows = [];
for (const name of names) {
  rows.push(summary(name, await tryRoom(name)));
  console.table(rows);
}

async function tryRoom(name) {
  const room = ROOMS[name];
  const temporary = path.join(work, `tests-${name}`);
  mkdirSync(temporary, { recursive: true });
  process.env['AUTOMBW_MUTATION_TESTS'] = JSON.stringify(room.tests);
  process.env['AUTOMBW_MUTATION_SAMPLE'] = JSON.stringify(sample);
  process.env['TMPDIR'] = temporary;
  process.env['AUTOMBW_FUZZ_RUNS'] = '12';
  try {
    return await new Stryker({
      mutate: room.mutate,
      // How a message is worded is not behaviour that a test should pin.
      mutator: { excludedMutations: ['StringLiteral'] },
      testRunner: 'vitest',
      vitest: { configFile: 'scripts/mutation/vitest.mjs', related: false },
      plugins: [
        fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner')),
        fileURLToPath(new URL('./mutation/sample.mjs', import.meta.url)),
      ],
      checkers: isPart ? ['sample'] : [],
      coverageAnalysis: 'perTest',
      disableTypeChecks: false,
      // None: Stryker would rewrite it through an interface that TypeScript 7 no longer has.
      tsconfigFile: 'none',
      concurrency: Number(values.concurrency),
      // The first run of all tests shares its computer with whatever else runs there: it only must not hang.
      dryRunTimeoutMinutes: 60,
      timeoutMS: 10_000,
      timeoutFactor: 3,
      incremental: !isPart,
      incrementalFile: path.join(work, `${name}.json`),
      force: values.fresh,
      tempDirName: path.join(work, `sandbox-${name}`),
      cleanTempDir: 'always',
      ignorePatterns: ['dist'],
      allowConsoleColors: false,
      reporters: ['progress-append-only', 'missed'],
      thresholds: { high: 100, low: 85, break: null },
    }).runMutationTest();
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

function summary(room, results) {
  // What no test reaches is never checked: the sample is taken here.
  const mutants = results.filter((mutant) => mutant.status !== 'NoCoverage' || isSampled(mutant, sample));
  const of = (status) => mutants.filter((mutant) => mutant.status === status);
  const count = (status) => of(status).length;
  const missed = [...of('Survived'), ...of('NoCoverage')];
  // Errors outside of tests: mostly a module that cannot be loaded any more.
  const killed = count('Killed') + count('RuntimeError');
  const valid = killed + count('Timeout') + missed.length;
  const score = (valid - missed.length) / valid;
  const list = path.join(work, `${room}-missed.txt`);
  writeFileSync(list, missed.map(missedLine).sort().join(''));
  return {
    room,
    'score %': Math.round(score * 1000) / 10,
    // Of the sample; nothing where every mutant was tried.
    '± %': Math.round(Math.sqrt((score * (1 - score) * (1 - sample.share)) / valid) * 1000) / 10,
    tried: valid,
    of: results.length,
    killed,
    timeout: count('Timeout'),
    survived: count('Survived'),
    'no test': count('NoCoverage'),
    'left out': count('Ignored'),
    missed: list,
  };
}
