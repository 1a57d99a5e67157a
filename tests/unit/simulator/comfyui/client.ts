/** A client as the recordings had one: a WebSocket, and requests beside it. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { WebSocket } from 'undici';
import { z } from 'zod';

export interface Message {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Only of binary ones: they have the type `binary`. */
  readonly bytes?: Buffer;
}

const TextSchema = z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) });
const PostSchema = z.object({
  prompt_id: z.string(),
  number: z.number(),
  node_errors: z.record(z.string(), z.unknown()),
});
const EntrySchema = z.object({
  outputs: z.record(
    z.string(),
    z.object({
      images: z.array(z.object({ filename: z.string(), subfolder: z.string(), type: z.string() })),
    }),
  ),
  status: z.object({
    status_str: z.string(),
    completed: z.boolean(),
    messages: z.array(z.tuple([z.string(), z.record(z.string(), z.unknown())])),
  }),
  meta: z.record(z.string(), z.unknown()),
});
export type Entry = z.infer<typeof EntrySchema>;

export class Client {
  readonly messages: Message[] = [];
  readonly url: string;
  readonly id: string;
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  #onMessage: () => void = () => undefined;

  static async connect(url: string, id: string, first?: object): Promise<Client> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=${id}`);
    const client = new Client(url, id, socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => {
        resolve();
      });
      socket.addEventListener('error', () => {
        reject(new Error('no WebSocket'));
      });
    });
    await client.until(({ type }) => type === 'status');
    if (first !== undefined) {
      socket.send(JSON.stringify(first));
      await client.until(({ type }) => type === 'feature_flags');
    }
    return client;
  }

  private constructor(url: string, id: string, socket: WebSocket) {
    this.url = url;
    this.id = id;
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', (event) => {
      const { data } = event as { data: unknown };
      if (typeof data === 'string') this.messages.push(TextSchema.parse(JSON.parse(data)));
      else this.messages.push({ type: 'binary', data: {}, bytes: Buffer.from(data as ArrayBuffer) });
      this.#onMessage();
    });
    socket.addEventListener('close', (event) => {
      this.closeCode = event.code;
      this.#onMessage();
    });
  }

  close(): void {
    this.#socket.close();
  }

  /** Resolves when such a message has come. */
  async until(isIt: (message: Message) => boolean): Promise<void> {
    await this.#untilTrue(() => this.messages.some(isIt));
  }

  async untilClosed(): Promise<void> {
    await this.#untilTrue(() => this.closeCode !== undefined);
  }

  async ended(promptId: string): Promise<void> {
    await this.until(
      ({ type, data }) => type === 'executing' && data['node'] === null && data['prompt_id'] === promptId,
    );
  }

  /** Queues and waits for the end. */
  async run(prompt: unknown, more: object = {}): Promise<string> {
    const { prompt_id: id } = await post(this.url, { prompt, client_id: this.id, ...more });
    await this.ended(id);
    return id;
  }

  async #untilTrue(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
  }
}

export async function post(url: string, body: object): Promise<z.infer<typeof PostSchema>> {
  const response = await fetch(`${url}/prompt`, { method: 'POST', body: JSON.stringify(body) });
  return PostSchema.parse(await response.json());
}

export async function send(url: string, path: string, body?: object): Promise<Response> {
  return await fetch(url + path, {
    method: 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

export async function entryOf(url: string, id: string): Promise<Entry | undefined> {
  const response = await fetch(`${url}/history/${id}`);
  return z.record(z.string(), EntrySchema).parse(await response.json())[id];
}

/** Polls, as a client without WebSocket does. */
export async function settled(url: string, id: string): Promise<Entry> {
  for (;;) {
    const entry = await entryOf(url, id);
    if (entry !== undefined) return entry;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

export async function fileOf(url: string, entry: Entry, node: string, index = 0): Promise<Buffer> {
  const image = entry.outputs[node]?.images[index];
  if (image === undefined) throw new Error(`no image ${index} of node ${node}`);
  const response = await fetch(`${url}/view?${new URLSearchParams(image).toString()}`);
  return Buffer.from(await response.arrayBuffer());
}

/** RGB, row by row. */
export async function pixelsOf(png: Buffer): Promise<Buffer> {
  return await sharp(png).raw().toBuffer();
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
