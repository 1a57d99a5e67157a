import { expect, it } from 'vitest';
import { CHAPTERS } from './all.ts';
import { documentOf, missingTests } from './document.ts';
import { breaches } from './scenario.ts';

it('docs/faults.md is that of the scenarios (npm run faults writes it)', async () => {
  await expect(await documentOf()).toMatchFileSnapshot('../../docs/faults.md');
});

it('the tests of rows without a server are there', () => {
  expect(missingTests()).toEqual([]);
});

it('a row that names no test is noticed', () => {
  const row = { what: 'It rains', does: 'opens an umbrella', costs: 'nothing' };
  const named = (test: string): readonly string[] =>
    missingTests([{ title: 'Weather', scenarios: [], references: [{ ...row, tests: [test] }] }]);
  expect(named('tests/process/lock.test.ts > goes with a run that leaves at the second signal')).toEqual([]);
  for (const test of [
    'tests/process/lock.test.ts',
    'tests/process/lock.test.ts > goes with a run that leaves at the third signal',
    'tests/process/lock.test.ts > goes with a run',
    'tests/process/no-such.test.ts > goes with a run that leaves at the second signal',
  ])
    expect(named(test)).toEqual([test]);
});

it('every scenario has a name of its own', () => {
  const names = CHAPTERS.flatMap(({ scenarios }) => scenarios.map(({ name }) => name));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

it('a promise is broken by whatever it does not allow', () => {
  const kept = { exitCode: 0, lost: 0, missing: 0, vain: 1, wrong: [], changed: [], said: 'It is back.' };
  const promise = { exitCode: 0, vain: 1, says: /is back/ };
  expect(breaches(promise, kept)).toEqual([]);
  for (const outcome of [
    { ...kept, exitCode: 1 },
    { ...kept, lost: 1 },
    { ...kept, missing: 1 },
    { ...kept, vain: 2 },
    { ...kept, wrong: [3] },
    { ...kept, changed: ['a setting'] },
    { ...kept, said: '' },
    { ...kept, remarks: ['a password'] },
  ])
    expect(breaches(promise, outcome)).toHaveLength(1);
  expect(breaches({ ...promise, resumes: true }, kept)).toHaveLength(1);
});
