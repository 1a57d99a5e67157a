/** Runs that nobody watches: hours, a pause file, and who is told what happens. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { runCli, runCliWell, startCli } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';

const simulate = useSimulators(40);

describe('a search that nobody watches', () => {
  it('waits for its hours, says until when, and is ended by Ctrl-C', async () => {
    const folder = makeWorkFolder();
    const { port } = await simulate();
    const cwd = folder.path;
    // A day that is not today, nor the coming night.
    const day = new Date(Date.now() + 3 * 86_400_000).toLocaleDateString('en', { weekday: 'short' });
    const hours = `${day} 03:00-05:00`;
    const search = startCli(['search', ...BASICS, '--port', port, '--only-between', hours], { cwd });
    await search.printed(
      new RegExp(`^Paused by --only-between until ${day} 03:00; autombw go-on continues it now\\.`, 'm'),
    );
    const status = await runCliWell(['status', 'O'], { cwd });
    expect(status.stdout).toMatch(
      new RegExp(`^state +waits until ${day} 03:00 \\(--only-between\\), process`, 'm'),
    );
    const json: unknown = JSON.parse((await runCliWell(['status', 'O', '--json'], { cwd })).stdout);
    expect(json).toMatchObject({
      stage: 'paused',
      paused: { by: '--only-between', until: expect.any(String) },
    });
    search.child.kill('SIGINT');
    const end = await search.end;
    expect(end.code).toBe(process.platform === 'win32' ? null : 130);
  });

  it('waits for a file to go away, and tells a command and nobody its secrets', async () => {
    const folder = makeWorkFolder();
    const { port } = await simulate();
    const cwd = folder.path;
    const busy = path.join(cwd, 'busy');
    const out = path.join(cwd, 'told.txt');
    const tell = path.join(cwd, 'tell.mjs');
    writeFileSync(busy, '');
    writeFileSync(
      tell,
      `import { appendFileSync } from 'node:fs';
       appendFileSync(${JSON.stringify(out)}, process.env.AUTOMBW_EVENT + ' ' + process.argv[3] + '\\n');`,
    );
    const command = `"${process.execPath}" "${tell}" --token=top-secret {message}`;
    const args = ['search', ...BASICS, '--port', port, '--iterations', '3', '--no-prove'];
    const search = startCli([...args, '--pause-file', 'busy', '--events', 'paused,continued,finished'], {
      cwd,
      env: { AUTOMBW_ON_EVENT: command },
    });
    await search.printed(/^Paused by --pause-file busy; it continues once that file is removed\./m);
    rmSync(busy);
    const end = await search.end;
    expect(end.code).toBe(0);
    expect(readFileSync(out, 'utf8').split('\n')).toEqual([
      'paused O: paused by --pause-file busy',
      'continued O: the search continues',
      expect.stringMatching(/^finished O: All 3 iterations are done\. The best is iteration \d+ with /),
      '',
    ]);
    const texts = folder
      .files()
      .filter((file) => !file.endsWith('tell.mjs') && existsSync(path.join(cwd, file)))
      .map((file) => readFileSync(path.join(cwd, file), 'latin1'));
    expect(texts.some((text) => text.includes('"pauseFile":"busy"'))).toBe(true);
    expect(texts.filter((text) => text.includes('top-secret'))).toEqual([]);
    expect(end.stdout + end.stderr).not.toContain('top-secret');
  });

  it('is told of a mistake in hours, events and addresses, which are not quoted', async () => {
    const folder = makeWorkFolder();
    const cwd = folder.path;
    const args = ['search', ...BASICS, '--only-between', '7-23', '--events', 'best,finish'];
    const { code, stderr } = await runCli([...args, '--on-event', 'xml https://example.org/secret'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /--only-between must have the form 23:00-07:00 or Mon-Fri 20:00-06:00; got "7-23"/,
    );
    expect(stderr).toMatch(/--events must be one of best, paused, .*, all/);
    expect(stderr).toMatch(/--on-event must have one of json, text, slack, discord before the web address/);
    expect(stderr).not.toContain('secret');
  });
});
