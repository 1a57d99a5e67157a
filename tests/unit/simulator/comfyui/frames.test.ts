import { createConnection } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { encodeFrame, FrameReader, OPCODE } from '../../../../src/simulator/comfyui/websocket/frames.ts';
import { startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator } from '../../../../src/simulator/index.ts';

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

const MASK = Buffer.from([1, 2, 3, 4]);

it.each([
  [0, 2],
  [125, 2],
  [126, 4],
  [65_535, 4],
  [65_536, 10],
])('writes and reads %d bytes behind a head of %d', (length, head) => {
  const payload = Buffer.alloc(length, 7);
  const frame = encodeFrame(OPCODE.binary, payload);
  expect(frame).toHaveLength(head + length);
  const [read] = new FrameReader().push(masked(frame));
  expect([read?.opcode, read?.isFinal, read?.payload.equals(payload)]).toEqual([OPCODE.binary, true, true]);
});

it('reads frames that come in pieces, and several at once', () => {
  const two = Buffer.concat([text('one'), text('two')]);
  expect(new FrameReader().push(two).map(({ payload }) => payload.toString())).toEqual(['one', 'two']);
  const reader = new FrameReader();
  const frames = [...two].flatMap((byte) => reader.push(Buffer.from([byte])));
  expect(frames.map(({ payload }) => payload.toString())).toEqual(['one', 'two']);
});

it('refuses frames without a mask', () => {
  expect(() => new FrameReader().push(encodeFrame(OPCODE.text, Buffer.from('x')))).toThrow(/no mask/u);
});

it('answers ping and close, and takes a message in fragments', async () => {
  simulator = await startSimulator({ family: 'comfyui' });
  const socket = createConnection(simulator.port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  socket.write(
    'GET /ws?clientId=raw HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  const flags = '{"type":"feature_flags","data":{}}';
  const first = text(flags.slice(0, 9));
  first[0] = OPCODE.text;
  const second = text(flags.slice(9));
  second[0] = 0x80 | OPCODE.continuation;
  socket.write(Buffer.concat([first, masked(encodeFrame(OPCODE.ping, Buffer.from('hi'))), second]));
  socket.write(masked(encodeFrame(OPCODE.close, Buffer.from([0x03, 0xe8]))));
  await new Promise((resolve) => socket.on('end', resolve));
  const all = Buffer.concat(received).toString('latin1');
  // The key of RFC 6455 and its answer.
  expect(all).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  expect(all).toContain('\u008a\u0002hi');
  expect(all).toContain('"type":"feature_flags"');
  expect(all.endsWith('\u0088\u0002\u0003\u00e8')).toBe(true);
  socket.destroy();
});

function text(words: string): Buffer {
  return masked(encodeFrame(OPCODE.text, Buffer.from(words)));
}

/** As a client sends it. */
function masked(frame: Buffer): Buffer {
  const short = frame.readUInt8(1);
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  const bytes = Buffer.concat([frame.subarray(0, head), MASK, frame.subarray(head)]);
  bytes.writeUInt8(short | 0x80, 1);
  for (let i = head + 4; i < bytes.length; i++) {
    bytes.writeUInt8(bytes.readUInt8(i) ^ MASK.readUInt8((i - head - 4) & 3), i);
  }
  return bytes;
}
