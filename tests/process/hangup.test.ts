/** A terminal that is closed, a program that reads the output and goes: neither costs a run its end. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  runCliWell,
  startCli,
  startSimulatorProcess,
  type RunningCli,
  type SimulatorProcess,
} from '../helpers/run-cli.ts';
import { selectedOn, useSimulators } from '../helpers/cli-simulators.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const ITERATIONS = ['--iterations', '6'];
const simulate = useSimulators(40);

function startSearch(folder: WorkFolder, { port }: SimulatorProcess, env = {}): RunningCli {
  return startCli(['search', ...BASICS, ...ITERATIONS, '--port', port], { cwd: folder.path, env });
}

// Windows has no signals between processes.
describe.skipIf(process.platform === 'win32')('a closed terminal', () => {
  it('ends a search cleanly with exit code 129, also when nothing can be written to it', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    const before = await selectedOn(simulator);
    const search = startSearch(folder, simulator);
    await search.printed(/^2\/6 {2}/m);
    search.child.stderr?.destroy();
    search.child.stdout?.destroy();
    search.child.kill('SIGHUP');
    expect(await search.end).toMatchObject({ code: 129, signal: null });
    expect(folder.journal().at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'interrupted' } });
    expect(folder.files().filter((file) => file.endsWith('.lock'))).toEqual([]);
    expect(await selectedOn(simulator)).toBe(before);
    await runCliWell(['resume', 'O', '--port', simulator.port], { cwd: folder.path });
  });

  it('does not end a search that was started with nohup', async () => {
    const folder = makeWorkFolder();
    const search = startSearch(folder, await simulate(), { _: '/usr/bin/nohup' });
    await search.printed(/^1\/6 {2}/m);
    search.child.kill('SIGHUP');
    expect(await search.end).toMatchObject({ code: 0 });
  });

  it('ends a chain, and nothing after the search at hand begins', async () => {
    const folder = makeWorkFolder();
    const { port } = await simulate();
    folder.write('second.json', { optimizer: 'genetic' });
    const chain = ['search', ...BASICS, ...ITERATIONS, '--pass', 'second.json', '--port', port];
    const search = startCli(chain, { cwd: folder.path });
    await search.printed(/^2\/6 {2}/m);
    search.child.kill('SIGHUP');
    const end = await search.end;
    expect(end.code).toBe(129);
    expect(end.stdout).toMatch(/^ {2}stopped +Pass 2 of 2.*Not started\.$/m);
  });

  it('ends a simulated server', async () => {
    const simulator = await startSimulatorProcess();
    const end = once(simulator.child, 'exit');
    simulator.child.kill('SIGHUP');
    expect(await end).toEqual([0, null]);
  });

  it('ends the scoring of many images, and what was scored is printed', async () => {
    const folder = makeWorkFolder();
    await runCliWell(
      ['search', ...BASICS, '--iterations', '3', '--save-images', 'all', '--port', (await simulate()).port],
      {
        cwd: folder.path,
      },
    );
    const [image = ''] = folder.files().filter((file) => file.endsWith('.png'));
    const slow = folder.write(
      'slow.mjs',
      `import { writeFileSync } from 'node:fs';
       import { createInterface } from 'node:readline';
       for await (const line of createInterface({ input: process.stdin })) {
         const { type, id } = JSON.parse(line);
         if (type === 'hello') console.log(JSON.stringify({ type: 'ready', name: 'slow' }));
         if (type === 'score') {
           writeFileSync('asked', '');
           setTimeout(() => console.log(JSON.stringify({ id, score: 0.5 })), 200);
         }
       }`,
    );
    const files = Array.from({ length: 200 }, (_, i) => {
      const file = `${i}.png`;
      copyFileSync(path.join(folder.path, image), path.join(folder.path, file));
      return file;
    });
    const scoring = startCli(
      [
        'score',
        ...files,
        '--scorer',
        'command',
        '--scorer-options',
        `command.run=node ${slow}`,
        '--no-score-cache',
      ],
      { cwd: folder.path },
    );
    await expect.poll(() => folder.files()).toContain('asked');
    scoring.child.kill('SIGHUP');
    const end = await scoring.end;
    expect(end.code).toBe(129);
    expect(end.stdout.match(/\.png$/gm)?.length ?? 0).toBeLessThan(200);
  });
});

describe.skipIf(process.platform === 'win32')('standard output', () => {
  it.runIf(process.platform === 'linux')('that takes nothing is no success', async () => {
    const folder = makeWorkFolder();
    const end = await startCli(['optimizers', '--json'], { cwd: folder.path, stdoutFile: '/dev/full' }).end;
    expect(end).toMatchObject({ code: 1 });
    expect(end.stderr).toMatch(
      /^autombw: the result could not be written to standard output \(ENOSPC.*\)\.$/m,
    );
  });
});

/** The tool that gives a program a terminal, where there is one. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

it.runIf(hasScript)('a real terminal that goes away is no crash', async () => {
  const folder = makeWorkFolder();
  const { port } = await simulate();
  const bin = path.resolve(import.meta.dirname, '../../bin/autombw.js');
  const search = [process.execPath, bin, 'search', ...BASICS, '--iterations', '200', '--port', port].join(
    ' ',
  );
  // The shell is told that the terminal is gone, passes it on as shells do, and outlives it to tell the exit code.
  const shell = `${search} & pid=$!; trap "kill -HUP $pid" HUP; wait $pid; wait $pid; echo $? > code`;
  const terminal = spawn('script', ['-qec', shell, '/dev/null'], {
    cwd: folder.path,
    stdio: 'ignore',
    env: { ...process.env, SHELL: '/bin/sh' },
  });
  const scored = (): number => {
    const journals = folder.files().filter((file) => file.endsWith('.journal.jsonl'));
    return journals.length === 0 ? 0 : folder.journal().filter(({ kind }) => kind === 'scored').length;
  };
  await expect.poll(scored).toBeGreaterThan(1);
  terminal.kill('SIGKILL');
  await expect.poll(() => folder.files().includes('code') && folder.read('code')).toBe('129\n');
  expect(folder.journal().at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'interrupted' } });
});
