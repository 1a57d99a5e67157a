/** The server's side of WebSocket (RFC 6455), as far as tests need it: sends frames, and answers the client's goodbye. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { Duplex } from 'node:stream';

export interface ServedSocket {
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  send(frame: object | Uint8Array): void;
  /** Text that may be no JSON. */
  sendText(text: string): void;
  /** Bytes that may be no frame. */
  sendRaw(bytes: Uint8Array): void;
  /** Cuts the connection without a goodbye, as a server does that is killed. */
  cut(): void;
  readonly closed: Promise<void>;
}

/** Takes every upgrade; `refuse` answers with that status instead. */
export function serveWebSockets(
  server: Server,
  onSocket: (socket: ServedSocket) => void,
  refuse: () => number | undefined = () => undefined,
): void {
  server.on('upgrade', (request, stream: Duplex) => {
    const status = refuse();
    if (status !== undefined) {
      stream.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    stream.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      // Clients only ever say goodbye here.
      if ((chunk[0] ?? 0) % 16 === CLOSE) stream.end(frameOf(CLOSE, Buffer.alloc(0)));
    });
    onSocket({
      path: request.url ?? '',
      headers: request.headers,
      send: (frame) =>
        stream.write(
          frame instanceof Uint8Array
            ? frameOf(BINARY, Buffer.from(frame))
            : frameOf(TEXT, Buffer.from(JSON.stringify(frame))),
        ),
      sendText: (text) => stream.write(frameOf(TEXT, Buffer.from(text))),
      sendRaw: (bytes) => stream.write(bytes),
      cut: () => stream.destroy(),
      closed: new Promise((resolve) => {
        stream.on('close', () => resolve());
      }),
    });
  });
}

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;

/** Unmasked and whole. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? Buffer.alloc(2) : length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 128 + opcode;
  if (head.length === 2) head[1] = length;
  if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  }
  if (head.length === 10) {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
