/** `autombw watch` and `--page` as they are typed. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { runCliWell, startCli, type RunningCli } from '../helpers/run-cli.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { eventsUntil, type PageEvent } from '../helpers/page.ts';
import { makeWorkFolder, TINY_PAYLOAD } from '../helpers/work-folder.ts';

const RELEASED = path.resolve(import.meta.dirname, '../fixtures/journals/main-2026-11-images.journal.jsonl');

const running: RunningCli[] = [];
afterEach(async () => {
  for (const cli of running.splice(0)) {
    cli.child.kill('SIGTERM');
    await cli.end;
  }
});

function start(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): RunningCli {
  const cli = startCli(args, { cwd, env });
  running.push(cli);
  return cli;
}

function journalIn(folder: string): string {
  const journal = path.join(folder, 'csv/history/A - B/O-0-2026-11-20-10-00-00.journal.jsonl');
  cpSync(RELEASED, journal);
  return journal;
}

describe('watch', () => {
  it('serves the runs of a folder until it is interrupted', async () => {
    const folder = temporaryFolder('watch');
    journalIn(folder);
    const cli = start(['watch', '--port', '0'], folder);
    const [, url = ''] = await cli.printed(/The page is at (http:\S+)/);
    const runs: unknown = await (await fetch(`${url}api/runs`)).json();
    expect(runs).toEqual([
      expect.objectContaining({ name: 'O', modelA: 'modelA', modelB: 'modelB', date: '2026-11-20 10:00:00' }),
    ]);
    const page = await (await fetch(url)).text();
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/);
    cli.child.kill('SIGINT');
    const { signal, stderr } = await cli.end;
    expect({ signal, stderr }).toEqual({ signal: null, stderr: '' });
  });

  it('says when there is no such run, and when its port is taken', async () => {
    const folder = temporaryFolder('watch');
    journalIn(folder);
    const none = await start(['watch', 'none'], folder).end;
    expect(none.code).toBe(2);
    const first = start(['watch', 'O', '--port', '0'], folder);
    const [, port = ''] = await first.printed(/127\.0\.0\.1:(\d+)/);
    const { code, stderr } = await start(['watch', 'O', '--port', port], folder).end;
    expect(code).toBe(1);
    expect(stderr).toContain('choose another port');
  });
});

describe('watch --host', () => {
  it('has the same token after a restart, until another one is asked for', async () => {
    const folder = temporaryFolder('watch');
    journalIn(folder);
    const env = { XDG_CONFIG_HOME: temporaryFolder('config') };
    const begin = async (...more: readonly string[]) => {
      const cli = start(['watch', '--port', '0', '--host', '0.0.0.0', ...more], folder, env);
      const [, port = '', token = ''] = await cli.printed(/http:\/\/[\d.]+:(\d+)\/\?token=([\w-]{32})/);
      return { cli, port, token };
    };
    const first = await begin();
    // Nobody can open what stands for every address.
    expect(first.cli.stdout()).not.toContain('0.0.0.0');
    first.cli.child.kill('SIGINT');
    await first.cli.end;
    const second = await begin();
    expect(second.token).toBe(first.token);
    const cookie = `autombw-${second.port}=${first.token}`;
    const reply = await fetch(`http://127.0.0.1:${second.port}/api/runs`, { headers: { cookie } });
    expect(reply.status).toBe(200);
    const third = await begin('--new-token');
    expect(third.token).not.toBe(first.token);
  });
});

describe('watch of a run in another process', () => {
  const startSimulator = useSimulators(3000);

  // Windows has no signals between processes.
  it.skipIf(process.platform === 'win32')(
    'shows its pictures and what its WebUI does, forgets them when it is killed, and knows them again',
    async () => {
      const { url } = await startSimulator();
      const work = makeWorkFolder();
      work.write('hills.json', { ...TINY_PAYLOAD, n_iter: 1 });
      work.write('lakes.json', { ...TINY_PAYLOAD, prompt: 'blue lakes', n_iter: 1 });
      const models = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O', '--webui', url];
      const rest = ['--iterations', '2', '--no-baselines', '--prove', '0', '--no-early-stop', '--no-check'];
      const search = start(
        ['search', '--payload', '*.json', '--save-best', 'none', ...models, ...rest],
        work.path,
      );
      const watch = start(['watch', '--port', '0'], work.path);
      const [, page = ''] = await watch.printed(/The page is at (http:\S+)/);
      await vi.waitUntil(() => work.files().some((file) => file.endsWith('.journal.jsonl')), 60_000);
      const [{ id = '' } = {}] = (await (await fetch(`${page}api/runs`)).json()) as { id?: string }[];
      const run = `${page}api/runs/${id}`;
      const until = async (isLast: (state: PageEvent) => boolean) =>
        (await eventsUntil(`${run}/events`, isLast)).at(-1)?.data.summary;
      const now = await until(({ data }) => (data.summary.arriving?.images ?? []).length > 0);
      expect(now?.servers).toEqual([
        expect.objectContaining({ address: url, name: expect.not.stringContaining('http') }),
      ]);
      const [image] = now?.arriving?.images ?? [];
      const picture = `${run}/images/${now?.arriving?.trial}/${image?.position}?v=${image?.version}`;
      await vi.waitUntil(async () => (await fetch(picture)).ok, 20_000);
      const status = await runCliWell(['status', 'O'], { cwd: work.path });
      expect(status.stdout).toMatch(new RegExp(`^now +.*\\(${url}\\)$`, 'm'));
      search.child.kill('SIGKILL');
      await search.end.catch(() => undefined);
      const dead = await until(({ data }) => data.summary.state === 'dead');
      expect(dead).toMatchObject({ arriving: null, progress: null });
      expect(dead?.servers).toBeUndefined();
      expect(work.files().filter((file) => file.endsWith('.status.json'))).toHaveLength(1);
      await runCliWell(['resume', 'O', '--webui', url], { cwd: work.path });
      const ended = await until(({ data }) => data.summary.state === 'ended');
      expect(ended).toMatchObject({ done: 2, arriving: null, bestPictures: { kept: true } });
      expect(work.files().filter((file) => file.endsWith('.status.json'))).toEqual([]);
    },
  );
});

describe('search --page', () => {
  const startSimulator = useSimulators(20);

  it('shows its run while it goes on, and ends with it; a page that cannot be is a warning', async () => {
    const { url } = await startSimulator();
    const work = makeWorkFolder();
    work.write('hills.json', TINY_PAYLOAD);
    const { path: folder } = work;
    const search = (...more: readonly string[]): RunningCli => {
      const models = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O', '--webui', url];
      const rest = ['--iterations', '3', '--save-best', 'none', '--prove', '0'];
      return start(['search', '--payload', 'hills.json', ...models, ...rest, ...more], folder);
    };
    const cli = search('--page', '0');
    const [, page = ''] = await cli.printed(/Live page: (http:\S+)/);
    await cli.printed(/^1\//m);
    expect(await (await fetch(`${page}api/runs`)).json()).toEqual([expect.objectContaining({ name: 'O' })]);
    const watch = start(['watch', '--port', '0'], folder);
    const [, port = ''] = await watch.printed(/127\.0\.0\.1:(\d+)/);
    const other = search('--page', port);
    await other.printed(/! The live page could not be started: .* The run continues without it\./);
    expect((await cli.end).code).toBe(0);
    await expect(fetch(page)).rejects.toThrow('fetch failed');
    expect((await other.end).code).toBe(0);
  });

  it('pauses, rejects, goes on and stops the run as it is asked', async () => {
    const { url } = await startSimulator();
    const work = makeWorkFolder();
    work.write('hills.json', TINY_PAYLOAD);
    const models = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O', '--webui', url];
    const rest = [
      '--iterations',
      '500',
      '--no-early-stop',
      '--save-best',
      'none',
      '--prove',
      '0',
      '--page',
      '0',
    ];
    const cli = start(['search', '--payload', 'hills.json', ...models, ...rest], work.path);
    const [, page = ''] = await cli.printed(/Live page: (http:\S+)/);
    await cli.printed(/^5\//m);
    const [{ id: ofRun = '' } = {}] = (await (await fetch(`${page}api/runs`)).json()) as { id?: string }[];
    const run = `${page}api/runs/${ofRun}`;
    const ask = async (body: Readonly<Record<string, unknown>>): Promise<void> => {
      const headers = { 'content-type': 'application/json', 'x-autombw': '1' };
      const reply = await fetch(`${run}/control`, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(reply.status).toBe(200);
    };
    const until = async (isLast: (state: PageEvent) => boolean) =>
      (await eventsUntil(`${run}/events`, isLast)).at(-1);
    await ask({ request: 'pause' });
    const paused = await until(({ data }) => data.summary.state === 'paused');
    const latest = paused?.data.summary.latest;
    await ask({ request: 'reject', trial: latest });
    await ask({ request: 'go-on' });
    await until(({ data }) => data.trials.some(({ id, state }) => id === latest && state === 'rejected'));
    await until(({ data }) => data.summary.state === 'running');
    await ask({ request: 'stop' });
    const { stdout } = await cli.end;
    expect(stdout).toContain('O');
    expect(work.journal().at(-1)).toMatchObject({ kind: 'stopped' });
  });
});
