/** A search on a disk that refuses one call, for every some call of those that it makes; then the run goes on without. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../src/observers/log.ts';
import { isExpected } from '../../src/shared/errors.ts';
import { defaultEnvironment } from '../../src/run/environment.ts';
import { resumeRun, runSearch } from '../../src/run/run.ts';
import { parseSearchConfig } from '../../src/config/load.ts';
import { installDiskFaults, type DiskFaultSettings } from '../helpers/disk-faults.mjs';
import { temporaryFolder, timelessCsv } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const ITERATIONS = 3;
/** What a run writes, and not what it is given. */
const WRITTEN = 'csv|recipes';
let wanted: { readonly csv: string; readonly images: readonly string[] };

beforeAll(async () => {
  const folder = temporaryFolder('disk');
  await search(folder, []);
  wanted = outcome(folder);
});

/** @param told the iterations that were announced, and what was said */
async function search(folder: string, told: string[], journal?: string): Promise<void> {
  const environment = defaultEnvironment({
    createRenderers: () => [new TinyRenderer()],
    createObservers: (_, files) => [
      createLog({ file: files.log, level: 'info' }),
      { name: 'listener', onTrial: ({ id }) => void told.push(`${id}`) },
    ],
  });
  if (journal !== undefined) {
    await resumeRun(journal, {}, environment);
    return;
  }
  const payload = path.join(folder, 'stripes.json');
  writeFileSync(payload, JSON.stringify({ prompt: 'stripes', seed: 7, width: 64, height: 64, n_iter: 2 }));
  const config = parseSearchConfig({
    payload: [payload],
    modelA: 'A',
    modelB: 'B',
    output: 'O',
    iterations: ITERATIONS,
    optimizer: 'random',
    check: false,
    baselines: false,
    prove: 0,
    saveBest: 'none',
    saveImages: 'all',
    folder,
  });
  await runSearch(config, environment);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
}

/** The journal to go on with; undefined while none has its plan. */
function journalIn(folder: string): string | undefined {
  return filesIn(folder)
    .filter((file) => file.endsWith('.journal.jsonl'))
    .map((file) => path.join(folder, file))
    .find((file) => readFileSync(file, 'utf8').includes('\n'));
}

function outcome(folder: string): typeof wanted {
  const csv = (journalIn(folder) ?? '').replace(/\.journal\.jsonl$/, '.csv');
  const images = filesIn(folder).filter((file) => /\.images\/\d/.test(file));
  return {
    csv: existsSync(csv) ? timelessCsv(readFileSync(csv, 'utf8')) : '',
    images: images.map((file) => path.basename(file)).toSorted(),
  };
}

/** How many calls of a search a fault could strike. */
async function callsOf(code: DiskFaultSettings['code']): Promise<number> {
  const folder = temporaryFolder('disk');
  const faults = installDiskFaults({ under: folder, code, at: Infinity, only: WRITTEN });
  try {
    await search(folder, []);
    return faults.calls();
  } finally {
    faults.uninstall();
  }
}

describe('a disk that refuses', () => {
  it.each([
    ['ENOSPC', 1],
    ['ENOSPC', 12],
    ['EIO', 1],
    ['EACCES', 1],
    ['EMFILE', 2],
    ['short', 1],
  ] as const)('with %s so many times (%i) loses nothing', { timeout: 300_000 }, async (code, times) => {
    const calls = await callsOf(code);
    expect(calls).toBeGreaterThan(5);
    for (let at = 1; at <= calls; at += Math.ceil(calls / 8)) {
      const folder = temporaryFolder('disk');
      const told: string[] = [];
      const faults = installDiskFaults({ under: folder, code, at, times, only: WRITTEN });
      let failure: unknown;
      try {
        await search(folder, told).catch((error: unknown) => (failure = error));
      } finally {
        faults.uninstall();
      }
      const isExplained = failure === undefined || isExpected(failure);
      const journal = journalIn(folder);
      const recorded = journal === undefined ? '' : readFileSync(journal, 'utf8');
      const lost = told.filter((id) => !recorded.includes(`{"kind":"scored","trial":${id},`));
      await search(folder, [], journal);
      const left = filesIn(folder).filter((file) => /\.(tmp|lock)$/.test(file));
      const where = `${code} at call ${at} of ${calls}`;
      expect({ where, isExplained, lost, left, ...outcome(folder) }).toEqual({
        where,
        isExplained: true,
        lost: [],
        left: [],
        ...wanted,
      });
    }
  });
});
