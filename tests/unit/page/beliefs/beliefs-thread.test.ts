/** The threads here are stand-ins: what the real one computes is tested with the page. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noBeliefs } from '../../../../src/page/beliefs/beliefs.ts';
import { BeliefsThread, type BeliefsThreadSettings } from '../../../../src/page/beliefs/beliefs-thread.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

let folder: string;
let journal: string;
const made: BeliefsThread[] = [];
beforeEach(() => {
  folder = temporaryFolder('beliefs');
  journal = path.join(folder, 'O.journal.jsonl');
  writeFileSync(journal, 'one\n');
});
afterEach(async () => {
  for (const beliefsThread of made.splice(0)) await beliefsThread.close();
});

const HEAD = "import fs from 'node:fs'; import { parentPort, workerData } from 'node:worker_threads';";
/** Tells the number of lines in the journal. */
const COUNTS = `const lines = fs.readFileSync(workerData, 'utf8').split('\\n').length - 1;
  parentPort.postMessage({ ...${JSON.stringify(noBeliefs(''))}, trials: lines });`;
/** Writes down when it begins and ends. */
const NOTES = `fs.appendFileSync(workerData + '.log', 'begin\\n'); await new Promise((resolve) => setTimeout(resolve, 60));
  fs.appendFileSync(workerData + '.log', 'end\\n'); ${COUNTS}`;

function believing(code: string, settings: BeliefsThreadSettings = {}): BeliefsThread {
  const worker = path.join(folder, 'worker.mjs');
  writeFileSync(worker, `${HEAD}\n${code}`);
  const beliefsThread = new BeliefsThread({ worker, ...settings });
  made.push(beliefsThread);
  return beliefsThread;
}

describe('a thread that dies', () => {
  it.each([
    ['with an error', "throw new Error('The matrix is singular.')", 'computed: the matrix is singular.'],
    ['without a word', 'process.exit(3)', 'computed: the worker thread ended without an answer.'],
    ['at once', '', 'computed: the worker thread ended without an answer.'],
    ['by a mistake in it', 'const = 1', 'computed: '],
  ])('%s is an answer with a reason, and the next one is asked again', async (_, code, reason) => {
    const beliefsThread = believing(code);
    const beliefs = await beliefsThread.beliefs(journal);
    expect(beliefs).toMatchObject({ trials: 0, importance: [], slices: [] });
    expect(beliefs.reason).toContain(reason);
    writeFileSync(path.join(folder, 'worker.mjs'), `${HEAD}\n${COUNTS}`);
    appendFileSync(journal, 'two\n');
    await vi.waitFor(async () => expect((await beliefsThread.beliefs(journal)).trials).toBe(2), 20_000);
  });

  it('of hunger leaves the process alone', async () => {
    const code = 'const all = []; for (;;) all.push(new Array(1e5).fill(all.length));';
    const { reason } = await believing(code, { megabytes: 16 }).beliefs(journal);
    expect(reason).toMatch(/memory/);
  });

  it('never answers is given up', async () => {
    const { reason } = await believing('for (;;);', { patience: 200 }).beliefs(journal);
    expect(reason).toBe('This could not be computed: it took too long.');
  });

  it('is not there, because nothing was built', async () => {
    const beliefsThread = new BeliefsThread({ worker: path.join(folder, 'none.js') });
    expect((await beliefsThread.beliefs(journal)).reason).toContain('npm run build');
  });
});

describe('a thread that computes', () => {
  it('is the only one, and who asks meanwhile gets the same', async () => {
    const other = path.join(folder, 'P.journal.jsonl');
    writeFileSync(other, 'one\n');
    const beliefsThread = believing(
      NOTES.replaceAll("workerData + '.log'", JSON.stringify(path.join(folder, 'log'))),
    );
    const [one, same, another] = await Promise.all([
      beliefsThread.beliefs(journal),
      beliefsThread.beliefs(journal),
      beliefsThread.beliefs(other),
    ]);
    expect(same).toBe(one);
    expect(another).toEqual(one);
    expect(readFileSync(path.join(folder, 'log'), 'utf8')).toBe('begin\nend\nbegin\nend\n');
  });

  it('is not asked again while the journal is the same, and rests between two looks at one that grows', async () => {
    const beliefsThread = believing(NOTES);
    expect(await beliefsThread.beliefs(journal)).toMatchObject({ trials: 1, isOld: false });
    expect(await beliefsThread.beliefs(journal)).toMatchObject({ trials: 1, isOld: false });
    expect(readFileSync(`${journal}.log`, 'utf8')).toBe('begin\nend\n');
    appendFileSync(journal, 'two\n');
    expect(await beliefsThread.beliefs(journal)).toMatchObject({ trials: 1, isOld: true });
    await vi.waitFor(
      async () => expect(await beliefsThread.beliefs(journal)).toMatchObject({ trials: 2, isOld: false }),
      20_000,
    );
  });

  it('ends with the page', async () => {
    const beliefsThread = believing('for (;;);');
    const asked = beliefsThread.beliefs(journal);
    await vi.waitFor(async () => {
      await beliefsThread.close();
      expect((await asked).reason).toMatch(/^This could not be computed/);
    }, 20_000);
  });
});
