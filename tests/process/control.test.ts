/** A run that is controlled from another terminal. */
import { describe, expect, it, vi } from 'vitest';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { runCli, runCliWell, startCli } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';

const simulate = useSimulators(40);

describe('a run in another process', () => {
  it('is paused, told of weights and of an iteration that nobody wants, goes on, and is stopped', async () => {
    const folder = makeWorkFolder();
    const { port } = await simulate();
    const cwd = folder.path;
    const search = startCli(['search', ...BASICS, '--iterations', '5000', '--port', port], { cwd });
    const ask = async (...args: string[]): Promise<string> => (await runCliWell(args, { cwd })).stdout;
    const status = async (): Promise<unknown> => JSON.parse(await ask('status', 'O', '--json'));
    await search.printed(/^2\/5000 {2}/m);
    expect(await status()).toMatchObject({ stage: 'searching', paused: null, iterations: { of: 5000 } });
    expect(await ask('pause', 'O')).toMatch(/^Asked O to pause/);
    await search.printed(/^Paused by autombw pause; autombw go-on ends the pause\./m);
    expect(await status()).toMatchObject({ stage: 'paused', paused: { by: 'autombw pause' } });
    expect(await ask('status', 'O')).toMatch(/^state +paused by autombw pause since \d\d:\d\d, process \d+/m);
    expect(await ask('reject', 'O', '2')).toMatch(/^Asked O to reject iteration 2\.$/m);
    await search.printed(/^Iteration 2 was rejected by autombw reject; the best is now iteration \d+\.$/m);
    expect(await ask('next', 'O', '--weights', 'IN00=0.97,OUT0*=0.5')).toMatch(
      /^Asked O to measure these weights next\. Rounded to the steps of the search: IN00 0\.97 becomes 1\. 16 other blocks take their values from the best at that time \(now iteration \d+\)/,
    );
    await search.printed(/weights from autombw next are measured next/);
    const before = folder.journal().filter(({ kind }) => kind === 'asked').length;
    expect(await ask('go-on', 'O')).toBe('Asked O to continue.\n');
    await search.printed(/^The run continues \(autombw go-on\)\.$/m);
    // A stop that comes sooner leaves the weights in the queue.
    await vi.waitUntil(
      () => folder.journal().some((record) => record.kind === 'asked' && record.origin === 'queued'),
      30_000,
    );
    expect(await ask('stop', 'O')).toMatch(/^Asked O to stop/);
    const end = await search.end;
    expect(end.code).toBe(130);
    expect(end.stdout).toMatch(/^Stopped by autombw stop\.$/m);
    expect(end.stdout).toMatch(/^Continue with: autombw resume /m);
    const records = folder.journal();
    const asked = records.filter((record) => record.kind === 'asked');
    expect(asked[before]).toMatchObject({ origin: 'queued', byHand: true, weights: { IN00: 1, OUT03: 0.5 } });
    expect(records.filter(({ kind }) => kind === 'scored')).toHaveLength(asked.length);
    expect(folder.files()).toContain('recipes/O.recipe.txt');
    expect(await status()).toMatchObject({
      stage: 'ended',
      process: null,
      reason: 'Stopped by autombw stop.',
    });
    const again = await runCli(['stop', 'O'], { cwd });
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(
      /The run O has ended: Stopped by autombw stop\. autombw resume ".*" continues it\./,
    );
  });

  // Windows has no signals between processes.
  it.skipIf(process.platform === 'win32')(
    'that is killed before it follows a request does so once it goes on',
    async () => {
      const folder = makeWorkFolder();
      const { port } = await simulate();
      const cwd = folder.path;
      const search = startCli(['search', ...BASICS, '--iterations', '60', '--port', port], { cwd });
      await search.printed(/^2\/60 {2}/m);
      search.child.kill('SIGSTOP');
      await runCliWell(['reject', 'O', '1'], { cwd });
      await runCliWell(['stop', 'O'], { cwd });
      search.child.kill('SIGKILL');
      await search.end.catch(() => undefined);
      expect((await runCliWell(['status', 'O'], { cwd })).stdout).toMatch(/^state +killed, last active at /m);
      expect((await runCli(['pause', 'O'], { cwd })).stderr).toMatch(
        /The run O is not running: it was killed\./,
      );
      const later = await runCliWell(['resume', 'O', '--port', port, '--iterations', '5'], { cwd });
      expect(later.stderr).toMatch(/^Iteration 1 was rejected by autombw reject/m);
      await runCliWell(['resume', 'O', '--port', port, '--iterations', '6'], { cwd });
      expect(folder.journal().filter(({ kind }) => kind === 'rejected')).toHaveLength(1);
    },
  );
});

describe('requests that make no sense', () => {
  it('are refused before anything is written', async () => {
    const folder = makeWorkFolder();
    const { port } = await simulate();
    const cwd = folder.path;
    await runCliWell(['search', ...BASICS, '--iterations', '2', '--port', port], { cwd });
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await runCli(args, { cwd });
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('reject', 'O', '9')).toMatch(/There is no iteration 9\./);
    expect(await refused('next', 'O', '--weights', 'IN00=2')).toMatch(
      /cannot try these weights: IN00 is searched from 0 to 1, not at 2\./,
    );
    expect(await refused('pause', 'X')).toMatch(/There is no run "X"/);
    expect(folder.files().filter((file) => file.endsWith('.control.jsonl'))).toEqual([]);
  });
});
