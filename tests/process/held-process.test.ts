/** A process that is held for a while, as by Ctrl-Z or a computer that sleeps: its clocks and its patience. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { startCli } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';

const simulate = useSimulators(400);

const dist = (file: string): string => new URL(`../../dist/shared/${file}`, import.meta.url).href;

const SCRIPT = `
  import { awakeTime } from '${dist('awake-time.js')}';
  import { followAbort } from '${dist('abort/follow-abort.js')}';
  const before = { awake: awakeTime(), all: performance.now() };
  const patience = followAbort(undefined, 6500);
  // What keeps the process alive, and looks as soon as it can after the sleep.
  const hold = setInterval(() => {
    const all = performance.now() - before.all;
    if (all < 7000) return;
    clearInterval(hold);
    const asleep = all - (awakeTime() - before.awake);
    console.log(JSON.stringify({ asleep, isLate: patience.isLate }));
    patience.release();
  }, 50);
  console.log('ready');
`;

// Windows has no signals between processes.
it.skipIf(process.platform === 'win32')(
  'does not count that as time, and loses no patience by it',
  async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: 'pipe' });
    const lines: string[] = [];
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    await delay(7500);
    child.kill('SIGCONT');
    await closed;
    expect(errors).toBe('');
    const { asleep, isLate } = JSON.parse(lines.at(-1) ?? '') as { asleep: number; isLate: boolean };
    expect(asleep).toBeGreaterThan(5000);
    expect(isLate).toBe(false);
  },
);

/** Between a run and its server: connections that it can cut. */
async function openProxy(port: number): Promise<{ readonly server: Server; readonly cut: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return { server, cut };
}

it.skipIf(process.platform === 'win32')(
  'asks again for the image whose connection was lost meanwhile, and does not count the time',
  async () => {
    const folder = makeWorkFolder();
    const { port } = await simulate();
    const proxy = await openProxy(Number(port));
    const at = proxy.server.address();
    const own = String(typeof at === 'object' ? at?.port : '');
    const args = ['search', ...BASICS, '--iterations', '12', '--port', own];
    const search = startCli(args, { cwd: folder.path });
    try {
      await search.printed(/^3\/12 {2}/m);
      search.child.kill('SIGSTOP');
      proxy.cut();
      await delay(8000);
      search.child.kill('SIGCONT');
      expect((await search.end).code).toBe(0);
    } finally {
      proxy.cut();
      proxy.server.close();
    }
    const times = folder.journal().flatMap((record) => {
      if (record.kind === 'failed') throw new Error(record.failure.message);
      return record.kind === 'scored' ? [record.time] : [];
    });
    expect(times).toHaveLength(12);
    // By the clock on the wall one of them took longer than it counts for.
    const uncounted = times.map(({ at: end, iteration }, n) => {
      const begin = Date.parse(times[n - 1]?.at ?? end);
      return (Date.parse(end) - begin) / 1000 - iteration;
    });
    expect(Math.max(...uncounted)).toBeGreaterThan(5);
  },
);
