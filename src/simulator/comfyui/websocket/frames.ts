/** RFC 6455 frames, the server's side: its own go out unmasked, those of clients come masked. */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Of a message of a client, as with the real server. */
export const MAX_MESSAGE_BYTES = 4 * 2 ** 20;

export interface Frame {
  readonly opcode: number;
  /** False: a continuation follows. */
  readonly isFinal: boolean;
  readonly payload: Buffer;
}

export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 0x10000 ? 4 : 10);
  head.writeUInt8(0x80 | opcode, 0);
  if (length < 126) {
    head.writeUInt8(length, 1);
  } else if (length < 0x10000) {
    head.writeUInt8(126, 1);
    head.writeUInt16BE(length, 2);
  } else {
    head.writeUInt8(127, 1);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** Cuts frames out of what a socket delivers, in whatever pieces. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws RangeError for a frame without a mask, which no client may send, and for one that is too large */
  push(bytes: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    const bytes = this.#rest;
    if (bytes.length < 2) return undefined;
    const first = bytes.readUInt8(0);
    const second = bytes.readUInt8(1);
    if ((second & 0x80) === 0) throw new RangeError('A frame of a client has no mask.');
    const short = second & 0x7f;
    const maskAt = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < maskAt + 4) return undefined;
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (length > MAX_MESSAGE_BYTES) throw new RangeError('A frame of a client is too large.');
    const end = maskAt + 4 + length;
    if (bytes.length < end) return undefined;
    const payload = Buffer.from(bytes.subarray(maskAt + 4, end));
    for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (bytes[maskAt + (i & 3)] ?? 0);
    this.#rest = bytes.subarray(end);
    return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload };
  }
}
