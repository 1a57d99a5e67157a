/** What others find of a server: its settings, its files, its queue, and what it draws. */
import { hashPixels } from '../../src/images/pixel-hash.ts';
import { decodeImage } from '../../src/images/decode.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import type { Family } from './scenario.ts';

export class ServerState {
  readonly #facts: ReadonlyMap<string, string>;

  constructor(facts: ReadonlyMap<string, string>) {
    this.#facts = facts;
  }

  /** What both say, and not alike. */
  differences(later: ServerState): readonly string[] {
    return [...later.#facts]
      .filter(([name, value]) => this.#facts.has(name) && this.#facts.get(name) !== value)
      .map(
        ([name, value]) => `${name} is ${value.slice(0, 80)} and was ${this.#facts.get(name)?.slice(0, 80)}`,
      );
  }
}

/** What a server does not answer is left out. */
export async function lookAt(simulator: Simulator, family: Family): Promise<ServerState> {
  const facts = new Map<string, string>([['the models', simulator.models().toSorted().join()]]);
  const read = async (path: string, body?: object): Promise<unknown> => {
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    const reply = await fetch(simulator.url + path, body === undefined ? {} : post).catch(() => undefined);
    return reply?.ok === true ? await reply.json().catch(() => undefined) : undefined;
  };
  if (family === 'comfyui') {
    facts.set('the queue', JSON.stringify(await read('/queue')));
    return new ServerState(facts);
  }
  const options = await read('/sdapi/v1/options');
  if (typeof options === 'object' && options !== null)
    for (const [name, value] of Object.entries(options))
      if (name !== BOOKKEEPING) facts.set(name, withoutHash(value));
  const image = await read('/sdapi/v1/txt2img', {
    prompt: 'a witness',
    // That of a server which ignores the seed.
    seed: 1,
    steps: 4,
    width: 64,
    height: 64,
  });
  const pixels = await pixelsOf(image).catch(() => undefined);
  if (pixels !== undefined) facts.set('an image', pixels);
  return new ServerState(facts);
}

/** The server's own note of what it has loaded last. */
const BOOKKEEPING = 'sd_checkpoint_hash';

/** A server may have computed the hash of a file meanwhile. */
function withoutHash(value: unknown): string {
  return JSON.stringify(value).replace(/ \[[\da-f]{10}\]/u, '');
}

async function pixelsOf(reply: unknown): Promise<string | undefined> {
  if (typeof reply !== 'object' || reply === null) return undefined;
  const images: unknown = Reflect.get(reply, 'images');
  const [first]: unknown[] = Array.isArray(images) ? images : [];
  if (typeof first !== 'string') return undefined;
  const pixels = await decodeImage(Buffer.from(first, 'base64'));
  // A server whose images show nothing tells nothing by them.
  return pixels.data.every((value) => value === pixels.data[0]) ? undefined : hashPixels(pixels);
}
