/** Does an address lead to this machine? */
import os from 'node:os';

/**
 * @param hostname as `URL` has it
 * @param own further names and addresses of this machine
 */
export function isOwnMachine(hostname: string, own: readonly string[] = ownNames()): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  return HERE.test(host) || own.some((name) => sameHost(name) === host);
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
