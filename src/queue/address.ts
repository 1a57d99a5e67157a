/** Where the queue is: an address with a login in it, which no message shows. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { usageError } from '../shared/errors.ts';
import { systemReason } from '../shared/system-error.ts';

export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: QueueTls | undefined;
  /** Without the login. */
  readonly shown: string;
}

interface QueueTls {
  /** Certificates of authorities of one's own, as PEM, and where they were read. */
  readonly ca: string | undefined;
  readonly caFile: string | undefined;
  readonly servername: string | undefined;
}

const USUAL_PORT = 6379;

/**
 * @param url `redis://[user][:password]@host[:port][/db]`, or `rediss://` for TLS
 * @param authority file with the certificate of an authority of one's own, for `rediss://`
 * @throws usage error `queue-address`, which quotes no password
 */
export function parseQueueAddress(url: string, authority?: string): QueueAddress {
  // A variable of the environment may be set to nothing.
  const caFile = authority === '' ? undefined : authority;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '')
    throw wrong('must look like redis://:password@host:6379', url);
  const path = parsed.pathname.replace(/^\//, '');
  if (!/^\d{0,3}$/.test(path)) throw wrong('may only have a database number after the port, as in /1', url);
  const isTls = parsed.protocol === 'rediss:';
  if (caFile !== undefined && !isTls)
    throw usageError(
      'queue-address',
      '--queue-ca (AUTOMBW_QUEUE_CA) needs an address that begins with rediss://, not redis://.',
    );
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = parsed.port === '' ? USUAL_PORT : Number(parsed.port);
  const db = path === '' ? 0 : Number(path);
  return {
    host,
    port,
    db,
    username: decoded(parsed.username),
    password: decoded(parsed.password),
    tls: isTls
      ? {
          ca: caFile === undefined ? undefined : readAuthority(caFile),
          caFile,
          servername: /^[\d.]+$|:/.test(host) ? undefined : host,
        }
      : undefined,
    shown: `${parsed.protocol}//${parsed.hostname}:${port}${db === 0 ? '' : `/${db}`}`,
  };
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw usageError(
      'queue-address',
      'The login in --queue has a % that is not an escape: write %25 instead.',
    );
  }
}

function readAuthority(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw usageError('queue-address', `--queue-ca ${file} cannot be read (${systemReason(cause)}).`, {
      cause,
    });
  }
  try {
    createSecureContext({ ca: text });
  } catch (cause) {
    throw notPem(file, cause);
  }
  // Of a text without any certificate nothing is said there.
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw notPem(file);
  return text;
}

function notPem(file: string, cause?: unknown): Error {
  return usageError(
    'queue-address',
    `--queue-ca ${file} does not contain a certificate: it must be a PEM file with a line -----BEGIN CERTIFICATE-----.`,
    cause === undefined ? undefined : { cause },
  );
}

/** Whatever stands before an @ may be a password. */
function wrong(advice: string, url: string): Error {
  const shown = url.includes('@') ? url.replace(/^.*@/s, '…@') : url.slice(0, 80);
  return usageError('queue-address', `--queue ${advice}, not "${shown}".`);
}
