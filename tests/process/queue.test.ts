/** A search and its workers as processes, over a real Redis: what is killed, what is stopped, and what a run is told. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { parseJournal } from '../../src/journal/read.ts';
import { shelvedImageSchema } from '../../src/queue/contract.ts';
import type { ImageRecord } from '../../src/types.ts';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { hasRedis, hasRedisTls, startRedis, TLS_CERTIFICATE } from '../helpers/redis.ts';
import { runCli, startCli } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder, TINY_PAYLOAD } from '../helpers/work-folder.ts';

const startSimulator = useSimulators(150);

const ROOT = path.resolve(import.meta.dirname, '../..');
/** The Slurm example needs it, and bash. */
const HAS_CURL = ['curl', 'bash'].every((name) => spawnSync(name, ['--version']).status === 0);

/** Of one that was drawn again, the seconds are others. */
const keyOf = ({ request, index, seconds }: Pick<ImageRecord, 'request' | 'index' | 'seconds'>): string =>
  `${request} ${index} ${seconds}`;

describe.skipIf(!hasRedis)('a search over a queue', () => {
  it('goes on with one worker when another one drains, and tells how it is', async () => {
    const redis = await startRedis({ password: 'a-secret', isTls: hasRedisTls });
    const folder = makeWorkFolder();
    folder.write('hills.json', { ...TINY_PAYLOAD, n_iter: 4 });
    const env = {
      AUTOMBW_QUEUE: redis.url,
      ...(hasRedisTls && { AUTOMBW_QUEUE_CA: TLS_CERTIFICATE }),
    };
    const cwd = folder.path;
    const [one, other] = [await startSimulator(), await startSimulator()];
    const worker = (port: string, name: string) =>
      startCli(['worker', '--port', port, '--name', name, '--lease', '3', '--metrics', '0'], { cwd, env });
    const leaving = worker(one.port, 'leaving');
    const staying = worker(other.port, 'staying');
    const models = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O'];
    const limits = ['--iterations', '6', '--optimizer', 'random', '--no-early-stop', '--no-prove'];
    const search = startCli(
      ['search', '--payload', 'hills.json', ...models, ...limits, '--save-best', 'none', '--metrics', '0'],
      { cwd, env },
    );
    await leaving.printed(/Working on the run "O" as leaving/);
    await staying.printed(/Working on the run "O" as staying/);
    const [, url = ''] = await search.printed(/Metrics: (\S+)/);
    await search.printed(/^2\/9 /m);
    expect(await (await fetch(url)).text()).toMatch(/autombw_queue_depth \d+\n/);
    leaving.child.kill('SIGTERM');
    const left = await leaving.end;
    expect(left.code).toBe(0);
    const end = await search.end;
    expect(end.code).toBe(0);
    const journal = folder.read(folder.only('.journal.jsonl'));
    const images = folder
      .journal()
      .flatMap((record) =>
        record.kind === 'scored'
          ? record.images.map((image) => `${record.trial} ${image.request} ${image.index}`)
          : [],
      );
    expect(images).toHaveLength(9 * 4);
    expect(new Set(images).size).toBe(images.length);
    // The next run of a worker, or its end, is the user's affair.
    staying.child.kill('SIGTERM');
    const stayed = await staying.end;
    expect(stayed.code).toBe(0);
    for (const text of [journal, end.stderr, end.stdout, left.stderr, stayed.stderr])
      expect(text).not.toContain('a-secret');
    const files = folder.files().filter((file) => /\.(?:log|jsonl|csv|json|txt)$/.test(file));
    for (const file of files) expect(folder.read(file)).not.toContain('a-secret');
  });

  it.skipIf(process.platform === 'win32')(
    'proves its best merge over the queue while workers are held and killed',
    async () => {
      const redis = await startRedis();
      const folder = makeWorkFolder();
      folder.write('hills.json', { ...TINY_PAYLOAD, n_iter: 4 });
      const env = { AUTOMBW_QUEUE: redis.url };
      const cwd = folder.path;
      const servers = [await startSimulator(), await startSimulator()];
      const [held, killed] = servers.map(({ port }, n) =>
        startCli(['worker', '--port', port, '--name', `worker ${n}`, '--lease', '2'], { cwd, env }),
      );
      if (held === undefined || killed === undefined) throw new Error('two workers were expected');
      const models = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O', '--save-best', 'none'];
      const limits = ['--iterations', '1', '--optimizer', 'random', '--no-baselines'];
      const search = startCli(
        ['search', '--payload', 'hills.json', ...models, ...limits, '--prove', '4', '--open-trials', '2'],
        { cwd, env },
      );
      await held.printed(/Working on the run/);
      await killed.printed(/Working on the run/);
      await search.printed(/^1\/1 /m);
      held.child.kill('SIGSTOP');
      const end = await search.end;
      expect(end.code).toBe(0);
      expect(end.stdout).toMatch(/^Proof on 4 images of fresh seeds/m);
      const prove = startCli(['prove', 'O', '--prove', '6'], { cwd, env });
      await prove.printed(/Proof, .*\(1 of 4\)/);
      held.child.kill('SIGCONT');
      killed.child.kill('SIGKILL');
      const proved = await prove.end;
      expect([0, 3]).toContain(proved.code);
      expect(proved.stdout).toMatch(/^Proof on 6 images of fresh seeds/m);
      const records = folder.journal();
      expect(records.filter(({ kind }) => kind === 'verdict')).toHaveLength(2);
      // None that is finished is drawn again: the second proof takes over the first one's.
      const drawn = records.flatMap((record) =>
        record.kind === 'proof-image' ? [`${record.candidate} ${record.image.request}`] : [],
      );
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(drawn).toHaveLength(4 * 6);
      held.child.kill('SIGTERM');
      expect((await held.end).code).toBe(0);
    },
  );

  it('goes on in a pass of a chain with what a worker has finished after the search was killed', async () => {
    const redis = await startRedis();
    const folder = makeWorkFolder();
    folder.write('hills.json', { ...TINY_PAYLOAD, n_iter: 4 });
    folder.write('second.json', { seed: 5 });
    const env = { AUTOMBW_QUEUE: redis.url };
    const cwd = folder.path;
    const { port } = await startSimulator();
    const worker = startCli(['worker', '--port', port, '--lease', '2'], { cwd, env });
    const search = startCli(['search', ...BASICS, '--iterations', '2', '--pass', 'second.json'], {
      cwd,
      env,
    });
    await search.printed(/pass 2 of 2/i);
    const second = (): string | undefined =>
      folder.files().find((file) => /O-1-.*\.journal\.jsonl$/.test(file));
    const imagesOf = (): ImageRecord[] =>
      parseJournal(folder.read(second() ?? ''), 'the test').records.flatMap((record) =>
        record.kind === 'image' ? [record.image] : [],
      );
    await expect.poll(() => second() !== undefined && imagesOf().length > 0, { timeout: 30_000 }).toBe(true);
    search.child.kill('SIGKILL');
    await search.end;
    const known = new Set(imagesOf().map(keyOf));
    const looking = new Redis(redis.url);
    const finished = async (): Promise<string[]> => {
      const [shelf] = await looking.keys('autombw:*:shelf:*');
      const fields = shelf === undefined ? {} : await looking.hgetall(shelf);
      return Object.entries(fields).flatMap(([field, text]) =>
        field.startsWith('image ') ? [keyOf(shelvedImageSchema.parse(JSON.parse(text)).record)] : [],
      );
    };
    await expect.poll(async () => (await finished()).length, { timeout: 30_000 }).toBe(4);
    const after = (await finished()).filter((key) => !known.has(key));
    expect(after.length).toBeGreaterThan(0);
    looking.disconnect();
    const { code } = await runCli(['resume', folder.only('.chain.jsonl')], { cwd, env });
    expect(code).toBe(0);
    const recorded = imagesOf().map(keyOf);
    expect(recorded).toEqual(expect.arrayContaining([...known, ...after]));
    const drawn = imagesOf().map(({ request, index }) => `${request} ${index}`);
    expect(new Set(drawn).size).toBe(drawn.length);
    worker.child.kill('SIGTERM');
    expect((await worker.end).code).toBe(0);
  });

  it.skipIf(!HAS_CURL)('is served by the Slurm example, which drains when its time is over', async () => {
    const redis = await startRedis();
    const folder = makeWorkFolder();
    const cwd = folder.path;
    const autombw = folder.write(
      'autombw',
      `#!/bin/bash\nexec "${process.execPath}" "${path.join(ROOT, 'bin/autombw.js')}" "$@"\n`,
    );
    chmodSync(autombw, 0o755);
    const script = spawn('bash', [path.join(ROOT, 'examples/slurm/autombw-workers.sbatch')], {
      cwd,
      env: {
        HOME: cwd,
        PATH: `${cwd}:${process.env['PATH'] ?? ''}`,
        AUTOMBW_QUEUE: redis.url,
        WEBUI_COMMAND: 'autombw simulate --port $WEBUI_PORT',
        SLURM_JOB_ID: String(process.pid),
        SLURM_ARRAY_TASK_ID: '3',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(script, 'close');
    let said = '';
    for (const stream of [script.stdout, script.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    await expect.poll(() => said, { timeout: 60_000 }).toContain('Waiting at redis://');
    script.kill('SIGTERM');
    // Whoever started it waits for all that it has started.
    expect(await ended).toEqual([0, null]);
    expect(said).toContain('Stopping: the image under way is finished');
  });

  it('refuses a wrong password in words', async () => {
    const redis = await startRedis({ password: 'right' });
    const env = { AUTOMBW_QUEUE: `redis://:not-right@127.0.0.1:${redis.port}` };
    const { code, stderr } = await runCli(['worker'], { cwd: makeWorkFolder().path, env });
    expect(code).toBe(2);
    expect(stderr).toContain('rejected the login');
    expect(stderr).not.toContain('not-right');
  });
});
