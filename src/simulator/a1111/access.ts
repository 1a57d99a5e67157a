/** Who may see what: Basic for the API, a cookie from `/login` for the pages. The two know nothing of each other. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { httpException } from './failures.ts';
import type { RouteKind } from './routes.ts';

const COOKIE = 'access-token-unsecure';

export class Access {
  readonly #api: string | undefined;
  readonly #page: string | undefined;
  readonly #tokens = new Set<string>();

  /** Both as `user:password`; undefined = open. */
  constructor(api: string | undefined, page: string | undefined) {
    this.#api = api;
    this.#page = page;
  }

  /** @throws the 401 of the kind of path */
  check(request: IncomingMessage, kind: RouteKind): void {
    if (kind === 'api' && this.#api !== undefined) {
      const header = request.headers.authorization ?? '';
      if (!header.startsWith('Basic ')) throw httpException(401, 'Not authenticated');
      if (Buffer.from(header.slice(6), 'base64').toString() !== this.#api) {
        throw httpException(401, 'Incorrect username or password');
      }
    }
    if (kind === 'page' && this.#page !== undefined && !this.#tokens.has(cookieOf(request))) {
      throw httpException(401, 'Not authenticated');
    }
  }

  /**
   * `POST /login` with a form.
   * @returns the header that sets the cookie
   * @throws 400 for wrong credentials
   */
  login(form: URLSearchParams): string {
    const given = `${form.get('username') ?? ''}:${form.get('password') ?? ''}`;
    if (this.#page === undefined || given !== this.#page) throw httpException(400, 'Incorrect credentials.');
    const token = randomBytes(16).toString('base64url');
    this.#tokens.add(token);
    return `${COOKIE}=${token}; HttpOnly; Path=/; SameSite=lax`;
  }
}

function cookieOf(request: IncomingMessage): string {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === COOKIE)?.[1] ?? '';
}
