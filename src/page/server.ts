/** Serves the live page: the page, what it is told, kept images, and requests to the run. */
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isExpected, messageOf, runError } from '../shared/errors.ts';
import { isReadFailure } from '../shared/files/read-file.ts';
import { CHECK_EVERY, limitServer, type ServerLimits } from '../shared/http/server-limits.ts';
import { isSystemError } from '../shared/system-error.ts';
import { cookieName, isLoopback, newToken, OWN_HEADER, refusalOf } from './guard.ts';
import { hostToOpen } from './open-address.ts';
import { readPageFile, type PageFile } from './page-file.ts';
import { RunSource, type ListRuns } from './run-source.ts';
import { ROUTES } from './routes/index.ts';
import type { PageProgress } from './state.ts';
import { runId } from './watched-run.ts';

export interface PageSettings {
  readonly list: ListRuns;
  /** 0 = any free one. */
  readonly port: number;
  /** `127.0.0.1` unless given; with any other than this machine's own the page asks for a token. */
  readonly host?: string;
  /** Makes the token where one is needed; another one with every start unless given. */
  readonly token?: () => string;
  /** Where the page lies, if not in the built package. */
  readonly file?: string;
}

export interface LivePage {
  /** To open in a browser, with the token where there is one. */
  readonly url: string;
  /** Told by a run of this process. */
  readonly tell: (journal: string, progress: PageProgress) => void;
  readonly close: () => Promise<void>;
}

/** Bytes of a request's body: ours have a hundred. */
const BODY_LIMIT = 4096;
/** A browser has six a page. */
const LIMITS: ServerLimits = {
  connections: 300,
  perMachine: 60,
  headMs: 15_000,
  requestMs: 30_000,
  // Longer than what is asked of a run takes to compute.
  silenceMs: 300_000,
};

/** @throws run errors `page-missing`, and `page-port` where it cannot listen */
export async function startPage({
  list,
  port,
  host = '127.0.0.1',
  token: createToken = newToken,
  file,
}: PageSettings): Promise<LivePage> {
  const page = readPageFile(file);
  const source = new RunSource(list);
  const token = isLoopback(host) ? null : createToken();
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    http: CHECK_EVERY,
    routerOptions: { maxParamLength: 32 },
  });
  // Requests to a run are JSON; text is what forms of foreign pages can send.
  app.removeContentTypeParser('text/plain');
  limitServer(app.server, LIMITS);
  const guard = { host, port, token };
  addGuard(app, guard, page);
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page.html));
  for (const add of ROUTES) add(app, source);
  try {
    await app.listen({ port, host });
  } catch (cause) {
    await app.close();
    if (!isSystemError(cause)) throw cause;
    throw runError(
      'page-port',
      `Cannot open the page on ${host}, port ${port} (${cause.message}): choose another port.`,
      { cause },
    );
  }
  const address = app.server.address();
  guard.port = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${hostToOpen(host)}:${guard.port}/${token === null ? '' : `?token=${token}`}`,
    tell: (journal, progress) => source.find(runId(journal))?.tell(progress),
    close: async () => {
      source.close();
      await app.close();
    },
  };
}

function addGuard(
  app: FastifyInstance,
  guard: { readonly host: string; port: number; readonly token: string | null },
  { policy }: PageFile,
): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    const { token } = tokenSchema.parse(request.query);
    const refusal = refusalOf(
      {
        method: request.method,
        path: request.url.split('?')[0] ?? '',
        host: request.headers.host,
        origin: request.headers.origin,
        site: headerOf(request, 'sec-fetch-site'),
        own: headerOf(request, OWN_HEADER),
        cookie: request.headers.cookie,
        token,
      },
      guard,
    );
    if (refusal !== undefined) return reply.code(refusal.status).send({ message: refusal.message });
    // Out of the address: it would stand in the history of the browser and on everybody's screen.
    if (token !== undefined && guard.token !== null) {
      // Not strict: the next request of a link that stood in another page, as of a chat, would go without it.
      const cookie = `${cookieName(guard.port)}=${guard.token}; HttpOnly; SameSite=Lax; Path=/`;
      return reply.header('set-cookie', cookie).redirect('/', 303);
    }
    return undefined;
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'Not found.' }));
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof z.ZodError) return reply.code(400).send({ message: 'This request is not valid.' });
    if (isExpected(error) || isReadFailure(error)) return reply.code(500).send({ message: error.message });
    const status = statusOf(error);
    return reply.code(status).send({ message: status < 500 ? messageOf(error) : 'Something went wrong.' });
  });
}

const tokenSchema = z.object({ token: z.string().max(200).optional().catch(undefined) });

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function statusOf(error: unknown): number {
  const { data } = z.object({ statusCode: z.int().min(400).max(599) }).safeParse(error);
  return data?.statusCode ?? 500;
}
