/** The WebSocket on which ComfyUI tells one client what becomes of its prompts. */
import { Socket as TcpSocket } from 'node:net';
import type { Agent, buildConnector } from 'undici';
import { onAbort } from '../../../shared/abort/on-abort.ts';
import { parsePythonJson } from './look.ts';
import { messageSchema } from '../schemas.ts';
import type { Message } from '../schemas.ts';

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
  // With the first connection: most commands have none.
  const undici = await import('undici');
  const { agent, drop } = droppableAgent(undici);
  const socket = new undici.WebSocket(url, {
    dispatcher: agent,
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });
  socket.binaryType = 'arraybuffer';
  let state: 'connecting' | 'open' | 'given up' = 'connecting';
  const close = (): void => {
    socket.close();
    // A server that hangs does not say goodbye, and its connection would keep this process alive.
    setTimeout(drop, GOODBYE_MS).unref();
  };
  await new Promise<void>((resolve) => {
    let stopListening = (): void => undefined;
    const settle = (result: 'open' | 'given up'): void => {
      if (state === 'connecting') state = result;
      clearTimeout(timer);
      stopListening();
      resolve();
    };
    const abandon = (): void => settle('given up');
    const timer = setTimeout(abandon, CONNECT_MS);
    socket.addEventListener('open', () => settle('open'));
    socket.addEventListener('error', abandon);
    socket.addEventListener('close', () => {
      abandon();
      drop();
      if (state === 'open') onClose();
    });
    // From the first moment, for the first message comes with the connection.
    socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return;
      const message = messageSchema.safeParse(parsePythonJson(data));
      if (message.success) onMessage(message.data);
    });
    stopListening = onAbort(signal, abandon);
  });
  if (isOpen()) return { close };
  close();
  return undefined;

  function isOpen(): boolean {
    return state === 'open';
  }
}

const CONNECT_MS = 10_000;
const GOODBYE_MS = 1000;
/** Of one message. The largest, `progress_state`, repeats every node of the prompt. */
const MAX_MESSAGE_BYTES = 64 * 2 ** 20;

/** Of the library, what an agent is made of. */
interface AgentParts {
  readonly Agent: typeof Agent;
  readonly buildConnector: typeof buildConnector;
}

/** An agent forgets a connection once it is a WebSocket; this one can still cut it. */
function droppableAgent(undici: AgentParts): { agent: Agent; drop: () => void } {
  const connect = undici.buildConnector({ timeout: CONNECT_MS });
  const sockets: TcpSocket[] = [];
  const agent = new undici.Agent({
    webSocket: { maxPayloadSize: MAX_MESSAGE_BYTES },
    connect: (options, callback) => {
      connect(options, (...result) => {
        // A failure comes alone: then the socket is undefined, whatever the types say of null.
        const [, socket] = result;
        if (socket instanceof TcpSocket) {
          // Whoever holds it at that moment: a reset that nobody listens for would end this process.
          socket.on('error', () => {});
          sockets.push(socket);
        }
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
