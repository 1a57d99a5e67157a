/** A real Redis (or Valkey) of the tests' own, on a free port of this machine; it keeps what it has in a temporary folder. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { noteServer } from './running-processes.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SERVER = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

export const hasRedis = SERVER !== undefined;

/** Some are built without. */
export const hasRedisTls =
  SERVER !== undefined &&
  !/Bad directive|wrong number/i.test(String(spawnSync(SERVER, ['--tls-port', 'none']).output));

const TLS = path.resolve(import.meta.dirname, '../fixtures/tls');
/** Its own authority. */
export const TLS_CERTIFICATE = path.join(TLS, 'cert.pem');
/** Of an authority that has signed nothing. */
export const TLS_OTHER_AUTHORITY = path.join(TLS, 'other-authority.pem');

if (!hasRedis) console.warn('No redis-server is installed: the queue is not tested.');

export interface TestRedis {
  /** With the login. */
  readonly url: string;
  readonly port: number;
  /** As a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface RedisOptions {
  readonly password?: string;
  /** It speaks TLS alone. */
  readonly isTls?: boolean;
  /** False: a restart forgets everything. */
  readonly isDurable?: boolean;
}

/** It ends with the test file. */
export async function startRedis({
  password,
  isTls = false,
  isDurable = true,
}: RedisOptions = {}): Promise<TestRedis> {
  if (SERVER === undefined) throw new Error('there is no redis-server');
  const port = await freePort();
  const folder = temporaryFolder('redis');
  const login = password === undefined ? [] : ['--requirepass', password];
  let child: ChildProcess | undefined;
  const redis: TestRedis = {
    url: `${isTls ? 'rediss' : 'redis'}://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    port,
    async kill() {
      if (child === undefined) return;
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      child = undefined;
    },
    async start() {
      const kept = isDurable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
      const place = [isTls ? '--tls-port' : '--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
      const certificate = ['--tls-cert-file', TLS_CERTIFICATE, '--tls-key-file', path.join(TLS, 'key.pem')];
      const secured = ['--port', '0', ...certificate, '--tls-auth-clients', 'no'];
      const args = [...place, ...kept, '--save', '', ...login, ...(isTls ? secured : [])];
      const starting = spawn(SERVER, args, {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      child = starting;
      noteServer(starting, `${SERVER} at port ${port}`);
      let said = '';
      starting.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      while (!/ready to accept connections/i.test(said)) {
        if (starting.exitCode !== null) throw new Error(`redis-server ended: ${said}`);
        await sleep(10);
      }
    },
  };
  await redis.start();
  return redis;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('a port was expected');
  return address.port;
}
