/** What to open in a browser: nobody can open `0.0.0.0`, which means every address of this machine. */
import os from 'node:os';
import { isLoopback } from './guard.ts';

const ANY = new Set(['0.0.0.0', '::', '']);

/** @param host that the server listens on @returns a host for an address, IPv6 ones in brackets */
export function hostToOpen(host: string, interfaces = os.networkInterfaces()): string {
  if (!ANY.has(host)) return host.includes(':') ? `[${host}]` : host;
  const addresses = Object.values(interfaces).flatMap((own = []) => own);
  const reachable = addresses.filter(({ address, internal }) => !internal && !isLoopback(address));
  const own = reachable.find(({ family }) => family === 'IPv4');
  return own?.address ?? '127.0.0.1';
}
