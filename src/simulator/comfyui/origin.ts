/** The check that keeps pages of other sites away from a server on this machine. */
import type { IncomingMessage } from 'node:http';

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/u;

/**
 * A loopback `Host` with an `Origin` that names another host; no origin, or `null`, is none. Newer versions also refuse
 * what the browser itself calls cross-site.
 */
export function isForeign({ headers }: IncomingMessage): boolean {
  const { host, origin } = headers;
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  if (host === undefined || origin === undefined || !URL.canParse(origin)) return false;
  const own = new URL(`http://${host}`);
  const other = new URL(origin);
  if (other.hostname === '' || !LOOPBACK.test(own.hostname)) return false;
  const withPort = own.port !== '' && other.port !== '';
  return withPort ? own.host !== other.host : own.hostname !== other.hostname;
}
