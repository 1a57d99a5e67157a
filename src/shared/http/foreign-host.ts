/** Requests that a web page sends here through a browser. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * Does the request come under a name that is not this machine's? A web page can lead a browser here by a name of its
 * own that resolves to this machine, and nothing but `Host` tells. Neither an address nor a name without a dot, as
 * machines and containers of one network have them, can be such a name.
 * @param listening the host that the server was told to listen on
 */
export function isForeignHost({ headers: { host } }: IncomingMessage, listening: string): boolean {
  // Only HTTP/1.0 comes without, and no browser speaks it.
  if (host === undefined) return false;
  if (!URL.canParse(`http://${host}`)) return true;
  const name = new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/u, '$1').replace(/\.$/u, '');
  if (isIP(name) !== 0 || !name.includes('.') || name.endsWith('.localhost')) return false;
  const own = hostname().toLowerCase();
  return ![listening.toLowerCase(), own, `${own}.local`].includes(name);
}
