/** One name for a server, however its address is written: two searches on it are to find each other. */
import os from 'node:os';

/**
 * `localhost:7860`, `gpu.lan:7860`, `gpu.lan:443/second`. All names and addresses of this machine are one, for a server that
 * listens to the network answers to every one of them.
 * @param url with or without `http://`; a login in it takes no part
 * @param own further names and addresses of this machine
 */
export function serverKey(url: string, own: readonly string[] = ownNames()): string {
  const full = url.includes('://') ? url : `http://${url}`;
  // Whoever connects says what is wrong with it.
  if (!URL.canParse(full)) return url.replace(/^.*@/, '');
  const { protocol, hostname, port, pathname } = new URL(full);
  const host = hostname.toLowerCase().replace(/\.$/, '');
  const isHere = HERE.test(host) || own.some((name) => sameHost(name) === host);
  const usual = protocol === 'https:' ? '443' : '80';
  return `${isHere ? 'localhost' : host}:${port || usual}${pathname.replace(/\/+$/, '')}`;
}

/** The last one is 127.0.0.1 in the form of IPv6. */
const HERE = /^(?:localhost|.+\.localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|\[::ffff:7f00:1\])$/;

function ownNames(): string[] {
  const addresses = Object.values(os.networkInterfaces()).flatMap((list = []) => list);
  return [os.hostname(), ...addresses.map(({ address }) => address)];
}

/** As a URL shows it. */
function sameHost(name: string): string {
  const url = name.includes(':') ? `http://[${name.replace(/%.*$/, '')}]` : `http://${name}`;
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : name.toLowerCase();
}
