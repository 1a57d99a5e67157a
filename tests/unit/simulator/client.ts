import { z } from 'zod';
import { hashImage } from './recording.ts';
import { mergeEvents } from './merge-events.ts';

const SCRIPT = 'runtime block merging for unet';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Shot {
  /** SHA-256 of the decoded pixels of each image. */
  readonly pixels: readonly string[];
  readonly images: readonly string[];
  readonly info: Record<string, unknown>;
}

const ReplySchema = z.object({ images: z.array(z.string()), info: z.string() });

export async function post(url: string, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

export async function get(url: string, path: string): Promise<Answer> {
  const response = await fetch(url + path);
  return { status: response.status, body: await response.json() };
}

/** One small image; the request may be added to. */
export async function shoot(url: string, request: object = {}): Promise<Shot> {
  const { body } = await post(url, '/sdapi/v1/txt2img', {
    prompt: 'a cat',
    seed: 1,
    steps: 4,
    width: 64,
    height: 64,
    ...request,
  });
  const { images, info } = ReplySchema.parse(body);
  const hashes = await Promise.all(images.map(hashImage));
  return {
    images,
    pixels: hashes.map(({ sha256 }) => sha256),
    info: z.record(z.string(), z.unknown()).parse(JSON.parse(info)),
  };
}

/** The script arguments for these weights: a number for all blocks alike, or 27 of them. */
export function merged(
  weights: number | readonly number[],
  modelB = 'modelB.safetensors',
  enable = true,
): object {
  const list = typeof weights === 'number' ? Array.from({ length: 27 }, () => weights) : weights;
  return { alwayson_scripts: { [SCRIPT]: { args: [...list, modelB, enable] } } };
}

/** Loads model B the way that works, with zeros. */
export async function loadB(url: string, modelB = 'modelB.safetensors'): Promise<unknown> {
  const { load } = await mergeEvents(url);
  const zeros = Array.from({ length: 27 }, () => 0);
  return (await post(url, '/run/predict', { fn_index: load, data: [modelB, true, ...zeros] })).body;
}
