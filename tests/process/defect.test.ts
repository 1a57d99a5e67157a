/** A mistake of ours, thrown where nobody can catch it: one sentence, and lock, server and journal in order. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCliWell, startCli, type RunningCli } from '../helpers/run-cli.ts';
import { selectedOn, useSimulators } from '../helpers/cli-simulators.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const simulate = useSimulators(40);

const THROWS = {
  'an error that a callback throws': 'throw new TypeError("planted");',
  'a promise that nobody waits for': 'void Promise.reject(new TypeError("planted"));',
  'something that is no error': 'throw "planted";',
};

/** The real command line, in which a signal brings the mistake about. */
function startFaulty(folder: WorkFolder, args: readonly string[], fault: string): RunningCli {
  const file = folder.write('fault.mjs', `process.on('SIGUSR2', () => { ${fault} });`);
  return startCli(args, {
    cwd: folder.path,
    env: { NODE_OPTIONS: `--import=${pathToFileURL(path.resolve(file)).href}` },
  });
}

// Windows has no signals between processes.
describe.skipIf(process.platform === 'win32')('a mistake of ours', () => {
  it.each(Object.entries(THROWS))('%s ends a search in order', async (_, fault) => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    const before = await selectedOn(simulator);
    const args = ['search', ...BASICS, '--iterations', '6', '--port', simulator.port];
    const search = startFaulty(folder, args, fault);
    await search.printed(/^2\/6 {2}/m);
    search.child.kill('SIGUSR2');
    const end = await search.end;
    expect(end).toMatchObject({ code: 1, signal: null });
    const journal = folder.only('.journal.jsonl');
    expect(end.stderr).toMatch(
      /^autombw: this should not have happened \(.*planted\)\. Please report it with/m,
    );
    expect(end.stderr).toContain(`at the end of ${folder.only('.log')}`);
    expect(end.stderr).not.toMatch(/^ {4}at /m);
    expect(folder.read(folder.only('.log'))).toMatch(/"level":60,.*planted/);
    expect(end.stdout).toMatch(/^Best score seen {2}/m);
    expect(folder.journal().at(-1)).toMatchObject({ kind: 'stopped' });
    expect(folder.files().filter((file) => file.endsWith('.lock'))).toEqual([]);
    expect(await selectedOn(simulator)).toBe(before);
    await runCliWell(['resume', journal, '--port', simulator.port], { cwd: folder.path });
  });

  it('ends a simulated server, which nobody could ask any more', async () => {
    const folder = makeWorkFolder();
    const server = startFaulty(
      folder,
      ['simulate', '--port', '0'],
      THROWS['an error that a callback throws'],
    );
    await server.printed(/Ctrl-C stops it/);
    server.child.kill('SIGUSR2');
    const end = await server.end;
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(
      /^autombw: this should not have happened; please report it with the lines below\.$/m,
    );
    expect(end.stderr).toMatch(/TypeError: planted/);
  });

  it('leaves in the end also when the server does not answer, and takes the lock along', async () => {
    const folder = makeWorkFolder();
    const simulator = await simulate();
    const args = ['search', ...BASICS, '--iterations', '6', '--port', simulator.port];
    const search = startFaulty(folder, args, THROWS['an error that a callback throws']);
    await search.printed(/^2\/6 {2}/m);
    simulator.child.kill('SIGSTOP');
    search.child.kill('SIGUSR2');
    const end = await search.end;
    expect(end).toMatchObject({ code: 1, signal: null });
    expect(folder.files().filter((file) => file.endsWith('.lock'))).toEqual([]);
    expect(folder.journal().filter(({ kind }) => kind === 'scored').length).toBeGreaterThanOrEqual(2);
  });
});
