/** Several searches as a user runs them: paths that stay right, and a chain that is found again. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, runCliWell, startSimulatorProcess, type SimulatorProcess } from '../helpers/run-cli.ts';
import { makeWorkFolder, TINY_PAYLOAD } from '../helpers/work-folder.ts';

let simulator: SimulatorProcess;
beforeAll(async () => {
  simulator = await startSimulatorProcess();
});
afterAll(() => simulator.stop());

const QUICK = '--optimizer random --iterations 2 --no-early-stop --no-prove --save-best none'.split(' ');

it('a chain is resumed from any folder: what has not begun finds its payloads and its place', async () => {
  const work = makeWorkFolder();
  const lines = ['--merge', 'modelA + missing = X', '--merge', 'modelA + modelB = Y'];
  const search = ['search', '--payload', 'hills.json', ...QUICK, ...lines, '--port', simulator.port];
  const first = await runCli(search, { cwd: work.path });
  expect(first.code).toBe(1);
  expect(first.stdout).toMatch(/failed +Merge 1 of 2.*no model "missing"/);
  expect(first.stdout).toMatch(/done +Merge 2 of 2/);

  const elsewhere = makeWorkFolder();
  const chain = path.join(work.path, work.only('.chain.jsonl'));
  const again = await runCli(['resume', chain, '--json'], { cwd: elsewhere.path });
  expect(again.code).toBe(1);
  expect(JSON.parse(again.stdout)).toMatchObject({
    isDone: false,
    steps: [{ state: 'failed', message: expect.stringMatching(/no model "missing"/) }, { state: 'done' }],
  });
  expect(elsewhere.files()).toEqual(['hills.json']);
});

it('a run of a chain, named by its merged model, goes on with the chain', async () => {
  const work = makeWorkFolder();
  const lines = ['--merge', 'modelA + modelB = Y', '--merge', 'modelA + missing = X'];
  const search = ['search', '--payload', 'hills.json', ...QUICK, ...lines, '--port', simulator.port];
  await runCli(search, { cwd: work.path });
  const again = await runCli(['resume', 'Y'], { cwd: work.path });
  expect(again.stdout).toMatch(/done +Merge 1 of 2[^]*failed +Merge 2 of 2/);
});

it('files of a config file are looked for beside it, those of its passes too', async () => {
  const work = makeWorkFolder();
  mkdirSync(path.join(work.path, 'night'));
  work.write('night/lake.json', { ...TINY_PAYLOAD, prompt: 'a lake' });
  const config = {
    payload: ['../hills.json'],
    modelA: 'modelA',
    modelB: 'modelB',
    output: 'O',
    pass: [{ payload: ['lake.json'] }],
  };
  writeFileSync(path.join(work.path, 'night/search.json'), JSON.stringify(config));
  const { stdout } = await runCliWell(['search', '--config', 'night/search.json', '--dry-run', '--json'], {
    cwd: work.path,
  });
  const plans = JSON.parse(stdout) as readonly { readonly plan: { readonly requests: readonly object[] } }[];
  expect(plans.map(({ plan }) => plan.requests[0])).toMatchObject([
    { prompt: 'green hills' },
    { prompt: 'a lake' },
  ]);
});
