/** The first look at Redis: is it there, does it take the login and what is put in, is it young enough; and if not, in words, why. */
import type { Redis } from 'ioredis';
import net from 'node:net';
import tls from 'node:tls';
import { isExpected, messageOf, runError, usageError, type AutombwError } from '../shared/errors.ts';
import { lostConnection } from '../shared/http/lost-connection.ts';
import type { QueueAddress } from './address.ts';
import { PROBE_KEY } from './keys.ts';
import { asRefused } from './refusal.ts';

const LONGEST_MS = 10_000;
/** A Redis without TLS answers the beginning of TLS with silence. */
const SILENCE_MS = 2000;
const PROBE_MS = 2000;

/**
 * @param redis not connected yet, without retries; closed at the end
 * @throws run errors `queue-unreachable`, `queue-refuses`; usage errors `queue-evicts`, `queue-login`, `queue-tls`, `queue-version`
 */
export async function lookAtQueue(address: QueueAddress, redis: Redis): Promise<void> {
  let last: unknown;
  redis.on('error', (error: unknown) => {
    last ??= error;
  });
  const deadline = deadlineOf(address);
  try {
    await Promise.race([look(address, redis), deadline.passed]);
  } catch (error) {
    if (isExpected(error)) throw error;
    throw await explained(address, last ?? error);
  } finally {
    deadline.release();
    redis.disconnect();
  }
}

async function look({ shown }: QueueAddress, redis: Redis): Promise<void> {
  await redis.connect();
  await redis.ping();
  const info = await redis.info();
  const said = (field: string): string => new RegExp(`^${field}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  const version = said('redis_version');
  if (Number(version.split('.')[0]) < 6)
    throw usageError(
      'queue-version',
      `The Redis at ${shown} is version ${version}: autombw needs Redis 6.2 or Valkey 7.2, or a newer one.`,
    );
  const policy = said('maxmemory_policy');
  if (Number(said('maxmemory')) > 0 && policy !== 'noeviction')
    throw usageError(
      'queue-evicts',
      `The Redis at ${shown} drops keys once its ${said('maxmemory_human')} of memory are used (maxmemory-policy ${policy}), and finished images with them: set maxmemory-policy noeviction there, or use a separate Redis (docs/queue.md).`,
    );
  await redis.set(PROBE_KEY, 'yes', 'PX', 1000);
  await redis.del(PROBE_KEY);
}

/** Rejects when it has been silent for too long. */
function deadlineOf(address: QueueAddress): {
  readonly passed: Promise<never>;
  readonly release: () => void;
} {
  const timers: NodeJS.Timeout[] = [];
  const passed = new Promise<never>((_resolve, reject) => {
    timers.push(setTimeout(() => reject(new Error('it is not answering')), LONGEST_MS));
    if (address.tls === undefined) return;
    const lookForPlain = async (): Promise<void> => {
      if (await speaksPlainly(address)) reject(withoutTls(address));
    };
    timers.push(setTimeout(() => void lookForPlain(), SILENCE_MS));
  });
  passed.catch(() => undefined);
  return {
    passed,
    release: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function explained(address: QueueAddress, error: unknown): Promise<AutombwError> {
  const { shown, password } = address;
  const refused = asRefused(address, error);
  if (refused !== undefined) return refused;
  const reason = messageOf(error);
  if (/NOAUTH|WRONGPASS|invalid password|NOPERM|without any password/i.test(reason))
    return usageError(
      'queue-login',
      password === undefined
        ? `The queue at ${shown} requires a password: give --queue ${shown.replace('://', '://:password@')}, preferably in AUTOMBW_QUEUE.`
        : `The queue at ${shown} rejected the login: check the user and password in --queue or AUTOMBW_QUEUE.`,
    );
  const ofTls = address.tls === undefined ? undefined : certificateTrouble(address, error);
  if (ofTls !== undefined) return usageError('queue-tls', ofTls);
  if (address.tls === undefined && (await speaksTls(address)))
    return usageError(
      'queue-tls',
      `The queue at ${shown} uses TLS: write ${shown.replace('redis:', 'rediss:')}, and for your own certificate authority give its certificate with --queue-ca.`,
    );
  if (address.tls !== undefined && (await speaksPlainly(address))) return withoutTls(address);
  return runError(
    'queue-unreachable',
    `The queue at ${shown} cannot be reached (${reason}): check that Redis or Valkey is running there and reachable from here; docs/queue.md shows how to start one.`,
  );
}

function withoutTls({ shown }: QueueAddress): AutombwError {
  return usageError(
    'queue-tls',
    `The queue at ${shown} does not use TLS: write ${shown.replace('rediss:', 'redis:')}, or start that Redis with a --tls-port.`,
  );
}

/** @returns undefined where it is not the certificate that does not do */
function certificateTrouble({ shown, tls: ours }: QueueAddress, error: unknown): string | undefined {
  const { how, code } = lostConnection(error);
  if (how !== 'untrusted') return undefined;
  const reason = messageOf(error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `The certificate of the queue at ${shown} is for a different name (${reason}): use a name from the certificate in --queue.`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `The certificate of the queue at ${shown} is not valid today (${reason}): renew it, or correct this machine's clock.`;
  return ours?.caFile === undefined
    ? `The certificate of the queue at ${shown} is from an authority unknown to this machine (${reason}): give its file with --queue-ca or AUTOMBW_QUEUE_CA.`
    : `The certificate of the queue at ${shown} is not from the authority in --queue-ca ${ours.caFile} (${reason}): give the file of the authority that signed it.`;
}

/** Does a Redis without TLS answer there? */
async function speaksPlainly({ host, port }: QueueAddress): Promise<boolean> {
  return probed((answer) => {
    const socket = net.connect({ host, port }, () => socket.write('PING\r\n'));
    socket.once('data', (data) => answer(/^[+-]/.test(data.toString('latin1'))));
    return socket;
  });
}

async function speaksTls({ host, port }: QueueAddress): Promise<boolean> {
  // Nothing is sent to it, whoever it is.
  return probed((answer) => tls.connect({ host, port, rejectUnauthorized: false }, () => answer(true)));
}

async function probed(open: (answer: (is: boolean) => void) => net.Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (is: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(is);
    };
    const timer = setTimeout(() => settle(false), PROBE_MS);
    const socket = open(settle);
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}
