/** One WebSocket on the server's side: handshake, messages, ping and close. No extensions, no subprotocols. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { encodeFrame, FrameReader, MAX_MESSAGE_BYTES, OPCODE } from './frames.ts';
import type { Frame } from './frames.ts';

/** Named by the protocol: it turns the client's key into the answer that only a WebSocket server gives. */
const PROTOCOL_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLOSED_NORMALLY = 1000;
const MAX_PARTS = 1000;

export class WebSocketConnection {
  readonly #socket: Duplex;
  readonly #reader = new FrameReader();
  #parts: Buffer[] = [];
  #isOver = false;
  /** Called with every text message. */
  onText: (text: string) => void = () => undefined;
  onClose: () => void = () => undefined;

  /** Undefined for a request that is no WebSocket handshake. */
  static accept(request: IncomingMessage, socket: Duplex, head: Buffer): WebSocketConnection | undefined {
    const key = request.headers['sec-websocket-key'];
    if (request.headers.upgrade?.toLowerCase() !== 'websocket' || key === undefined) return undefined;
    const accept = createHash('sha1')
      .update(key + PROTOCOL_GUID)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    return new WebSocketConnection(socket, head);
  }

  private constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    // Before the listener: what came with the handshake is then read after this tick, when somebody listens.
    if (head.length > 0) socket.unshift(head);
    socket.on('data', (bytes: Buffer) => {
      this.#receive(bytes);
    });
    // A client that goes away in whatever manner is gone, nothing more.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isOver = true;
      this.onClose();
    });
  }

  sendText(text: string): void {
    this.#send(OPCODE.text, Buffer.from(text));
  }

  sendBinary(bytes: Buffer): void {
    this.#send(OPCODE.binary, bytes);
  }

  /** Without a close frame: the client sees 1006. */
  cut(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #send(opcode: number, payload: Buffer): void {
    if (!this.#isOver) this.#socket.write(encodeFrame(opcode, payload));
  }

  #receive(bytes: Buffer): void {
    try {
      for (const frame of this.#reader.push(bytes)) this.#take(frame);
    } catch {
      this.cut();
    }
  }

  #take({ opcode, isFinal, payload }: Frame): void {
    if (opcode === OPCODE.ping) this.#send(OPCODE.pong, payload);
    else if (opcode === OPCODE.close) this.#close(payload);
    else if (opcode === OPCODE.text || opcode === OPCODE.continuation) {
      this.#parts.push(payload);
      const size = this.#parts.reduce((sum, { length }) => sum + length, 0);
      if (size > MAX_MESSAGE_BYTES || this.#parts.length > MAX_PARTS) {
        throw new RangeError('A message of a client is too large.');
      }
      if (!isFinal) return;
      const text = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      this.onText(text);
    }
  }

  #close(payload: Buffer): void {
    const code = Buffer.alloc(2);
    code.writeUInt16BE(payload.length >= 2 ? payload.readUInt16BE(0) : CLOSED_NORMALLY);
    this.#send(OPCODE.close, code);
    this.#isOver = true;
    this.#socket.end();
  }
}
