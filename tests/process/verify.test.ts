/** verify, as it is typed. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runInProcess } from '../helpers/fake-process.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/journals');

function copy(): string {
  const folder = temporaryFolder();
  for (const ending of ['csv', 'journal.jsonl'])
    cpSync(path.join(FIXTURES, `v0.1.0.${ending}`), path.join(folder, `v0.1.0.${ending}`));
  return path.join(folder, 'v0.1.0.journal.jsonl');
}

it('says what is right and what could not be looked at, and ends with 0', async () => {
  const { code, stdout } = await runInProcess(['verify', copy()]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}asks {8}ok {7}4 points proposed by random with seed 1$/m);
  expect(stdout).toMatch(/^ {2}scores {6}– {8}Not requested \(--scores\)$/m);
  expect(stdout).toMatch(
    /^Everything that was checked agrees with the journal\. 6 checks could not be done \(–\)\.$/m,
  );
});

it('says by iteration what differs, and ends with 1', async () => {
  const journal = copy();
  writeFileSync(journal, readFileSync(journal, 'utf8').replace(/"score":0\.\d+/, '"score":0.99'));
  const { code, stdout } = await runInProcess(['verify', journal]);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^ {2}iterations {2}DIFFERS .*\n +iteration 1: has score 0\.99, but its images give /m,
  );
  const json = await runInProcess(['verify', journal, '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    isRight: false,
    runs: [
      { journal, isRight: false, checks: expect.arrayContaining([expect.objectContaining({ name: 'csv' })]) },
    ],
  });
});

it('refuses what is no run and no share, and ends with 2', async () => {
  expect((await runInProcess(['verify', 'nothing-of-that-name'])).code).toBe(2);
  const { code, stderr } = await runInProcess(['verify', copy(), '--scores', '--tolerance', '2']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/must be from 0 to 1; got /);
});
