/**
 * A renderer without a server: small images whose look follows the weights, the same ones every time. For tests of
 * the run itself; the real client and server are tested over HTTP against the simulator.
 */
import sharp from 'sharp';
import { runError } from '../../src/shared/errors.ts';
import { blocksOf, uniformWeights } from '../../src/space/blocks.ts';
import type { Capabilities, RenderJob, Renderer, ServerReport } from '../../src/renderers/renderer.ts';
import type { BlockWeights, ImageRequest, Image } from '../../src/types.ts';

export interface TinyRendererOptions {
  /** Throws in place of an image; the error decides whether the trial is tried again. */
  readonly failAt?: (weights: BlockWeights, request: ImageRequest) => Error | undefined;
  /** Told before every image. */
  readonly onImage?: (weights: BlockWeights, request: ImageRequest) => void | Promise<void>;
  readonly tied?: Capabilities['tied'];
  readonly optional?: readonly string[];
  /** sd1 when left out. */
  readonly architecture?: string;
  readonly fixed?: Capabilities['fixed'];
  /** What it merges in truth. */
  readonly merges?: (weights: BlockWeights) => BlockWeights;
  /** With which seed it draws in truth. @param image its number, from 1 */
  readonly seedOf?: (seed: number, image: number) => number;
  readonly onRearm?: () => void;
  readonly address?: string;
  /** How long an image took, as it says. */
  readonly seconds?: () => number;
}

export class TinyRenderer implements Renderer {
  readonly name = 'tiny';
  readonly address: string | undefined;
  readonly capabilities: Capabilities;
  epoch = 1;
  readonly calls: string[] = [];
  images = 0;
  readonly #options: TinyRendererOptions;
  readonly #architecture: string;

  constructor(options: TinyRendererOptions = {}) {
    this.#options = options;
    this.address = options.address;
    this.#architecture = options.architecture ?? 'sd1';
    this.capabilities = {
      free: blocksOf(this.#architecture),
      tied: options.tied ?? {},
      ...(options.optional !== undefined && { optional: options.optional }),
      range: { low: -1, high: 2 },
      fixed: options.fixed ?? {},
      mergesTextEncoder: false,
      savesCheckpoint: true,
    };
  }

  async open(): Promise<ServerReport> {
    this.calls.push('open');
    const model = (name: string) => ({ name, file: `${name}.safetensors`, hash: null });
    return { family: 'tiny', version: '1', mergeWay: 'tiny', modelA: model('A'), modelB: model('B') };
  }

  async *render({ weights, requests }: RenderJob, signal: AbortSignal): AsyncGenerator<Image> {
    const asked: BlockWeights = weights === 'model-a' ? uniformWeights(0, this.#architecture) : weights;
    const named = this.#options.merges?.(asked) ?? asked;
    for (const request of requests) {
      for (const [index, seed] of request.seeds.entries()) {
        await this.#options.onImage?.(named, request);
        signal.throwIfAborted();
        const failure = this.#options.failAt?.(named, request);
        if (failure !== undefined) throw failure;
        this.images++;
        const drawn = this.#options.seedOf?.(seed, this.images) ?? seed;
        const bytes = await paint(
          named,
          drawn,
          Number(request.body['width']),
          Number(request.body['height']),
        );
        const reported = {
          seed,
          modelName: 'A',
          modelHash: null,
          samplerName: null,
          width: null,
          height: null,
          infotext: null,
        };
        yield { request, index, bytes, reported, seconds: this.#options.seconds?.() ?? 0.01 };
      }
    }
  }

  async rearm(): Promise<void> {
    this.calls.push('rearm');
    this.epoch++;
    this.#options.onRearm?.();
  }

  async saveCheckpoint(_weights: BlockWeights, name: string): Promise<string> {
    this.calls.push(`save ${name}`);
    if (name === 'taken') throw runError('checkpoint-exists', 'taken');
    return `/models/${name}.safetensors`;
  }

  async close(): Promise<readonly string[]> {
    this.calls.push('close');
    return [];
  }
}

/** Stripes whose contrast grows with the sum of the weights; noise of the seed on top. */
async function paint(weights: BlockWeights, seed: number, width: number, height: number): Promise<Buffer> {
  const values = Object.values(weights);
  const sum =
    values.reduce((total, weight, i) => total + weight * (1 + i / 100), 0) / Math.max(1, values.length);
  const data = Buffer.alloc(width * height * 3);
  let noise = seed >>> 0;
  for (let i = 0; i < data.length; i++) {
    noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
    const stripe = Math.floor(((i / 3) % width) / 4) % 2 === 0 ? 1 : -1;
    data[i] = Math.max(0, Math.min(255, 128 + stripe * 90 * sum + (noise >>> 28) + (i % 3) * 20));
  }
  // A pixel of its own for every block: other weights never give the same image.
  for (const [i, weight] of values.entries()) data[i * 3] = 64 + (Math.round(64 * (weight + 1) * 0.99) % 192);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
