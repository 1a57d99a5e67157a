/** Does anything listen where images are to be judged? Asked before a run, which would otherwise find out at its first image. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { followAbort } from '../../shared/abort/follow-abort.ts';
import { usageError } from '../../shared/errors.ts';
import { codeOf } from '../../shared/system-error.ts';

const PATIENCE_MS = 10_000;

/**
 * Connects and hangs up: what the server would say to a request without an image tells nothing.
 * @throws usage error `scorer-unreachable`; the signal's reason
 */
export async function checkListening(url: URL, shown: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { protocol, hostname, port } = url;
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  });
  const patience = followAbort(signal, PATIENCE_MS);
  try {
    await once(socket, 'connect', { signal: patience.signal });
  } catch (cause) {
    signal.throwIfAborted();
    const code = codeOf(cause) ?? 'no answer';
    throw usageError(
      'scorer-unreachable',
      `Scorer "http": nothing listens at ${shown} (${code === 'ABORT_ERR' ? 'no answer' : code}); start that server, or correct --scorer-options http.url.`,
      { cause },
    );
  } finally {
    patience.release();
    socket.destroy();
  }
}
