/** The lock of a run: it keeps a second process out, and nobody else, whoever has the number of a dead one by now. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  runCli,
  runCliWell,
  startCli,
  startSimulatorProcess,
  type SimulatorProcess,
} from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const ITERATIONS = ['--iterations', '6'];
let simulator: SimulatorProcess;
let folder: WorkFolder;
let other: ChildProcess | undefined;

beforeEach(async () => {
  folder = makeWorkFolder();
  simulator = await startSimulatorProcess(['--latency', '40', '--models', 'modelA,modelB']);
});

afterEach(async () => {
  other?.kill('SIGKILL');
  other = undefined;
  await simulator.stop();
});

/** A run that was killed, and its lock. */
async function killedRun(): Promise<string> {
  const search = startCli(['search', ...BASICS, ...ITERATIONS, '--port', simulator.port], {
    cwd: folder.path,
  });
  await search.printed(/^2\/6 {2}/m);
  search.child.kill('SIGKILL');
  await search.end;
  const lock = path.join(folder.path, `${folder.only('.journal.jsonl')}.lock`);
  expect(existsSync(lock)).toBe(true);
  return lock;
}

/** A living process that is no autombw. */
function startOther(): number {
  other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  return other.pid ?? 0;
}

const resume = ['resume', 'O'];

describe.skipIf(process.platform === 'win32')('the lock of a run', () => {
  it('keeps a second process out while the first one lives, before the server is bothered', async () => {
    const search = startCli(['search', ...BASICS, '--iterations', '1000', '--port', simulator.port], {
      cwd: folder.path,
    });
    await search.printed(/^1\/1000 {2}/m);
    // Nobody answers there: whoever asked the server first would say so.
    const second = await runCli([...resume, '--port', '9'], { cwd: folder.path });
    expect(second.code).toBe(2);
    const lock = `${folder.only('.journal.jsonl')}.lock`;
    expect(second.stderr).toContain(`is being written by process ${search.child.pid}`);
    expect(second.stderr).toContain(`delete the file ${lock}`);
    search.child.kill('SIGINT');
    expect((await search.end).code).toBe(130);
    expect(existsSync(path.join(folder.path, lock))).toBe(false);
  });

  // Only Linux says cheaply when a process began.
  it.runIf(process.platform === 'linux')(
    'is taken over when another program has its number by now',
    async () => {
      const lock = await killedRun();
      const owner = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
      writeFileSync(lock, JSON.stringify({ ...owner, pid: startOther() }));
      await runCliWell([...resume, '--port', simulator.port], { cwd: folder.path });
      expect(existsSync(lock)).toBe(false);
    },
  );

  it.runIf(process.platform === 'linux')(
    'of version 0.1.0 is taken over when its process began after it was written',
    async () => {
      const lock = await killedRun();
      writeFileSync(lock, String(startOther()));
      const before = new Date(Date.now() - 3_600_000);
      utimesSync(lock, before, before);
      await runCliWell([...resume, '--port', simulator.port], { cwd: folder.path });
      expect(existsSync(lock)).toBe(false);
    },
  );

  it('of another computer is named with that computer, and stays', async () => {
    const lock = await killedRun();
    const owner = JSON.parse(readFileSync(lock, 'utf8')) as object;
    writeFileSync(lock, JSON.stringify({ ...owner, host: 'the-nas' }));
    const second = await runCli([...resume, '--port', simulator.port], { cwd: folder.path });
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(
      /being written by process \d+ on the computer "the-nas"; .* delete the file .*\.lock\.$/m,
    );
    expect(existsSync(lock)).toBe(true);
  });

  it('goes with a run that leaves at the second signal', async () => {
    const search = startCli(['search', ...BASICS, ...ITERATIONS, '--port', simulator.port], {
      cwd: folder.path,
    });
    await search.printed(/^2\/6 {2}/m);
    simulator.child.kill('SIGSTOP');
    search.child.kill('SIGTERM');
    await search.printed(/^Stopping: /m);
    search.child.kill('SIGTERM');
    expect((await search.end).code).toBe(143);
    simulator.child.kill('SIGCONT');
    expect(folder.files().filter((file) => file.endsWith('.lock'))).toEqual([]);
  });
});
