/** Who may ask the page's server: the own browser of the user, and with a token whoever was given the address. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import os from 'node:os';

/** What of a request says who asks. */
export interface Asking {
  readonly method: string;
  /** Without what follows the question mark. */
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, of newer browsers. */
  readonly site: string | undefined;
  /** The value of our own header, which no form and no foreign page can send. */
  readonly own: string | undefined;
  readonly cookie: string | undefined;
  /** Of the address. */
  readonly token: string | undefined;
}

export interface GuardSettings {
  /** That the server listens on. */
  readonly host: string;
  readonly port: number;
  /** Null = everybody on this machine may look. */
  readonly token: string | null;
}

/** Why a request is refused; undefined for one that is answered. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

export const OWN_HEADER = 'x-autombw';

export function refusalOf(asking: Asking, settings: GuardSettings): Refusal | undefined {
  const { host, origin, site, method, own } = asking;
  if (!isOwnHost(host, settings)) {
    return {
      status: 403,
      message: 'This is not an address of the page: open the one that autombw printed.',
    };
  }
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, message: 'Requests from other pages are not allowed.' };
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isOpening(asking))
    return { status: 403, message: 'Requests from other pages are not allowed.' };
  if (method !== 'GET' && method !== 'HEAD' && own === undefined)
    return { status: 403, message: `A request that changes something needs the header ${OWN_HEADER}.` };
  if (settings.token !== null && !hasToken(asking, settings.token, settings.port))
    return { status: 401, message: 'The address has no token: open the one that autombw printed.' };
  return undefined;
}

/** A link that somebody followed, in a mail for example: the page by itself holds nothing of the runs. */
function isOpening({ method, path, origin }: Asking): boolean {
  return method === 'GET' && path === '/' && origin === undefined;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Foreign names that lead here, as an attack by the name service has them, are refused. */
function isOwnHost(host: string | undefined, { host: own, port }: GuardSettings): boolean {
  if (host === undefined) return false;
  const [, bracketed, plain, given] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d+))?$/i.exec(host) ?? [];
  const name = (bracketed ?? plain ?? '').toLowerCase();
  if (name === '' || Number(given ?? 80) !== port) return false;
  if (isLoopback(own)) return isLoopback(name);
  const machine = os.hostname().toLowerCase();
  return (
    isIP(name) !== 0 || isLoopback(name) || [own.toLowerCase(), machine, `${machine}.local`].includes(name)
  );
}

export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

export function cookieName(port: number): string {
  return `autombw-${port}`;
}

function hasToken({ cookie = '', token }: Asking, expected: string, port: number): boolean {
  if (token !== undefined && areEqual(token, expected)) return true;
  const name = `${cookieName(port)}=`;
  return cookie
    .split(';')
    .map((part) => part.trim())
    .some((part) => part.startsWith(name) && areEqual(part.slice(name.length), expected));
}

/** In the same time for every text. */
function areEqual(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
