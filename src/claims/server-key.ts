/** One name for a server, however its address is written: two searches on it are to find each other. */
import { isOwnMachine } from '../shared/http/own-machine.ts';

/**
 * `localhost:7860`, `gpu.lan:7860`, `gpu.lan:443/second`. All names and addresses of this machine are one, for a server that
 * listens to the network answers to every one of them.
 * @param url with or without `http://`; a login in it takes no part
 * @param own further names and addresses of this machine; the system's unless given
 */
export function serverKey(url: string, own?: readonly string[]): string {
  const full = url.includes('://') ? url : `http://${url}`;
  // Whoever connects says what is wrong with it.
  if (!URL.canParse(full)) return url.replace(/^.*@/, '');
  const { protocol, hostname, port, pathname } = new URL(full);
  const host = hostname.toLowerCase().replace(/\.$/, '');
  const usual = protocol === 'https:' ? '443' : '80';
  return `${isOwnMachine(hostname, own) ? 'localhost' : host}:${port || usual}${pathname.replace(/\/+$/, '')}`;
}
