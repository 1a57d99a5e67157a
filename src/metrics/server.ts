/** `/health` and `/metrics` on this machine alone, and for no web page: nothing can be asked for through them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { runError } from '../shared/errors.ts';
import { isForeignHost } from '../shared/http/foreign-host.ts';
import { isSystemError } from '../shared/system-error.ts';
import { OPEN_METRICS_TYPE } from './open-metrics.ts';

export interface MetricsSource {
  /** Why it is not well, as one sentence; undefined = it is. */
  readonly trouble: () => string | undefined;
  /** In the format of OpenMetrics. */
  readonly metrics: () => Promise<string>;
}

export interface MetricsServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';
const MOST_CONNECTIONS = 20;

/** @param port 0 = any free one @throws run error `metrics-port` */
export async function serveMetrics(port: number, source: MetricsSource): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 5000, maxHeaderSize: 8192 }, (request, reply) => {
    const answer = (status: number, type: string, body: string): void => {
      reply.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', connection: 'close' });
      reply.end(request.method === 'HEAD' ? undefined : body);
    };
    const path = request.url?.split('?')[0];
    if (isForeignHost(request, HOST)) answer(403, 'text/plain', 'this is not an address of this machine\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'text/plain', 'GET only\n');
    else if (path === '/health') {
      const trouble = source.trouble();
      answer(trouble === undefined ? 200 : 503, 'text/plain; charset=utf-8', `${trouble ?? 'ok'}\n`);
    } else if (path === '/metrics') {
      source.metrics().then(
        (text) => answer(200, OPEN_METRICS_TYPE, text),
        () => answer(503, 'text/plain', 'not now\n'),
      );
    } else answer(404, 'text/plain', 'try /health or /metrics\n');
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw runError(
      'metrics-port',
      `Cannot serve metrics on ${HOST}, port ${port} (${cause.message}): choose another port with --metrics.`,
      { cause },
    );
  }
  // It holds no process that is done.
  server.unref();
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      server.closeAllConnections();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
