/** Two commands at one server find each other, whichever they are; a killed one keeps nobody out. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { runCli, runCliWell, startCli } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const simulatorWith = useSimulators(40);
let folder: WorkFolder;
let env: Readonly<Record<string, string>>;
let claims: string;

beforeEach(() => {
  folder = makeWorkFolder();
  const cache = path.join(folder.path, 'cache');
  claims = path.join(cache, 'servers');
  env = { AUTOMBW_CACHE: cache };
});

const search = (port: string, output: string, ...more: readonly string[]): string[] => [
  'search',
  ...BASICS,
  '--output',
  output,
  '--port',
  port,
  ...more,
];

describe.skipIf(process.platform === 'win32')('two commands at one server', () => {
  it('the second says who is there and ends with 2, before it asks the server for anything', async () => {
    const { port, url } = await simulatorWith();
    const cwd = folder.path;
    const first = startCli(search(port, 'O', '--iterations', '1000'), { cwd, env });
    await first.printed(/^1\/1000 {2}/m);
    const webui = ['--webui', `http://localhost:${port}`];
    const second = await runCli(['search', ...BASICS, '--output', 'P', ...webui, '--iterations', '2'], {
      cwd,
      env,
    });
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(
      new RegExp(
        `The server localhost:${port} is in use by search "O", process ${first.child.pid} \\(.+\\), since 20`,
      ),
    );
    expect(second.stderr).toContain('--wait-for-server');
    const others = [
      ['calibrate', ...BASICS, ...webui, '--write', 'c.json'],
      ['score', 'x.png', '--scorer', 'webui-tags', '--scorer-options', `webui-tags.url=${url}`],
    ];
    folder.write('x.png', '');
    for (const words of others) {
      const end = await runCli(words, { cwd, env });
      expect([words[0], end.code, /is in use by search "O"/.test(end.stderr)]).toEqual([words[0], 2, true]);
    }
    first.child.kill('SIGINT');
    expect((await first.end).code).toBe(130);
    expect(readdirSync(claims)).toEqual([]);
    await runCliWell(search(port, 'P', '--iterations', '1'), { cwd, env });
  });

  it('--wait-for-server waits until the first has ended', async () => {
    const { port } = await simulatorWith();
    const cwd = folder.path;
    const first = startCli(search(port, 'O', '--iterations', '1000'), { cwd, env });
    await first.printed(/^1\/1000 {2}/m);
    const second = startCli(search(port, 'P', '--iterations', '1', '--wait-for-server'), { cwd, env });
    await second.printed(/is in use by search "O".* Waiting for that to finish\./);
    first.child.kill('SIGINT');
    await first.end;
    const end = await second.end;
    expect([end.code, end.stderr]).toEqual([0, expect.stringContaining('The server is free now')]);
  });

  it('a run that was killed goes on at once', async () => {
    const { port } = await simulatorWith();
    const cwd = folder.path;
    const first = startCli(search(port, 'O', '--iterations', '4'), { cwd, env });
    await first.printed(/^2\/4 {2}/m);
    first.child.kill('SIGKILL');
    await first.end;
    // Its claim, and what it has found on the server.
    expect(readdirSync(claims)).toHaveLength(2);
    await runCliWell(['resume', 'O', '--port', port], { cwd, env });
    expect(readdirSync(claims)).toEqual([]);
  });
});
