/** The WebSocket on which ComfyUI tells one client what becomes of its prompts. */
import type { Socket as TcpSocket } from 'node:net';
import { Agent, WebSocket, buildConnector } from 'undici';
import { parseJson } from '../http/failures.ts';
import { messageSchema } from './schemas.ts';
import type { Message } from './schemas.ts';

export interface SocketOptions {
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly onMessage: (message: Message) => void;
  /** Called once when a connection that was open has ended, whoever ended it. */
  readonly onClose: () => void;
  readonly signal: AbortSignal;
}

export interface Socket {
  close(): void;
}

/**
 * Connects. Previews, and messages that are no JSON, are dropped.
 * @returns undefined when the server cannot be reached in this way (a proxy may not let it pass): then it is polled
 */
export async function openSocket(options: SocketOptions): Promise<Socket | undefined> {
  const { url, authorization, onMessage, onClose, signal } = options;
  const { agent, drop } = droppableAgent();
  const socket = new WebSocket(url, {
    dispatcher: agent,
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });
  socket.binaryType = 'arraybuffer';
  let isOpen = false;
  const close = (): void => {
    socket.close();
    // A server that hangs does not say goodbye, and its connection would keep this process alive.
    setTimeout(drop, GOODBYE_MS).unref();
  };
  const opened = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => settle(false), CONNECT_MS);
    const abandon = (): void => settle(false);
    const settle = (result: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      resolve(result);
    };
    socket.addEventListener('open', () => {
      isOpen = true;
      settle(true);
    });
    socket.addEventListener('error', abandon);
    socket.addEventListener('close', () => {
      settle(false);
      drop();
      if (isOpen) onClose();
    });
    // From the first moment, for the first message comes with the connection.
    socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return;
      const message = messageSchema.safeParse(parseJson(data));
      if (message.success) onMessage(message.data);
    });
    if (signal.aborted) abandon();
    signal.addEventListener('abort', abandon, { once: true });
  });
  if (opened) return { close };
  isOpen = false;
  close();
  return undefined;
}

const CONNECT_MS = 10_000;
const GOODBYE_MS = 1000;

/** An agent forgets a connection once it is a WebSocket; this one can still cut it. */
function droppableAgent(): { agent: Agent; drop: () => void } {
  const connect = buildConnector({ timeout: CONNECT_MS });
  const sockets: TcpSocket[] = [];
  const agent = new Agent({
    connect: (options, callback) => {
      connect(options, (...result) => {
        const [, socket] = result;
        if (socket !== null) sockets.push(socket);
        callback(...result);
      });
    },
  });
  return {
    agent,
    drop() {
      for (const socket of sockets.splice(0)) socket.destroy();
      agent.destroy().catch(() => {});
    },
  };
}
