/** What the simulator asks of a request before it looks into it: whose name it comes under, how large it is, and how it ends. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { ServerFamily, Simulator, SimulatorOptions } from '../../../src/simulator/index.ts';

let simulator: Simulator | undefined;
afterEach(async () => simulator?.close());

const FAMILIES: readonly [ServerFamily, string, string][] = [
  ['a1111', '/sdapi/v1/options', '/sdapi/v1/txt2img'],
  ['forge', '/sdapi/v1/options', '/sdapi/v1/txt2img'],
  ['comfyui', '/queue', '/prompt'],
];

async function start(family: ServerFamily, over: SimulatorOptions = {}): Promise<Simulator> {
  simulator = await startSimulator({ family, ...over });
  return simulator;
}

/** Sends text as it is and reads until the server ends the connection, or has said enough. */
class Line {
  readonly socket: Socket;
  text = '';
  isOver = false;
  #wake: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (bytes: Buffer) => {
      this.text += bytes.toString('latin1');
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isOver = true;
      this.#wake();
    });
  }

  async until(isIt: () => boolean): Promise<void> {
    while (!isIt()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async reply(): Promise<string> {
    await this.until(
      () =>
        this.isOver ||
        /\r\n\r\n[^]/u.test(this.text) ||
        /content-length: 0\r\n[^]*\r\n\r\n/iu.test(this.text),
    );
    return this.text;
  }
}

async function statusFor(port: number, path: string, headers: readonly string[]): Promise<number> {
  const line = new Line(port);
  line.socket.write([`GET ${path} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
  const status = Number(/^HTTP\/1\.1 (\d+)/u.exec(await line.reply())?.[1]);
  line.socket.destroy();
  return status;
}

describe.each(FAMILIES)('%s', (family, readable, writable) => {
  it('answers under the names of this machine, and under no other', async () => {
    const { port } = await start(family);
    const status = async (host: string): Promise<number> => statusFor(port, readable, [`Host: ${host}`]);
    const own = [
      'webui',
      '127.0.0.1',
      'localhost',
      'LOCALHOST',
      'localhost.',
      '[::1]',
      '192.168.1.5',
      hostname(),
    ];
    for (const host of own) {
      expect([host, await status(`${host}:${port}`)]).toEqual([host, 200]);
      expect([host, await status(host)]).toEqual([host, 200]);
    }
    const foreign = [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'a b',
      '[',
      'notlocalhost.example',
    ];
    for (const host of foreign) expect([host, await status(`${host}:${port}`)]).toEqual([host, 403]);
  });

  it('answers under the name that it was told to listen on', async () => {
    const { port } = await start(family, { host: 'localhost' });
    const line = new Line(port);
    line.socket.destroy();
    const { status } = await fetch(`http://localhost:${port}${readable}`);
    expect(status).toBe(200);
  });

  it('closes the connection when it was asked to, and says so', async () => {
    const { port } = await start(family);
    for (const [version, header] of [
      ['1.1', 'Connection: close'],
      ['1.0', 'Accept: */*'],
    ]) {
      const line = new Line(port);
      line.socket.write(`GET ${readable} HTTP/${version}\r\nHost: localhost\r\n${header}\r\n\r\n`);
      await line.until(() => line.isOver);
      expect(line.text).toMatch(/^HTTP\/1\.1 200 /u);
      expect(line.text).toMatch(/\r\nconnection: close\r\n/iu);
      expect(line.text).not.toMatch(/keep-alive/iu);
    }
  });

  it('keeps it open for the next request otherwise', async () => {
    const { port } = await start(family);
    const line = new Line(port);
    const ask = `GET ${readable} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    line.socket.write(ask);
    await line.reply();
    line.socket.write(ask);
    await line.until(() => line.isOver || line.text.split('HTTP/1.1 200').length === 3);
    expect(line.isOver).toBe(false);
    line.socket.destroy();
  });

  it('refuses a body that is announced as too large, without reading it', async () => {
    const { port } = await start(family);
    const line = new Line(port);
    line.socket.write(
      `POST ${writable} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 300000000\r\n\r\n{`,
    );
    expect(await line.reply()).toMatch(/^HTTP\/1\.1 413 [^]*\r\nconnection: close\r\n/iu);
    line.socket.destroy();
  });

  it('stops reading a body of unknown length when it gets too large', async () => {
    const { port } = await start(family);
    const line = new Line(port);
    line.socket.write(
      `POST ${writable} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = Buffer.concat([
      Buffer.from('400000\r\n'),
      Buffer.alloc(0x40_0000, 32),
      Buffer.from('\r\n'),
    ]);
    let sent = 0;
    while (line.text === '' && !line.isOver) {
      sent += chunk.length;
      expect(sent).toBeLessThan(400e6);
      await new Promise<void>((resolve) => {
        line.socket.write(chunk, () => resolve());
      });
    }
    expect(await line.reply()).toMatch(/^HTTP\/1\.1 413 /u);
    expect(sent).toBeGreaterThan(100e6);
    line.socket.destroy();
    // It still is there for others.
    expect(await statusFor(port, readable, ['Host: localhost'])).toBe(200);
  });
});

describe('the WebSocket of comfyui', () => {
  const UPGRADE = [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  const maskedHead = (opcode: number, length: number): Buffer => {
    const head = Buffer.alloc(14);
    head.writeUInt8(0x80 | opcode, 0);
    head.writeUInt8(0xff, 1);
    head.writeBigUInt64BE(BigInt(length), 2);
    return head;
  };

  it('opens under the names of this machine only, and to no foreign page', async () => {
    const { port } = await start('comfyui');
    expect(await statusFor(port, '/ws', ['Host: localhost', ...UPGRADE])).toBe(101);
    expect(await statusFor(port, '/ws', ['Host: evil.example', ...UPGRADE])).toBe(403);
    expect(await statusFor(port, '/ws', ['Host: [', ...UPGRADE])).toBe(403);
    expect(await statusFor(port, '/ws', ['Host: localhost', 'Origin: http://evil.example', ...UPGRADE])).toBe(
      403,
    );
    expect(await statusFor(port, '/ws', ['Host: localhost', 'Sec-Fetch-Site: cross-site', ...UPGRADE])).toBe(
      403,
    );
  });

  it('ends with a client whose message is too large', async () => {
    const { port } = await start('comfyui');
    const line = new Line(port);
    line.socket.write(['GET /ws HTTP/1.1', 'Host: localhost', ...UPGRADE, '', ''].join('\r\n'));
    await line.until(() => line.text.includes('"sid"'));
    line.socket.write(maskedHead(1, 5e9));
    await line.until(() => line.isOver);
    expect(await statusFor(port, '/queue', ['Host: localhost'])).toBe(200);
  });
});
